import type { AosConfig } from '../contracts/config.ts';
import type { DeploymentChoice } from '../contracts/deployment.ts';
import { bicepOf } from './bicep.ts';
import { buildTemplate } from './build-template.ts';
import { readmeOf } from './readme.ts';
import { dashboard, workbookContent } from './workbook.ts';

/** Text of each file by its path, with slashes. */
export type Files = Readonly<Record<string, string>>;

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

/** Everything to deploy with other tools, in one folder. @throws AosError as `buildTemplate` */
export function templateFiles(config: AosConfig, choice: DeploymentChoice): Files {
  return {
    ...infrastructure(config, choice),
    'azure.yaml': azdProject(choice, '.'),
    'README.md': readmeOf(config, choice, ''),
  };
}

/** The same as a project of the Azure Developer CLI. @throws AosError as `buildTemplate` */
export function azdFiles(config: AosConfig, choice: DeploymentChoice): Files {
  const infra = Object.entries(infrastructure(config, choice)).map(([name, text]) => [`infra/${name}`, text]);
  return {
    ...Object.fromEntries(infra),
    'azure.yaml': azdProject(choice, 'infra'),
    'README.md': readmeOf(config, choice, 'infra/'),
  };
}

/** The guide's dashboard as it is given (R76), and as a workbook to paste into Azure Monitor. */
export function workbookFiles(): Files {
  return { 'dashboard.json': json(dashboard), 'workbook.json': json(workbookContent()) };
}

function infrastructure(config: AosConfig, choice: DeploymentChoice): Files {
  const built = buildTemplate(config, choice);
  return {
    'main.json': json(built.template),
    'main.parameters.json': json(built.parameters),
    'main.bicep': bicepOf(built),
  };
}

function azdProject({ name }: DeploymentChoice, folder: string): string {
  return [
    '# yaml-language-server: $schema=https://raw.githubusercontent.com/Azure/azure-dev/main/schemas/v1.0/azure.yaml.json',
    `name: ${name}`,
    'infra:',
    '  provider: bicep',
    `  path: ${folder}`,
    '  module: main',
    '',
  ].join('\n');
}
