import { AosError, isAbort, isAosError, messageOf } from '../core/errors.ts';

export interface StorageFailure {
  /** What was tried, as a verb phrase: `write to table traces`. */
  doing: string;
  /** Where, without any secret. */
  url: string;
  signal?: AbortSignal | undefined;
}

/** The HTTP status a failure of an Azure Storage client stands for; undefined if nothing answered. */
export function statusOf(error: unknown): number | undefined {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' && status > 0 ? status : undefined;
}

/** The service's own word for what went wrong, e.g. `EntityAlreadyExists`. */
export function storageCodeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { details, code } = error as ServiceError;
  return [details?.odataError?.code, details?.errorCode, code].find(
    (value): value is string => typeof value === 'string' && value !== '',
  );
}

/** What the errors of the two clients have in common: Tables puts its code and words into `odataError`. */
interface ServiceError {
  code?: unknown;
  details?: { odataError?: { code?: unknown; message?: { value?: unknown } }; errorCode?: unknown };
}

/**
 * What a failed storage call is thrown as: the abort reason if the caller gave up, else AOS_STORAGE. `details.status` and
 * `details.storage_code` are the service's.
 */
export function toStorageError(error: unknown, { doing, url, signal }: StorageFailure): unknown {
  if (signal?.aborted) return signal.reason;
  if (isAosError(error) || isAbort(error)) return error;
  const status = statusOf(error);
  const code = storageCodeOf(error);
  return new AosError('AOS_STORAGE', `Could not ${doing} at ${url}: ${reasonOf(error, status, code)}`, {
    cause: error,
    details: { ...(status === undefined ? {} : { status }), ...(code === undefined ? {} : { storage_code: code }) },
  });
}

function reasonOf(error: unknown, status: number | undefined, code: string | undefined): string {
  if (status === undefined) {
    return code === 'ECONNREFUSED' || /ECONNREFUSED/.test(messageOf(error))
      ? 'nothing listens there. Start the local cloud, or check connections.storage in aos.json.'
      : `${firstLine(messageOf(error))}. Check connections.storage in aos.json and the network.`;
  }
  const words = (error as ServiceError).details?.odataError?.message?.value;
  const said = typeof words === 'string' && words !== '' ? `: ${firstLine(words)}` : '';
  const answer = `it answered ${status}${code ? ` ${code}` : ''}${said}`;
  if (status === 401 || status === 403) {
    return `${answer}. Check the account key, or the roles of the identity (Storage Table and Blob Data Contributor).`;
  }
  if (status === 404) return `${answer}. It does not exist yet: ensure() creates it.`;
  if (status === 429 || status >= 500) return `${answer}. The service is busy or failing: try again in a moment.`;
  return `${answer}.`;
}

/** The clients put the whole answer of the service into their message, from its second line on. */
const firstLine = (text: string) => (text.split('\n', 1)[0] ?? '').replace(/\.$/, '');
