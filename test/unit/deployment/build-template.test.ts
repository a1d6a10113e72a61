import { describe, expect, it } from 'vitest';
import { AGENT_STATE_TABLE } from '../../../runtime/agents/agent-state.ts';
import { ANSWERS_TABLE } from '../../../runtime/agents/answer-store.ts';
import { CONVERSATIONS_TABLE } from '../../../runtime/agents/conversation-log.ts';
import { STATE_TABLE } from '../../../runtime/agents/state-store.ts';
import type { DeploymentHost } from '../../../runtime/contracts/deployment.ts';
import { type Role, roles } from '../../../runtime/deployment/identity.ts';
import { tableNames } from '../../../runtime/deployment/storage.ts';
import { METRICS_TABLE } from '../../../runtime/server/metrics-store.ts';
import { TRACES_TABLE } from '../../../runtime/server/trace-store.ts';
import { WORKFLOW_TABLE } from '../../../runtime/workflow/table-store.ts';
import {
  appOf,
  auth,
  builtInRoles,
  config,
  type Deployment,
  deployment,
  environmentOf,
  evaluate,
  type Properties,
  propertiesOf,
} from './support.ts';

describe('template', () => {
  it('knows Azure’s built-in roles by their ids', () => {
    expect(roles).toEqual(builtInRoles);
  });

  it('gives the identity the role that KEDA and the sessions want, and no more than its host needs', () => {
    const rolesOf = (host: DeploymentHost) => {
      const assigned = propertiesOf(deployment({ host }), 'Microsoft.Authorization/roleAssignments').map(
        ({ roleDefinitionId }) => roleDefinitionId.split('/').at(-1),
      );
      return (Object.keys(builtInRoles) as Role[]).filter((role) => assigned.includes(builtInRoles[role]));
    };
    const everywhere = ['tableDataContributor', 'monitoringMetricsPublisher', 'keyVaultSecretsUser'];
    expect(rolesOf('container-apps')).toEqual([
      ...['serviceBusDataOwner', 'blobDataContributor', 'tableDataContributor', 'registryPull'],
      ...everywhere.slice(1),
    ]);
    expect(rolesOf('functions-flex')).toEqual([
      ...['serviceBusDataOwner', 'blobDataOwner', 'queueDataContributor'],
      ...everywhere,
    ]);
  });

  it('makes the tables that the runtime uses', () => {
    expect([...tableNames].sort()).toEqual(
      [
        STATE_TABLE,
        AGENT_STATE_TABLE,
        WORKFLOW_TABLE,
        CONVERSATIONS_TABLE,
        ANSWERS_TABLE,
        TRACES_TABLE,
        METRICS_TABLE,
      ].sort(),
    );
  });

  it('scales the replicas with the queue of the agents, by identity, and never beyond the shards', () => {
    const { scale } = appOf(deployment({}, { total_agents: 5000 }), 'runtime').template;
    expect(scale).toMatchObject({ minReplicas: 10, maxReplicas: 10, pollingInterval: 30, cooldownPeriod: 300 });
    expect(scale.rules).toEqual([
      {
        name: 'agent-messages',
        custom: {
          type: 'azure-servicebus',
          identity: expect.stringMatching(/userAssignedIdentities\/boardroom-identity$/),
          metadata: {
            queueName: 'aos-agent-messages',
            namespace: expect.stringMatching(/^boardroom-servicebus-/),
            messageCount: '100',
            cloud: 'AzurePublicCloud',
          },
        },
      },
    ]);
  });

  it('tells KEDA in which cloud the namespace is', () => {
    const cloudIn = (cloudName: string) => {
      const built = deployment();
      const [rule] = appOf({ ...built, evaluated: evaluate(built, cloudName) }, 'runtime').template.scale.rules;
      return rule.custom.metadata.cloud;
    };
    expect(['AzureCloud', 'AzureUSGovernment', 'AzureChinaCloud'].map(cloudIn)).toEqual([
      ...['AzurePublicCloud', 'AzureUSGovernmentCloud', 'AzureChinaCloud'],
    ]);
  });

  it('probes the runtime at start, for traffic and for life', () => {
    const [container] = appOf(deployment(), 'runtime').template.containers;
    expect(container.probes.map(({ type }: Properties) => type)).toEqual(['Startup', 'Readiness', 'Liveness']);
    expect(container.probes.map(({ httpGet }: Properties) => httpGet.path)).toEqual([
      ...['/api/health', '/api/health/ready', '/api/health'],
    ]);
    expect(environmentOf(deployment())).toMatchObject({ AOS_BIND: '0.0.0.0', AOS_PORT: '7071' });
  });

  it('probes within the bounds of Container Apps', () => {
    const built = deployment();
    for (const app of ['runtime', 'lorax'] as const) {
      for (const probe of appOf(built, app).template.containers[0].probes) {
        expect(probe.failureThreshold ?? 3).toBeLessThanOrEqual(10);
        expect(probe.periodSeconds).toBeLessThanOrEqual(240);
        expect(probe.timeoutSeconds ?? 1).toBeLessThanOrEqual(240);
        expect(probe.initialDelaySeconds ?? 0).toBeLessThanOrEqual(60);
      }
    }
  });

  it('makes the identity before LoRAX, also when there is no secret to read', () => {
    const built = deployment({ model: { kind: 'lorax', hub_token: false } });
    const lorax = built.evaluated.resources.find(({ name }) => name === 'boardroom-lorax');
    expect(lorax?.dependsOn).toContainEqual(expect.stringMatching(/userAssignedIdentities\/boardroom-identity$/));
    expect(appOf(built, 'lorax').template.containers[0].env).toEqual([]);
  });

  it('refuses LoRAX beside Functions, which could not reach it', () => {
    expect(() => deployment({ host: 'functions-flex', model: { kind: 'lorax' } })).toThrow(
      /model must be an endpoint on functions-flex/,
    );
  });

  it('runs LoRAX on an A100 inside the environment, with the token of the hub from the key vault', () => {
    const built = deployment();
    const lorax = appOf(built, 'lorax');
    const [environment] = propertiesOf(built, 'Microsoft.App/managedEnvironments');
    expect(environment.workloadProfiles).toContainEqual({
      name: lorax.workloadProfileName,
      workloadProfileType: 'Consumption-GPU-NC24-A100',
    });
    expect(lorax.configuration.ingress.external).toBe(false);
    expect(lorax.template.containers[0].env).toEqual([
      { name: 'HUGGING_FACE_HUB_TOKEN', secretRef: 'lorax-hugging-face-hub-token' },
    ]);
    expect(environmentOf(built).AOS_LORAX_ENDPOINT).toBe('https://‹boardroom-lorax.configuration.ingress.fqdn›');
  });

  it('asks an endpoint that is there already, without a GPU', () => {
    const built = deployment({ model: { kind: 'endpoint', url: 'https://models.example.com/v1' } });
    expect(built.evaluated.resources.map(({ name }) => name)).not.toContain('boardroom-lorax');
    const [{ workloadProfiles }] = propertiesOf(built, 'Microsoft.App/managedEnvironments');
    expect(workloadProfiles).toEqual([{ name: 'Consumption', workloadProfileType: 'Consumption' }]);
    expect(built.template.parameters).not.toHaveProperty('gpus');
    expect(environmentOf(built)).toMatchObject({
      ...{ AOS_LORAX_ENDPOINT: 'https://models.example.com/v1', AOS_LORAX_PORT: '443' },
    });
  });

  it('leaves the runtime out until its image is built, and everything else in', () => {
    const names = ({ evaluated }: Deployment) => evaluated.resources.map(({ id }) => id);
    const without = deployment({ image: null });
    expect(names(deployment()).filter((id) => !names(without).includes(id))).toEqual([
      expect.stringMatching(/containerApps\/boardroom-runtime$/),
    ]);
    expect(without.evaluated.outputs.apiUrl).toBe('');
    expect(without.evaluated.outputs.registry).toMatch(/^boardroom[a-z2-7]{13}$/);
  });

  it('takes Premium with the messaging units of the plan, and Standard without what it refuses', () => {
    const bus = (built: Deployment) =>
      built.evaluated.resources.find(({ type }) => type === 'Microsoft.ServiceBus/namespaces');
    expect(bus(deployment({}, { messaging_units: 8 }))?.sku).toEqual({ name: 'Premium', tier: 'Premium', capacity: 8 });
    const standard = deployment({}, { bus_tier: 'Standard' });
    expect(bus(standard)?.sku).toEqual({ name: 'Standard', tier: 'Standard' });
    expect(JSON.stringify(standard.template)).not.toContain('maxMessageSizeInKilobytes');
  });

  it('takes the guide’s plan: EP2 with 20 workers, bounded by the shards', () => {
    const built = deployment({ host: 'functions-premium' });
    expect(built.evaluated.resources.find(({ type }) => type === 'Microsoft.Web/serverfarms')).toMatchObject({
      sku: { name: 'EP2' },
      properties: { maximumElasticWorkerCount: 20 },
    });
    expect(propertiesOf(built, 'Microsoft.Web/sites')[0].siteConfig.functionAppScaleLimit).toBe(10);
  });

  it('takes Flex Consumption for the guide’s Y1, with Node 24 and its code in a container', () => {
    const built = deployment({ host: 'functions-flex' });
    const [{ functionAppConfig }] = propertiesOf(built, 'Microsoft.Web/sites');
    expect(functionAppConfig).toMatchObject({
      runtime: { name: 'node', version: '24' },
      deployment: {
        storage: { value: expect.stringMatching(/app-package$/), authentication: { type: 'UserAssignedIdentity' } },
      },
    });
    expect(built.evaluated.resources.find(({ type }) => type === 'Microsoft.Web/serverfarms')?.sku).toMatchObject({
      name: 'FC1',
    });
  });

  it('warns of the budget at 50, 80 and 100 %, and before 100 % is reached', () => {
    const built = deployment({ budget: { monthly_usd: 500, start: '2026-10-01' }, alert_email: 'ops@example.com' });
    const [{ amount, timePeriod, notifications }] = propertiesOf(built, 'Microsoft.Consumption/budgets');
    expect({ amount, timePeriod }).toEqual({ amount: 500, timePeriod: { startDate: '2026-10-01' } });
    expect(
      Object.entries(notifications).map(([name, { threshold, thresholdType, contactEmails }]: Properties) => [
        ...[name, threshold, thresholdType],
        contactEmails,
      ]),
    ).toEqual([
      ['actual50', 50, 'Actual', ['ops@example.com']],
      ['actual80', 80, 'Actual', ['ops@example.com']],
      ['actual100', 100, 'Actual', ['ops@example.com']],
      ['forecast100', 100, 'Forecasted', ['ops@example.com']],
    ]);
  });

  it('starts a budget without a date in the month of the deployment', () => {
    const [{ timePeriod }] = propertiesOf(deployment({ budget: { monthly_usd: 1 } }), 'Microsoft.Consumption/budgets');
    expect(timePeriod.startDate).toBe('2026-11-01');
  });

  it('sends alerts to the address, or only shows them', () => {
    const actions = (built: Deployment) =>
      propertiesOf(built, 'Microsoft.Insights/metricAlerts').flatMap(({ actions }) => actions);
    expect(actions(deployment())).toEqual([]);
    expect(actions(deployment({ alert_email: 'ops@example.com' }))[0].actionGroupId).toMatch(
      /actionGroups\/boardroom-alerts$/,
    );
  });

  it('takes tokens of the chosen tenant and application, signed by the cloud it runs in', () => {
    expect(environmentOf(deployment())).toMatchObject({
      AOS_AUTH_TENANT_ID: auth.tenant_id,
      AOS_AUTH_AUDIENCE: auth.audience,
      AOS_AUTH_AUTHORITY: 'https://login.microsoftonline.com/',
    });
    expect(environmentOf(deployment({ auth: null }))).not.toHaveProperty('AOS_AUTH_AUDIENCE');
  });

  it('refuses another model than the one aos.json names', () => {
    const named = { ...config, model: { ...config.model, endpoint: 'https://a.example.com' } };
    expect(() => deployment({ model: { kind: 'lorax' } }, {}, named)).toThrow(/Deploy with that one/);
    expect(environmentOf(deployment({}, {}, named)).AOS_LORAX_ENDPOINT).toBe('https://a.example.com');
  });

  it('refuses connections of aos.json that would lead away from what it creates', () => {
    const away = { ...config, connections: { ...config.connections, storage: 'env:STORAGE' } };
    expect(() => deployment({}, {}, away)).toThrow(/connections\.storage of aos\.json must be "embedded"/);
  });

  it('refuses a plan for other shards than the image will have', () => {
    expect(() => deployment({}, { shards: 20 })).toThrow(
      /plan is for 20 shards, but aos\.json says 10.*Set runtime\.shards to 20/,
    );
  });
});
