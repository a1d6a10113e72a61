import { describe, expect, it } from 'vitest';
import { bicepOf } from '../../../runtime/deployment/bicep.ts';
import { chooseDeployment, planDeployment } from '../../../runtime/deployment/choice.ts';
import { azdFiles, templateFiles, workbookFiles } from '../../../runtime/deployment/files.ts';
import { config, deployment, everyDeployment, prices } from './support.ts';

const { choice } = deployment({ location: 'northeurope', resource_group: 'board' });
const withoutSecrets = { ...config, mcp_servers: {} };

describe('files of a template', () => {
  it('hold the template and its parameters as they are built', () => {
    const files = templateFiles(config, choice);
    const built = deployment({ location: 'northeurope', resource_group: 'board' });
    expect(Object.keys(files)).toEqual([
      ...['main.json', 'main.parameters.json', 'main.bicep', 'azure.yaml', 'README.md'],
    ]);
    expect(JSON.parse(files['main.json']!)).toEqual(built.template);
    expect(JSON.parse(files['main.parameters.json']!)).toEqual(built.parameters);
  });

  it('are a project of the Azure Developer CLI, which finds the template where it is', () => {
    const [flat, project] = [templateFiles(config, choice), azdFiles(config, choice)];
    expect(flat['azure.yaml']).toMatch(
      /^name: boardroom\ninfra:\n {2}provider: bicep\n {2}path: \.\n {2}module: main$/m,
    );
    expect(project['azure.yaml']).toContain('  path: infra\n');
    expect(project['infra/main.json']).toBe(flat['main.json']);
    expect(project['README.md']).toContain('-f infra/main.json -p infra/main.parameters.json');
  });

  it('say how to deploy them, and put no secret on a command line', () => {
    const readme = templateFiles(config, choice)['README.md']!;
    expect(readme).toContain('az group create -n board -l northeurope\n');
    expect(readme).toContain('az deployment group what-if -g board -n aos -f main.json -p main.parameters.json\n');
    expect(readme).toContain('az acr build -r <registry>');
    expect(readme).toContain('| secret_runtime_MAIL_KEY | env:MAIL_KEY of aos.json |');
    expect(readme).not.toMatch(/-p secret_/);
  });

  it('leave out of the README what a deployment has not', () => {
    const { choice } = deployment({ model: { kind: 'lorax', hub_token: false } }, {}, withoutSecrets);
    const readme = templateFiles(withoutSecrets, choice)['README.md'];
    expect(readme).not.toMatch(/Secrets|keyvault/);
  });

  it.each([
    ['functions-flex', 'az functionapp deployment source config-zip -g boardroom-rg'],
    ['functions-premium', 'az storage blob upload --auth-mode login'],
  ] as const)('say how the code gets to %s', (host, command) => {
    const readme = templateFiles(config, deployment({ host }).choice)['README.md'];
    expect(readme).toContain(command);
    expect(readme).not.toContain('az acr build');
  });
});

describe('main.bicep', () => {
  it.each(everyDeployment)('passes on what main.json wants to be told, for %s', (_, { template, parameters }) => {
    const bicep = bicepOf({ template, parameters });
    const declared = [...bicep.matchAll(/^param (\w+) /gm)].map(([, name]) => name);
    const passed = [...bicep.matchAll(/^ {4}(\w+): \1$/gm)].map(([, name]) => name);
    const wanted = Object.entries(template.parameters).filter(([, { defaultValue }]) => defaultValue === undefined);
    expect(passed).toEqual(declared);
    expect(declared).toEqual(expect.arrayContaining(wanted.map(([name]) => name)));
    const secret = wanted.filter(([, { type }]) => type === 'securestring').map(([name]) => name);
    expect([...bicep.matchAll(/^@secure\(\)\nparam (\w+) string$/gm)].map(([, name]) => name)).toEqual(secret);
    for (const name of Object.keys(template.outputs)) {
      expect(bicep).toContain(`output ${name} string = aos.outputs.${name}\n`);
    }
  });

  it('writes a description as a Bicep string', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Bicep has the same placeholders
    const metadata = { description: "it's ${a} \\ path" };
    const template = { ...deployment().template, parameters: { key: { type: 'securestring', metadata } } as const };
    const bicep = bicepOf({ template, parameters: { $schema: '', contentVersion: '', parameters: {} } });
    // biome-ignore lint/suspicious/noTemplateCurlyInString: escaped here
    expect(bicep).toContain("@description('it\\'s \\${a} \\\\ path')\n");
  });
});

describe('files of the workbook', () => {
  it('are the guide’s dashboard, and its four panels and the true rate for Azure Monitor', () => {
    const files = workbookFiles();
    const { dashboard } = JSON.parse(files['dashboard.json']!);
    const { items, version, fallbackResourceIds } = JSON.parse(files['workbook.json']!);
    const queries = items.flatMap(({ content }: { content: { query?: string } }) => content.query ?? []);
    expect({ version, fallbackResourceIds }).toEqual({ version: 'Notebook/1.0', fallbackResourceIds: [] });
    expect(dashboard.panels.map(({ query }: { query: string }) => query)).toEqual(queries.slice(0, 4));
    expect(queries[4]).toMatch(/hit_rate = 100\.0 \* hits \/ \(hits \+ misses\)$/);
  });
});

describe('the choice of a deployment', () => {
  const draft = (name: string) => chooseDeployment({ ...config, name }, planDeployment(config, {}, prices).deployment);

  it.each([
    ['Board Room_2', 'board-room'],
    ['2nd board', 'nd-board'],
    ['a very long name', 'a-very-long'],
    ['会議', 'aos'],
  ])('names everything of %s after it: %s', (workspace, prefix) => {
    expect(draft(workspace)).toMatchObject({ name: prefix, resource_group: `${prefix}-rg` });
  });

  it('lets the guide’s 20 replicas run, as far as there are shards', () => {
    const many = { ...config, runtime: { ...config.runtime, shards: 50 } };
    expect(deployment({}, {}, many).choice.capacity.max_replicas).toBe(20);
    expect(deployment().choice.capacity.max_replicas).toBe(10);
  });

  it('names every field that is wrong', () => {
    const wrong = {
      name: 'Board',
      location: 'West US',
      alert_email: 'nobody',
      model: { kind: 'endpoint', url: 'ftp://x' },
    };
    expect(() => deployment(wrong as Parameters<typeof deployment>[0])).toThrow(
      expect.objectContaining({
        code: 'AOS_BAD_REQUEST',
        details: {
          issues: ['name', 'location', 'model.url', 'alert_email'].map((path) => expect.objectContaining({ path })),
        },
      }),
    );
  });
});
