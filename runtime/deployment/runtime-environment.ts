import type { AosConfig } from '../contracts/config.ts';
import type { DeploymentChoice } from '../contracts/deployment.ts';
import { environmentNames, hostingNames, type SettingName } from '../contracts/environment-names.ts';
import { call, type Expression, format, inBrackets, parameter, propertyOf, text } from './arm.ts';
import { functionApp, identity, insights, loraxApp, runtimeApp, serviceBus, storage } from './names.ts';

/**
 * Settings that a deployment leaves out, and why: the connection strings hold keys, telemetry goes to Application Insights
 * and not to an OTLP collector, and secrets come from the key vault through the platform.
 */
export const settingsLeftOut = [
  'serviceBusConnectionString',
  'storageConnectionString',
  'otlpEndpoint',
  'keyVaultUri',
] as const satisfies readonly SettingName[];

type Setting = Exclude<SettingName, (typeof settingsLeftOut)[number]>;

/** The host name of the namespace, in whichever of Azure's clouds: `https://x.servicebus.windows.net:443/` without the rest. */
const busHost = call(
  'replace',
  call('replace', propertyOf(serviceBus, 'serviceBusEndpoint'), text('https://'), text('')),
  text(':443/'),
  text(''),
);

/** Environment of the runtime: every setting it reads, under the name we write, and no key among them. */
export function runtimeEnvironment(config: AosConfig, choice: DeploymentChoice): Record<string, string> {
  const model = modelAddress(choice);
  const settings: Record<Setting, string> = {
    serviceBusNamespace: inBrackets(busHost),
    tableServiceUri: inBrackets(propertyOf(storage, 'primaryEndpoints.table')),
    applicationInsights: inBrackets(propertyOf(insights, 'ConnectionString')),
    telemetryServiceName: config.name,
    logLevel: 'info',
    baseModel: inBrackets(parameter('baseModel')),
    loraxHost: model.url,
    loraxPort: model.port,
    loraxMaxAdapters: String(config.model.max_adapters),
    loraxMaxCalls: String(config.runtime.adaptive_limit.max),
    loraxGpuMemoryUtilization: String(config.model.gpu_memory_utilization),
    retryAttempts: String(config.runtime.retry.attempts),
  };
  return {
    ...Object.fromEntries(
      (Object.keys(settings) as Setting[]).map((setting) => [environmentNames[setting][0], settings[setting]]),
    ),
    [hostingNames.blobServiceUri[0]]: inBrackets(propertyOf(storage, 'primaryEndpoints.blob')),
    // With several identities on a machine, DefaultAzureCredential takes the one of this id.
    AZURE_CLIENT_ID: inBrackets(propertyOf(identity, 'clientId')),
    [hostingNames.loraxEndpoint[0]]: model.url,
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: inBrackets(parameter('samplingRatio')),
    OTEL_METRIC_EXPORT_INTERVAL: '60000',
    ...(choice.auth && {
      [hostingNames.authTenant[0]]: inBrackets(parameter('authTenantId')),
      [hostingNames.authAudience[0]]: inBrackets(parameter('authAudience')),
      // Azure's clouds each sign for themselves.
      [hostingNames.authAuthority[0]]: '[environment().authentication.loginEndpoint]',
    }),
  };
}

/** Where the model answers: LoRAX inside the environment, or the endpoint that was chosen. */
function modelAddress({ model }: DeploymentChoice): { url: string; port: string } {
  if (model.kind === 'endpoint') {
    const { port, protocol } = new URL(model.url);
    return { url: inBrackets(parameter('modelEndpoint')), port: port || (protocol === 'https:' ? '443' : '80') };
  }
  const url = format('https://{0}', propertyOf(loraxApp, 'configuration.ingress.fqdn'));
  return { url: inBrackets(url), port: '443' };
}

/** Address of the deployed API. */
export const apiUrl = ({ host }: DeploymentChoice): Expression =>
  format(
    'https://{0}',
    host === 'container-apps'
      ? propertyOf(runtimeApp, 'configuration.ingress.fqdn')
      : propertyOf(functionApp, 'defaultHostName'),
  );
