import type { TokenCredential } from '@azure/identity';
import type { AosConfig } from '../contracts/config.ts';
import { AosError } from '../core/errors.ts';

export type Environment = Record<string, string | undefined>;

/** AOS wrote the name of this variable in five ways; all of them count, the first one that is set. */
const SERVICE_BUS_NAMES = [
  'AZURE_SERVICEBUS_CONNECTION_STRING',
  'AZURE_SERVICE_BUS_CONNECTION_STRING',
  'SERVICE_BUS_CONNECTION_STRING',
  'AzureServiceBusConnectionString',
  'SERVICE_BUS_CONNECTION',
];
const STORAGE_NAMES = ['AZURE_STORAGE_CONNECTION_STRING', 'AOS_STORAGE_CONNECTION_STRING'];

export type ServiceBusConnection = string | { fullyQualifiedNamespace: string; credential: TokenCredential };
export type StorageConnection = string | { account: string; credential: TokenCredential };

/** Where the runtime's services are; the local cloud and Azure differ in nothing else. */
export interface Endpoints {
  serviceBus: ServiceBusConnection;
  storage: StorageConnection;
  lorax: { endpoint: string; apiKey: string | undefined };
}

/**
 * Finds the services that aos.json names: `embedded` ones come from the environment the launcher has prepared, `env:NAME`
 * from that variable, a namespace or account through the Azure identity of this machine.
 * @throws AosError AOS_CONFIG_INVALID naming the variable that is missing
 */
export async function resolveEndpoints(config: AosConfig, env: Environment): Promise<Endpoints> {
  const { service_bus, storage } = config.connections as {
    service_bus: string | { namespace: string };
    storage: string | { account: string };
  };
  return {
    serviceBus:
      typeof service_bus === 'string'
        ? connectionString('connections.service_bus', service_bus, SERVICE_BUS_NAMES, env)
        : { fullyQualifiedNamespace: fullName(service_bus.namespace), credential: await azureIdentity() },
    storage:
      typeof storage === 'string'
        ? connectionString('connections.storage', storage, STORAGE_NAMES, env)
        : { account: storage.account, credential: await azureIdentity() },
    lorax: {
      endpoint:
        config.model.endpoint === 'embedded'
          ? required('model.endpoint', ['AOS_LORAX_ENDPOINT'], env)
          : config.model.endpoint,
      apiKey:
        config.model.api_key === undefined ? env.AOS_LORAX_API_KEY : secret('model.api_key', config.model.api_key, env),
    },
  };
}

/** The environment variable in which a `secret:NAME` of aos.json is handed to the processes. */
export const secretVariable = (name: string) => `AOS_SECRET_${name}`;

function connectionString(path: string, value: string, names: readonly string[], env: Environment): string {
  return value === 'embedded' ? required(path, names, env) : secret(path, value, env);
}

function secret(path: string, reference: string, env: Environment): string {
  const [kind, name = ''] = reference.split(':');
  return required(path, [kind === 'secret' ? secretVariable(name) : name], env);
}

function required(path: string, names: readonly string[], env: Environment): string {
  for (const name of names) {
    const value = env[name];
    if (value) return value;
  }
  throw new AosError(
    'AOS_CONFIG_INVALID',
    `${path} of aos.json needs the environment variable ${names[0]}, which is not set.`,
  );
}

const fullName = (namespace: string) => (namespace.includes('.') ? namespace : `${namespace}.servicebus.windows.net`);

async function azureIdentity(): Promise<TokenCredential> {
  // Loaded only where an identity is used: it costs the start-up 20–50 ms.
  const { DefaultAzureCredential } = await import('@azure/identity');
  return new DefaultAzureCredential();
}
