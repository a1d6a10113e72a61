import type { AosConfig } from '../contracts/config.ts';
import type { ArmResource, DeploymentChoice, JsonObject } from '../contracts/deployment.ts';
import { hostingNames } from '../contracts/environment-names.ts';
import { AGENT_MESSAGES } from '../messaging/entities.ts';
import { call, idOf, inBrackets, parameter, propertyOf, resource, text, userAssigned } from './arm.ts';
import { assignment } from './identity.ts';
import { environment, identity, insights, loraxApp, registry, runtimeApp, serviceBus, storage } from './names.ts';
import { runtimeEnvironment } from './runtime-environment.ts';
import { containerSecrets, type DeploymentSecret } from './secrets.ts';

/** The runtime's own port. */
const PORT = 7071;
/** The runtime drains within 10 s of SIGTERM; the platform waits longer before it kills. */
const GRACE_SECONDS = 30;

/**
 * The replicas. KEDA looks at the number of waiting messages and not at sessions, so that the upper bound is what keeps it from
 * starting replicas for which no shard is left (kedacore/keda#1479).
 */
export function runtimeAppResources(
  config: AosConfig,
  choice: DeploymentChoice,
  secrets: readonly DeploymentSecret[],
): ArmResource[] {
  const forRuntime = containerSecrets(secrets.filter(({ app }) => app === 'runtime'));
  const env = Object.entries({
    ...runtimeEnvironment(config, choice),
    [hostingNames.bind[0]]: '0.0.0.0',
    [hostingNames.port[0]]: String(PORT),
  }).map(([name, value]) => ({ name, value }));
  return [
    resource(runtimeApp, {
      location: 'group',
      // Without an image there is nothing to run yet; the next deployment, with one, adds the app.
      condition: "[not(empty(parameters('image')))]",
      identity: userAssigned(identity),
      properties: {
        environmentId: inBrackets(idOf(environment)),
        workloadProfileName: 'Consumption',
        configuration: {
          activeRevisionsMode: 'Single',
          ingress: { external: true, targetPort: PORT, transport: 'auto', allowInsecure: false },
          registries: [
            { server: inBrackets(propertyOf(registry, 'loginServer')), identity: inBrackets(idOf(identity)) },
          ],
          secrets: forRuntime.configuration,
        },
        template: {
          terminationGracePeriodSeconds: GRACE_SECONDS,
          containers: [
            {
              name: 'runtime',
              image: inBrackets(parameter('image')),
              resources: {
                cpu: inBrackets(call('json', parameter('vcpu'))),
                memory: inBrackets(`format('{0}Gi', ${parameter('memoryGib')})`),
              },
              env: [...env, ...forRuntime.env],
              probes: probes(),
            },
          ],
          scale: scale(),
        },
      },
      dependsOn: [
        ...[environment, insights],
        assignment('registryPull', registry),
        assignment('serviceBusDataOwner', serviceBus),
        assignment('blobDataContributor', storage),
        assignment('tableDataContributor', storage),
        ...(choice.model.kind === 'lorax' ? [loraxApp] : []),
        ...forRuntime.dependsOn,
      ],
    }),
  ];
}

function probes(): JsonObject[] {
  const alive = { path: '/api/health', port: PORT };
  const ready = { path: '/api/health/ready', port: PORT };
  return [
    // The runtime is ready in 2 s; the rest of the minute is for a service that is slow to answer. Container Apps take no
    // threshold above 10.
    {
      type: 'Startup',
      httpGet: alive,
      initialDelaySeconds: 1,
      periodSeconds: 6,
      failureThreshold: 10,
      timeoutSeconds: 2,
    },
    { type: 'Readiness', httpGet: ready, periodSeconds: 5, failureThreshold: 3, timeoutSeconds: 2 },
    { type: 'Liveness', httpGet: alive, periodSeconds: 10, failureThreshold: 6, timeoutSeconds: 5 },
  ];
}

function scale(): JsonObject {
  return {
    minReplicas: inBrackets(parameter('minReplicas')),
    maxReplicas: inBrackets(parameter('maxReplicas')),
    pollingInterval: inBrackets(parameter('pollingSeconds')),
    cooldownPeriod: inBrackets(parameter('cooldownSeconds')),
    rules: [
      {
        name: 'agent-messages',
        custom: {
          type: 'azure-servicebus',
          identity: inBrackets(idOf(identity)),
          metadata: {
            queueName: AGENT_MESSAGES,
            namespace: inBrackets(nameOfBus),
            messageCount: inBrackets(call('string', parameter('messagesPerReplica'))),
            cloud: inBrackets(kedaCloud),
          },
        },
      },
    ],
  };
}

const nameOfBus = serviceBus.names[0];

/** KEDA has its own names for two of Azure's clouds (keda.sh, azure-servicebus, `cloud`); the third is AzureChinaCloud to both. */
const kedaCloud = call(
  'replace',
  call('replace', 'environment().name', text('AzureCloud'), text('AzurePublicCloud')),
  text('AzureUSGovernment'),
  text('AzureUSGovernmentCloud'),
);
