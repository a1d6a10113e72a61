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

export type SettingName = keyof typeof environmentNames;

/** @returns the value under the first of its spellings that is set and not empty */
export function readSetting(env: Record<string, string | undefined>, name: SettingName): string | undefined {
  return environmentNames[name].map((variable) => env[variable]).find((value) => value !== undefined && value !== '');
}

/** The setting that an environment variable is a spelling of. */
export function settingOf(variable: string): SettingName | undefined {
  const names = Object.keys(environmentNames) as SettingName[];
  return names.find((name) => (environmentNames[name] as readonly string[]).includes(variable));
}
