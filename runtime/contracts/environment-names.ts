/**
 * Our settings, and the environment variables that AOS wrote them as in its several eras. All spellings count; of those that
 * are set, the first one is read. The first name is the one we write ourselves.
 */
export const environmentNames = {
  serviceBusConnectionString: [
    'AZURE_SERVICEBUS_CONNECTION_STRING',
    'AZURE_SERVICE_BUS_CONNECTION_STRING',
    'SERVICE_BUS_CONNECTION_STRING',
    'AzureServiceBusConnectionString',
    'SERVICE_BUS_CONNECTION',
    'AOS_MESSAGE_BUS_CONNECTION_STRING',
  ],
  /** With an Azure identity instead of a key. */
  serviceBusNamespace: ['ServiceBusConnection__fullyQualifiedNamespace'],
  storageConnectionString: ['AZURE_STORAGE_CONNECTION_STRING', 'AOS_STORAGE_CONNECTION_STRING'],
  /** With an Azure identity instead of a key. */
  tableServiceUri: ['AosStateStore__tableServiceUri'],
  keyVaultUri: ['KEY_VAULT_URI', 'AZURE_KEYVAULT_URL', 'AZURE_KEY_VAULT_URL', 'KEY_VAULT_URL'],
  otlpEndpoint: ['OTEL_EXPORTER_OTLP_ENDPOINT'],
  telemetryServiceName: ['OTEL_SERVICE_NAME'],
  applicationInsights: ['APPLICATIONINSIGHTS_CONNECTION_STRING'],
  logLevel: ['AOS_LOG_LEVEL'],
  baseModel: ['AOS_LORAX_BASE_MODEL'],
  loraxHost: ['AOS_LORAX_HOST'],
  loraxPort: ['AOS_LORAX_PORT'],
  loraxMaxAdapters: ['AOS_LORAX_ADAPTER_CACHE_SIZE'],
  loraxMaxCalls: ['AOS_LORAX_MAX_CONCURRENT_REQUESTS'],
  loraxGpuMemoryUtilization: ['AOS_LORAX_GPU_MEMORY_UTILIZATION'],
  retryAttempts: ['AOS_RETRY_MAX_ATTEMPTS'],
} as const satisfies Record<string, readonly [string, ...string[]]>;

/**
 * What the platform that runs a replica tells it, besides: no setting of AOS, so that no era has other spellings. With
 * `AosStateStore__tableServiceUri` the blobs of the same account are found by themselves, unless their address is given.
 */
export const hostingNames = {
  blobServiceUri: ['AosStateStore__blobServiceUri'],
  loraxEndpoint: ['AOS_LORAX_ENDPOINT'],
  loraxApiKey: ['AOS_LORAX_API_KEY'],
  /** Name of this replica, another one for each. */
  replica: ['AOS_REPLICA', 'CONTAINER_APP_REPLICA_NAME'],
  /** Address that the HTTP API listens on, and its port. */
  bind: ['AOS_BIND'],
  port: ['AOS_PORT'],
  /** Further host names by which the API may be called, separated by commas. */
  hosts: ['AOS_HOSTS'],
  /** Tokens of Microsoft Entra ID that the API takes: for this application, of this tenant, signed by this authority. */
  authAudience: ['AOS_AUTH_AUDIENCE'],
  authTenant: ['AOS_AUTH_TENANT_ID', 'AZURE_TENANT_ID'],
  authAuthority: ['AOS_AUTH_AUTHORITY', 'AZURE_AUTHORITY_HOST'],
} as const satisfies Record<string, readonly [string, ...string[]]>;

export type SettingName = keyof typeof environmentNames;
export type HostingName = keyof typeof hostingNames;

const allNames: Record<SettingName | HostingName, readonly string[]> = { ...environmentNames, ...hostingNames };

/** @returns the value under the first of its spellings that is set and not empty */
export function readSetting(
  env: Record<string, string | undefined>,
  name: SettingName | HostingName,
): string | undefined {
  return allNames[name].map((variable) => env[variable]).find((value) => value !== undefined && value !== '');
}

/** The setting that an environment variable is a spelling of. */
export function settingOf(variable: string): SettingName | undefined {
  const names = Object.keys(environmentNames) as SettingName[];
  return names.find((name) => (environmentNames[name] as readonly string[]).includes(variable));
}
