import type { TokenCredential } from '@azure/identity';
import { AosError } from '../core/errors.ts';

/** A connection string, or an account that this machine's Azure identity opens. */
export type StorageConnection =
  | string
  | {
      account: string;
      credential: TokenCredential;
      /** Where its services are, if not at their names in Azure's public cloud; `https` only. */
      endpoints?: Readonly<Record<StorageService, string>> | undefined;
    };

export type StorageService = 'table' | 'blob';

/** What a client of one service of the account is made of. */
export type StorageAccess =
  | { kind: 'connection-string'; connectionString: string; url: string; insecure: boolean }
  | { kind: 'identity'; credential: TokenCredential; url: string; insecure: false };

/**
 * How this project's storage clients retry: at most 3 times within about 2 s, since whoever waits has a deadline of his
 * own. Only what storage calls transient (408, 429, 5xx, no connection) is retried.
 */
export const RETRIES = { maxRetries: 3, retryDelayMs: 200, maxRetryDelayMs: 1000 } as const;

/** Azurite's default endpoints, which `UseDevelopmentStorage=true` stands for. */
const DEVELOPMENT_URLS: Record<StorageService, string> = {
  table: 'http://127.0.0.1:10002/devstoreaccount1',
  blob: 'http://127.0.0.1:10000/devstoreaccount1',
};

/**
 * Where a service of the account is, and how to get in. Plain http is taken on this machine only.
 * @throws AosError AOS_CONFIG_INVALID; its message never holds the key
 */
export function storageAccess(connection: StorageConnection, service: StorageService): StorageAccess {
  if (typeof connection !== 'string') {
    const { account, credential, endpoints } = connection;
    const url = endpoints?.[service] ?? `https://${account}.${service}.core.windows.net`;
    return { kind: 'identity', credential, url, insecure: false };
  }
  const url = urlOf(connection, service);
  const insecure = url.protocol === 'http:';
  if (insecure && !isLoopback(url.hostname)) {
    throw new AosError(
      'AOS_CONFIG_INVALID',
      `Storage at ${url.origin} would be spoken to without encryption. Give its https endpoint in the connection string.`,
    );
  }
  return { kind: 'connection-string', connectionString: connection, url: trimmed(url), insecure };
}

function urlOf(connectionString: string, service: StorageService): URL {
  const fields = fieldsOf(connectionString);
  const endpoint = fields.get(`${service}endpoint`);
  const account = fields.get('accountname');
  if (fields.get('usedevelopmentstorage') === 'true') return new URL(DEVELOPMENT_URLS[service]);
  const protocol = fields.get('defaultendpointsprotocol') ?? 'https';
  const suffix = fields.get('endpointsuffix') ?? 'core.windows.net';
  const text = endpoint ?? (account && `${protocol}://${account}.${service}.${suffix}`);
  if (!text || !URL.canParse(text)) {
    const part = service === 'table' ? 'TableEndpoint' : 'BlobEndpoint';
    throw new AosError(
      'AOS_CONFIG_INVALID',
      `The storage connection string has neither a usable ${part} nor an AccountName. ` +
        'Copy it whole from the "Access keys" page of the storage account.',
    );
  }
  return new URL(text);
}

/** Names in lower case: the services do not mind the case. A value may hold `=` (a key, a signature). */
function fieldsOf(connectionString: string): Map<string, string> {
  const parts = connectionString.split(';').filter((part) => part.includes('='));
  return new Map(
    parts.map((part) => {
      const at = part.indexOf('=');
      return [part.slice(0, at).trim().toLowerCase(), part.slice(at + 1).trim()];
    }),
  );
}

const isLoopback = (host: string) => host === 'localhost' || host === '[::1]' || /^127\./.test(host);

const trimmed = (url: URL) => `${url.origin}${url.pathname.replace(/\/$/, '')}`;
