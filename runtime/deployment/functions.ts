import type { AosConfig } from '../contracts/config.ts';
import { type ArmResource, type DeploymentChoice, GUIDE_WORKERS, type JsonObject } from '../contracts/deployment.ts';
import { idOf, inBrackets, nameOf, propertyOf, resource, userAssigned } from './arm.ts';
import { assignment } from './identity.ts';
import { functionApp, identity, insights, plan, serviceBus, storage } from './names.ts';
import { runtimeEnvironment } from './runtime-environment.ts';
import { containerSecrets, type DeploymentSecret, secretUri } from './secrets.ts';
import { PACKAGE_CONTAINER, packageContainer } from './storage.ts';

const NODE_VERSION = '24';
/** The package of code that a Premium app runs from. */
export const PACKAGE_BLOB = 'runtime.zip';
/** A Flex app cannot be bounded lower. Instances beyond the shards find no session, and go again. */
const FLEX_LEAST_BOUND = 40;

/** The same handlers on Azure Functions: Flex Consumption (R67, R69), or the guide's EP2 with its 20 workers (R13). */
export function functionsResources(
  config: AosConfig,
  choice: DeploymentChoice,
  secrets: readonly DeploymentSecret[],
): ArmResource[] {
  const flex = choice.host === 'functions-flex';
  const forRuntime = secrets.filter(({ app }) => app === 'runtime');
  const appSettings = Object.entries({
    ...runtimeEnvironment(config, choice),
    ...hostSettings(),
    ...(flex ? {} : premiumSettings()),
    ...Object.fromEntries(
      forRuntime.map((one) => [
        one.variable,
        inBrackets(`format('@Microsoft.KeyVault(SecretUri={0})', ${secretUri(one)})`),
      ]),
    ),
  }).map(([name, value]) => ({ name, value }));
  return [
    resource(plan, {
      location: 'group',
      kind: flex ? 'functionapp' : 'elastic',
      sku: flex ? { name: 'FC1', tier: 'FlexConsumption' } : { name: 'EP2', tier: 'ElasticPremium', family: 'EP' },
      properties: { reserved: true, ...(!flex && { maximumElasticWorkerCount: GUIDE_WORKERS }) },
    }),
    resource(functionApp, {
      location: 'group',
      kind: 'functionapp,linux',
      identity: userAssigned(identity),
      properties: {
        serverFarmId: inBrackets(idOf(plan)),
        httpsOnly: true,
        keyVaultReferenceIdentity: inBrackets(idOf(identity)),
        ...(flex && { functionAppConfig: flexConfig(choice) }),
        siteConfig: {
          minTlsVersion: '1.2',
          // Flex Consumption has neither FTP nor these, and bounds its instances elsewhere.
          ...(!flex && {
            ftpsState: 'Disabled',
            healthCheckPath: '/api/health',
            linuxFxVersion: `NODE|${NODE_VERSION}`,
            functionAppScaleLimit: Math.min(GUIDE_WORKERS, choice.capacity.max_replicas),
            minimumElasticInstanceCount: Math.min(GUIDE_WORKERS, choice.capacity.min_replicas),
          }),
          appSettings,
        },
      },
      dependsOn: [
        ...[plan, insights, packageContainer],
        assignment('serviceBusDataOwner', serviceBus),
        assignment('blobDataOwner', storage),
        assignment('tableDataContributor', storage),
        ...containerSecrets(forRuntime).dependsOn,
      ],
    }),
  ];
}

function flexConfig({ capacity }: DeploymentChoice): JsonObject {
  return {
    runtime: { name: 'node', version: NODE_VERSION },
    deployment: {
      storage: {
        type: 'blobContainer',
        value: inBrackets(`format('{0}${PACKAGE_CONTAINER}', ${propertyOf(storage, 'primaryEndpoints.blob')})`),
        authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: inBrackets(idOf(identity)) },
      },
    },
    scaleAndConcurrency: {
      maximumInstanceCount: Math.max(FLEX_LEAST_BOUND, capacity.max_replicas),
      instanceMemoryMB: capacity.memory_gib > 2 ? 4096 : 2048,
    },
  };
}

/** The host's own storage and the triggers' connection, by identity. */
const hostSettings = (): Record<string, string> => ({
  AzureWebJobsStorage__accountName: inBrackets(nameOf(storage)),
  AzureWebJobsStorage__credential: 'managedidentity',
  AzureWebJobsStorage__clientId: inBrackets(propertyOf(identity, 'clientId')),
  ServiceBusConnection__credential: 'managedidentity',
  ServiceBusConnection__clientId: inBrackets(propertyOf(identity, 'clientId')),
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: inBrackets(
    `format('Authorization=AAD;ClientId={0}', ${propertyOf(identity, 'clientId')})`,
  ),
});

/** Without a file share, which wants a key: the app runs from a package that its identity fetches. */
const premiumSettings = (): Record<string, string> => ({
  FUNCTIONS_EXTENSION_VERSION: '~4',
  FUNCTIONS_WORKER_RUNTIME: 'node',
  WEBSITE_RUN_FROM_PACKAGE: inBrackets(
    `format('{0}${PACKAGE_CONTAINER}/${PACKAGE_BLOB}', ${propertyOf(storage, 'primaryEndpoints.blob')})`,
  ),
  WEBSITE_RUN_FROM_PACKAGE_BLOB_MI_RESOURCE_ID: inBrackets(idOf(identity)),
});
