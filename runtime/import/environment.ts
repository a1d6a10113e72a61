import { type SettingName, settingOf } from '../contracts/environment-names.ts';
import { importConnectionVariable } from './connections.ts';
import type { Draft } from './draft.ts';
import type { SourceObject } from './ledger.ts';
import { isExample } from './source-folder.ts';

const TO: Partial<Record<SettingName, string>> = {
  baseModel: 'model.base',
  loraxMaxAdapters: 'model.max_adapters',
  loraxGpuMemoryUtilization: 'model.gpu_memory_utilization',
  loraxMaxCalls: 'runtime.adaptive_limit.max',
  retryAttempts: 'runtime.retry.attempts',
};
/** The runtime reads these from the environment, as AOS did. */
const STAYS: readonly SettingName[] = ['logLevel', 'otlpEndpoint', 'telemetryServiceName'];
const LOOPBACK = /^(localhost|127\.|0\.0\.0\.0$|\[?::1?\]?$)/;
/** Of AOS, when AOS_LORAX_PORT is not set. */
const LORAX_PORT = '8080';

const LEFT: [RegExp, string][] = [
  [/^AOS_STORAGE_(TYPE|PATH|CONTAINER)$/, 'state is kept in Table and Blob storage: see "connections"'],
  [/^AOS_MESSAGE_(QUEUE_SIZE|TIMEOUT)$/, 'messages wait in Service Bus, and none is dropped'],
  [/^AOS_(MAX_WORKFLOWS|WORKFLOW_TIMEOUT)$/, 'there is no such limit'],
  [/^AOS_METRICS_INTERVAL$/, 'metrics are live, and exported every 60 s'],
  [/^AOS_(ENABLE_AUTH|AUTH_PROVIDER)$/, 'the API always wants a token'],
  [/^AOS_ENABLE_LORAX$/, 'adapters are always served by LoRAX'],
  [/^AOS_LORAX_MAX_BATCH_SIZE$/, 'LoRAX sets it itself'],
  [/^AOS_(ENVIRONMENT|DEBUG)$/, 'there is one runtime for all environments; AOS_LOG_LEVEL says how much it logs'],
  [/^AGENT_REGISTRY_PATH$/, 'registries are found by their content'],
  [/^FOUNDRY_/, 'agents run here, not in Azure AI Foundry'],
  [/^(AzureWebJobs|FUNCTIONS_|AzureFunctionsJobHost|WEBSITE_)/, 'it belongs to Azure Functions'],
];
const LEFT_SETTINGS: Partial<Record<SettingName, string>> = {
  keyVaultUri: 'secrets come from the environment or from the secret storage of the editor',
  applicationInsights: 'it comes with the deployment',
};

/** Whether variables are those of AOS. */
export const isOfAos = (variables: Record<string, unknown>): boolean =>
  Object.keys(variables).some((name) => settingOf(name) !== undefined || /^(AOS|AGENT_REGISTRY|FOUNDRY)_/.test(name));

/** Takes variables over, by every spelling of every era; of connections only the names. */
export function importVariables(source: SourceObject, draft: Draft): void {
  const lorax = { host: '', port: LORAX_PORT };
  for (const variable of source.keys) {
    const setting = settingOf(variable);
    const value = source.text(variable);
    if (value === undefined || setting === undefined) continue;
    if (setting === 'loraxHost') lorax.host = value;
    else if (setting === 'loraxPort') lorax.port = value;
    else importVariable(source, variable, setting, value, draft);
  }
  if (lorax.host !== '') importEndpoint(source, lorax, draft);
  source.leaveRest(reasonsOf(source.keys));
}

function importVariable(
  source: SourceObject,
  variable: string,
  setting: SettingName,
  value: string,
  draft: Draft,
): void {
  const to = TO[setting];
  if (to !== undefined) draft.set(source, variable, to, setting === 'baseModel' ? value : Number(value));
  else if (STAYS.includes(setting)) source.took(variable, 'the environment', 'the runtime reads this variable itself');
  else if (isExample(source.file)) source.left(variable, 'the file is an example');
  else if (setting === 'serviceBusConnectionString') {
    importConnectionVariable(source, variable, 'connections.service_bus', draft);
  } else if (setting === 'storageConnectionString') {
    importConnectionVariable(source, variable, 'connections.storage', draft);
  } else if (setting === 'serviceBusNamespace') {
    const namespace = /^[\w-]+(\.[\w-]+)*$/.exec(value)?.[0];
    if (namespace) draft.set(source, variable, 'connections.service_bus', { namespace });
    else source.left(variable, 'it is not the name of a namespace');
  } else if (setting === 'tableServiceUri') {
    const account = /^https:\/\/([a-z0-9]+)\.table\.core\.windows\.net\/?$/.exec(value)?.[1];
    if (account) draft.set(source, variable, 'connections.storage', { account }, 'the account in it');
    else source.left(variable, 'it is not the address of a table service in Azure');
  }
}

function importEndpoint(source: SourceObject, { host, port }: { host: string; port: string }, draft: Draft): void {
  const [hostKey, portKey] = ['AOS_LORAX_HOST', 'AOS_LORAX_PORT'] as const;
  if (LOOPBACK.test(host)) {
    const note = `AOS only simulated a LoRAX on this machine: model.endpoint stays "embedded"; write http://localhost:${port} if one runs`;
    source.left(hostKey, note);
    source.left(portKey, note);
    return;
  }
  const url = /^https?:\/\//.test(host) ? host : `http://${host}:${port}`;
  draft.set(source, hostKey, 'model.endpoint', url, 'with the port, as a URL');
  source.took(portKey, 'model.endpoint', 'it is part of the URL');
}

function reasonsOf(variables: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    variables.map((variable) => {
      const setting = settingOf(variable);
      const reason = (setting && LEFT_SETTINGS[setting]) ?? LEFT.find(([pattern]) => pattern.test(variable))?.[1];
      return [variable, reason ?? 'it is no setting of AOS'];
    }),
  );
}
