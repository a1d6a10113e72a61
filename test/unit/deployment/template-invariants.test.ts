import { describe, expect, it } from 'vitest';
import { environmentNames, type SettingName } from '../../../runtime/contracts/environment-names.ts';
import { serviceBusEntitiesSchema } from '../../../runtime/contracts/servicebus.ts';
import { buildTemplate } from '../../../runtime/deployment/build-template.ts';
import { settingsLeftOut } from '../../../runtime/deployment/runtime-environment.ts';
import { trueHitRate } from '../../../runtime/deployment/workbook.ts';
import { entities } from '../../../runtime/messaging/entities.ts';
import { parseServiceBus } from './entities.ts';
import {
  builtInRoles,
  config,
  type Deployment,
  deployment,
  environmentOf,
  everyDeployment,
  type Properties,
  propertiesOf,
} from './support.ts';

/** Name rules of Azure (learn.microsoft.com, azure-resource-manager/management/resource-name-rules). */
const nameRules: Record<string, RegExp> = {
  'Microsoft.ServiceBus/namespaces': /^[a-z][a-z0-9-]{4,48}[a-z0-9]$/,
  'Microsoft.Storage/storageAccounts': /^[a-z0-9]{3,24}$/,
  'Microsoft.KeyVault/vaults': /^[a-z](?!.*--)[a-z0-9-]{1,22}[a-z0-9]$/,
  'Microsoft.KeyVault/vaults/secrets': /^[^/]+\/[0-9a-zA-Z-]{1,127}$/,
  'Microsoft.ContainerRegistry/registries': /^[a-zA-Z0-9]{5,50}$/,
  'Microsoft.App/managedEnvironments': /^[a-z][a-z0-9-]{0,58}[a-z0-9]$/,
  'Microsoft.App/containerApps': /^[a-z](?!.*--)[a-z0-9-]{0,30}[a-z0-9]$/,
  'Microsoft.Web/sites': /^[a-z0-9][a-z0-9-]{0,58}[a-z0-9]$/,
  'Microsoft.OperationalInsights/workspaces': /^[a-z0-9][a-z0-9-]{2,61}[a-z0-9]$/,
  'Microsoft.Insights/workbooks': /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  'Microsoft.Authorization/roleAssignments': /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
};

/** As it stands in the guide (R32). */
const guidesPolicy = {
  rules: [
    {
      name: 'archive-old-data',
      enabled: true,
      type: 'Lifecycle',
      definition: {
        filters: { blobTypes: ['blockBlob'], prefixMatch: ['training-data/'] },
        actions: {
          baseBlob: {
            tierToCool: { daysAfterModificationGreaterThan: 30 },
            tierToArchive: { daysAfterModificationGreaterThan: 90 },
          },
        },
      },
    },
  ],
};

describe.each(everyDeployment)('template for %s', (_, built) => {
  const { template, parameters, evaluated, choice } = built;

  it('has no expression left once it is evaluated', () => {
    expect(strings(evaluated).filter((text) => text.startsWith('['))).toEqual([]);
  });

  it('depends on resources that are in it, and on each once', () => {
    const ids = evaluated.resources.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id, dependsOn = [] } of evaluated.resources) {
      expect(ids).toEqual(expect.arrayContaining([...dependsOn]));
      expect(dependsOn).not.toContain(id);
    }
  });

  it('makes a resource after those it names', () => {
    const byId = new Map(evaluated.resources.map((resource) => [resource.id, resource]));
    const earlier = (id: string): string[] => (byId.get(id)?.dependsOn ?? []).flatMap((one) => [one, ...earlier(one)]);
    for (const { id, dependsOn: _, ...resource } of evaluated.resources) {
      const named = strings(resource).filter((text) => byId.has(text));
      expect(earlier(id), id).toEqual(expect.arrayContaining(named));
    }
  });

  it('names no resource of its own that is not in it', () => {
    const ids = new Set(evaluated.resources.map(({ id }) => id));
    const named = strings(evaluated.resources).filter(
      (text) => text.startsWith('/subscriptions/') && !text.includes('/roleDefinitions/'),
    );
    expect(named.filter((id) => !ids.has(id))).toEqual([]);
  });

  it('uses every parameter it declares, and gives a value to each without a default, but for secrets', () => {
    const used = new Set(
      JSON.stringify([template.resources, template.variables, template.outputs]).match(/parameters\('[^']+/g),
    );
    expect([...used].map((text) => text.slice("parameters('".length)).sort()).toEqual(
      Object.keys(template.parameters).sort(),
    );
    for (const [name, { type, defaultValue }] of Object.entries(template.parameters)) {
      if (type === 'securestring') expect(parameters.parameters).not.toHaveProperty(name);
      else expect(name in parameters.parameters || defaultValue !== undefined, name).toBe(true);
    }
  });

  it('keeps to Azure’s rules for names, with the longest prefix too', () => {
    const longest = deployment({ ...draftOf(choice), name: 'abcdefghijk' }, { bus_tier: choice.capacity.bus_tier });
    for (const { type, name } of [...evaluated.resources, ...longest.evaluated.resources]) {
      expect(name).toMatch(nameRules[type] ?? /^[\w./ -]+$/);
    }
  });

  it('holds no key and no secret, neither in an output nor in a setting', () => {
    expect(JSON.stringify(template)).not.toMatch(
      /listKeys|listSecrets|listConnectionStrings|AccountKey=|SharedAccessKey/,
    );
    const secure = Object.entries(template.parameters).filter(([, { type }]) => type === 'securestring');
    expect(secure.length).toBeGreaterThan(0);
    for (const [name] of secure) {
      const users = template.resources.filter((resource) => JSON.stringify(resource).includes(`'${name}'`));
      expect(users.map(({ type }) => type)).toEqual(['Microsoft.KeyVault/vaults/secrets']);
      expect(JSON.stringify(template.outputs)).not.toContain(name);
    }
  });

  it('lets nobody in without an identity of Microsoft Entra', () => {
    expect(propertiesOf(built, 'Microsoft.ServiceBus/namespaces')[0].disableLocalAuth).toBe(true);
    expect(propertiesOf(built, 'Microsoft.Storage/storageAccounts')[0]).toMatchObject({
      ...{ allowSharedKeyAccess: false, allowBlobPublicAccess: false, minimumTlsVersion: 'TLS1_2' },
    });
    expect(propertiesOf(built, 'Microsoft.Insights/components')[0].DisableLocalAuth).toBe(true);
    for (const { adminUserEnabled } of propertiesOf(built, 'Microsoft.ContainerRegistry/registries')) {
      expect(adminUserEnabled).toBe(false);
    }
  });

  it('assigns known roles to its own identity, on its own resources', () => {
    const assignments = evaluated.resources.filter(({ type }) => type === 'Microsoft.Authorization/roleAssignments');
    const ids = evaluated.resources.map(({ id }) => id);
    for (const { scope, properties } of assignments) {
      const { roleDefinitionId, principalType, principalId } = properties as Properties;
      expect(Object.values(builtInRoles)).toContain(roleDefinitionId.split('/').at(-1));
      expect({ principalType, principalId }).toEqual({
        principalType: 'ServicePrincipal',
        principalId: `‹${choice.name}-identity.principalId›`,
      });
      expect(ids).toContain(scope);
    }
  });

  it('makes the entities of the local broker', () => {
    expect(parseServiceBus(evaluated.resources, choice.capacity.bus_tier)).toEqual(
      serviceBusEntitiesSchema.parse(entities),
    );
  });

  it('carries the guide’s lifecycle policy to the letter', () => {
    const [{ policy }] = propertiesOf(built, 'Microsoft.Storage/storageAccounts/managementPolicies');
    expect(policy).toEqual(guidesPolicy);
  });

  it('sets every setting the runtime reads, under the name we write, but those with keys', () => {
    const env = environmentOf(built);
    for (const setting of Object.keys(environmentNames) as SettingName[]) {
      const [ours, ...others] = environmentNames[setting];
      const leftOut = (settingsLeftOut as readonly string[]).includes(setting);
      expect(ours in env, ours).toBe(!leftOut);
      for (const other of others) expect(env).not.toHaveProperty(other);
    }
    expect(env).toMatchObject({
      AZURE_CLIENT_ID: `‹${choice.name}-identity.clientId›`,
      AOS_SECRET_CRM_KEY: expect.stringContaining('crm-key'),
      MAIL_KEY: expect.stringContaining('mail-key'),
    });
  });

  it('shows the guide’s four panels and the true hit rate', () => {
    const [{ serializedData }] = propertiesOf(built, 'Microsoft.Insights/workbooks');
    const queries = JSON.parse(serializedData).items.flatMap(({ content }: Properties) => content.query ?? []);
    expect(queries).toEqual([
      'requests | summarize count() by bin(timestamp, 1m)',
      'requests | summarize percentile(duration, 95) by bin(timestamp, 5m)',
      'requests | where success == false | summarize count() by bin(timestamp, 1m)',
      "customMetrics | where name == 'ml.cache.hits' | summarize hit_rate = sum(value)",
      trueHitRate.query,
    ]);
  });

  it('tags everything that can have tags with the workspace', () => {
    const tagged = evaluated.resources.filter(({ location }) => location !== undefined);
    for (const { tags } of tagged) expect(tags).toEqual({ 'aos-workspace': 'boardroom' });
  });

  it('is the same when it is built again', () => {
    expect(buildTemplate(config, choice)).toEqual({ template, parameters });
  });
});

function draftOf({ host, model, budget, alert_email }: Deployment['choice']) {
  return { host, model, budget, alert_email };
}

function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, item]) => [key, ...strings(item)]);
}
