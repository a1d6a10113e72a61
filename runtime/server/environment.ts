import type { TokenCredential } from '@azure/identity';
import type { AosConfig } from '../contracts/config.ts';
import { environmentNames } from '../contracts/environment-names.ts';
import { AosError } from '../core/errors.ts';

export type Environment = Record<string, string | undefined>;

export type ServiceBusConnection = string | { fullyQualifiedNamespace: string; credential: TokenCredential };
export type StorageConnection = string | { account: string; credential: TokenCredential };

/** Where the runtime's services are; the local cloud and Azure differ in nothing else. */
export interface Endpoints {
  serviceBus: ServiceBusConnection;
  storage: StorageConnection;
  lorax: { endpoint: string; apiKey: string | undefined; headers: Record<string, string> };
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
        ? connectionString('connections.service_bus', service_bus, environmentNames.serviceBusConnectionString, env)
        : { fullyQualifiedNamespace: fullName(service_bus.namespace), credential: await azureIdentity() },
    storage:
      typeof storage === 'string'
        ? connectionString('connections.storage', storage, environmentNames.storageConnectionString, env)
        : { account: storage.account, credential: await azureIdentity() },
    lorax: {
      endpoint:
        config.model.endpoint === 'embedded'
          ? required('model.endpoint', ['AOS_LORAX_ENDPOINT'], env)
          : config.model.endpoint,
      apiKey:
        config.model.api_key === undefined
          ? env.AOS_LORAX_API_KEY
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

/** The environment variable in which a `secret:NAME` of aos.json is handed to the processes. */
export const secretVariable = (name: string) => `AOS_SECRET_${name}`;

function connectionString(path: string, value: string, names: readonly string[], env: Environment): string {
  return value === 'embedded' ? required(path, names, env) : resolveSecret(path, value, env);
}

/** The secret behind "env:NAME" or "secret:NAME". @param path where in aos.json it stands @throws AosError AOS_CONFIG_INVALID if it is not set */
export function resolveSecret(path: string, reference: string, env: Environment): string {
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
