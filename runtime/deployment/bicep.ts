import type { ArmParameter, BuiltTemplate } from '../contracts/deployment.ts';

/**
 * A Bicep file that does nothing but call main.json, for tools that start from Bicep. A module may be an ARM template
 * (learn.microsoft.com, azure-resource-manager/bicep/modules). What has a default and no value stays with main.json.
 */
export function bicepOf({ template, parameters }: BuiltTemplate): string {
  const passed = Object.entries(template.parameters).filter(
    ([name, { type }]) => name in parameters.parameters || type === 'securestring',
  );
  return [
    "targetScope = 'resourceGroup'",
    '',
    ...passed.flatMap(([name, definition]) => declaration(name, definition)),
    '',
    "module aos 'main.json' = {",
    "  name: 'aos'",
    '  params: {',
    ...passed.map(([name]) => `    ${name}: ${name}`),
    '  }',
    '}',
    '',
    ...Object.keys(template.outputs).map((name) => `output ${name} string = aos.outputs.${name}`),
    '',
  ].join('\n');
}

function declaration(name: string, { type, metadata }: ArmParameter): string[] {
  const description = metadata.description.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('${', '\\${');
  return [
    `@description('${description}')`,
    ...(type === 'securestring' ? ['@secure()'] : []),
    `param ${name} ${type === 'securestring' ? 'string' : type}`,
  ];
}
