import type { TokenCredential } from '@azure/identity';
import type { AosConfig } from '../contracts/config.ts';
import { environmentNames, hostingNames, readSetting } from '../contracts/environment-names.ts';
import { AosError } from '../core/errors.ts';
import type { StorageConnection, StorageService } from '../storage/connection.ts';

export type Environment = Record<string, string | undefined>;

export type ServiceBusConnection = string | { fullyQualifiedNamespace: string; credential: TokenCredential };
export type { StorageConnection } from '../storage/connection.ts';

/** Where the runtime's services are; the local cloud and Azure differ in nothing else. */
export interface Endpoints {
  serviceBus: ServiceBusConnection;
  storage: StorageConnection;
  lorax: { endpoint: string; apiKey: string | undefined; headers: Record<string, string> };
}

/**
 * Finds the services that aos.json names. `env:NAME` is that variable, a namespace or account is opened by the Azure identity
 * of this machine. `embedded` is what the environment says: a connection string (the launcher's, or one in any spelling of
 * AOS), else a namespace and a table service with an identity. So the same aos.json runs here and in Azure.
 * @throws AosError AOS_CONFIG_INVALID naming the variable that is missing or wrong
 */
export async function resolveEndpoints(config: AosConfig, env: Environment): Promise<Endpoints> {
  return {
    serviceBus: await serviceBusOf(config, env),
    storage: await storageOf(config, env),
    lorax: {
      endpoint: config.model.endpoint === 'embedded' ? loraxEndpoint(env) : config.model.endpoint,
      apiKey:
        config.model.api_key === undefined
          ? readSetting(env, 'loraxApiKey')
          : resolveSecret('model.api_key', config.model.api_key, env),
      headers: Object.fromEntries(
        Object.entries(config.model.headers).map(([name, reference]) => [
          name.toLowerCase(),
          resolveSecret(`model.headers.${name}`, reference, env),
        ]),
      ),
    },
  };
}

async function serviceBusOf({ connections }: AosConfig, env: Environment): Promise<ServiceBusConnection> {
  const path = 'connections.service_bus';
  const given = connections.service_bus as string | { namespace: string };
  if (typeof given !== 'string') return busWithIdentity(given.namespace);
  if (given !== 'embedded') return resolveSecret(path, given, env);
  const text = readSetting(env, 'serviceBusConnectionString');
  if (text !== undefined) return text;
  const namespace = readSetting(env, 'serviceBusNamespace');
  if (namespace !== undefined) return busWithIdentity(namespace);
  throw missing(path, [environmentNames.serviceBusConnectionString[0], environmentNames.serviceBusNamespace[0]]);
}

async function storageOf({ connections }: AosConfig, env: Environment): Promise<StorageConnection> {
  const path = 'connections.storage';
  const given = connections.storage as string | { account: string };
  if (typeof given !== 'string') return { account: given.account, credential: await azureIdentity() };
  if (given !== 'embedded') return resolveSecret(path, given, env);
  const text = readSetting(env, 'storageConnectionString');
  if (text !== undefined) return text;
  const endpoints = storageEndpoints(env);
  if (endpoints) {
    return { account: accountIn(endpoints.table), endpoints, credential: await azureIdentity() };
  }
  throw missing(path, [environmentNames.storageConnectionString[0], environmentNames.tableServiceUri[0]]);
}

function storageEndpoints(env: Environment): Record<StorageService, string> | undefined {
  const table = readSetting(env, 'tableServiceUri');
  if (table === undefined) return undefined;
  const blob = readSetting(env, 'blobServiceUri') ?? table.replace('.table.', '.blob.');
  const [tableName, blobName] = [environmentNames.tableServiceUri[0], hostingNames.blobServiceUri[0]];
  for (const [name, uri] of [
    [tableName, table],
    [blobName, blob],
  ] as const) {
    if (URL.canParse(uri) && new URL(uri).protocol === 'https:') continue;
    throw invalid(`${name} is no https address of a storage service, like https://NAME.table.core.windows.net.`);
  }
  if (blob === table) throw invalid(`The blobs beside ${tableName} cannot be found. Set ${blobName}, too.`);
  const trimmed = (uri: string) => uri.replace(/\/+$/, '');
  return { table: trimmed(table), blob: trimmed(blob) };
}

/** The first label of a host name in Azure; a stand-in has the account in its path. */
function accountIn(uri: string): string {
  const { hostname, pathname } = new URL(uri);
  return pathname.split('/')[1] || hostname.split('.')[0] || hostname;
}

function loraxEndpoint(env: Environment): string {
  const endpoint = readSetting(env, 'loraxEndpoint');
  if (endpoint !== undefined) return endpoint;
  const host = readSetting(env, 'loraxHost');
  if (host === undefined) throw missing('model.endpoint', [hostingNames.loraxEndpoint[0]]);
  return /^https?:\/\//.test(host) ? host : `http://${host}:${readSetting(env, 'loraxPort') ?? LORAX_PORT}`;
}

/** Of AOS, when AOS_LORAX_PORT is not set. */
const LORAX_PORT = '8080';

/** The environment variable in which a `secret:NAME` of aos.json is handed to the processes. */
export const secretVariable = (name: string) => `AOS_SECRET_${name}`;

/** The secret behind "env:NAME" or "secret:NAME". @param path where in aos.json it stands @throws AosError AOS_CONFIG_INVALID if it is not set */
export function resolveSecret(path: string, reference: string, env: Environment): string {
  const [kind, name = ''] = reference.split(':');
  const variable = kind === 'secret' ? secretVariable(name) : name;
  const value = env[variable];
  if (value) return value;
  throw missing(path, [variable]);
}

const missing = (path: string, variables: readonly string[]) =>
  invalid(
    variables.length === 1
      ? `${path} of aos.json needs the environment variable ${variables[0]}, which is not set.`
      : `${path} of aos.json needs one of the environment variables ${variables.join(' and ')}; none of them is set.`,
  );

const invalid = (message: string) => new AosError('AOS_CONFIG_INVALID', message);

const busWithIdentity = async (namespace: string): Promise<ServiceBusConnection> => ({
  fullyQualifiedNamespace: namespace.includes('.') ? namespace : `${namespace}.servicebus.windows.net`,
  credential: await azureIdentity(),
});

async function azureIdentity(): Promise<TokenCredential> {
  // Loaded only where an identity is used: it costs the start-up 20–50 ms.
  const { DefaultAzureCredential } = await import('@azure/identity');
  return new DefaultAzureCredential();
}

/** On the services of this machine; there every trace is kept. */
export const isLocal = ({ serviceBus, storage }: Endpoints): boolean =>
  [serviceBus, storage].every((connection) => typeof connection === 'string' && LOOPBACK.test(connection));

/** Of a connection string, as the local cloud writes it. */
const LOOPBACK = /(:\/\/(127\.0\.0\.1|localhost|\[::1\])[:/;])|UseDevelopment(Storage|Emulator)=true/i;

/** Host and port, or the namespace: never the key. */
export function busName(connection: ServiceBusConnection): string {
  return typeof connection === 'string'
    ? (/Endpoint=sb:\/\/([^/;]+)/i.exec(connection)?.[1] ?? 'Service Bus')
    : connection.fullyQualifiedNamespace;
}

export function storageName(connection: StorageConnection): string {
  if (typeof connection !== 'string') return connection.account;
  const endpoint = /TableEndpoint=https?:\/\/([^/;]+)/i.exec(connection)?.[1];
  return endpoint ?? /AccountName=([^;]+)/i.exec(connection)?.[1] ?? 'Storage';
}
