import { z } from 'zod';
import { type LoraxErrorType, loraxErrorTypes } from '../contracts/lorax.ts';
import { AosError, isAosError, messageOf } from '../core/errors.ts';

export interface EndpointFailure {
  /** HTTP status, or the one that stands for an error inside a stream; undefined if none is known. */
  status: number | undefined;
  /** What the endpoint says. */
  message: string;
  retryAfterMs?: number | undefined;
  /** It has no such route: what it says is not in the shape of any protocol. */
  unknownRoute?: boolean;
  /** Its address, without any secret. */
  url: string;
  adapterName: string | undefined;
}

/** Error bodies in use: LoRAX's `{error, error_type}`, OpenAI's `{error: {message}}`, vLLM's older `{message}`, SGLang's. */
const errorBodySchema = z.union([
  z.object({ error: z.string(), error_type: z.string().optional() }),
  z.object({ error: z.object({ message: z.string(), code: z.union([z.string(), z.number()]).nullish() }) }),
  z.object({ object: z.literal('error'), message: z.string(), code: z.number().optional() }),
  z
    .object({ success: z.literal(false), error_message: z.string() })
    .transform(({ error_message }) => ({ message: error_message, code: 400 })),
]);

/** Longer texts are HTML pages of proxies. */
const MAX_MESSAGE_CHARS = 500;

/** What an error body says. Plain text (LoRAX's answer to a malformed request) is its own message. */
export function messageOfBody(body: string): string {
  const parsed = parseErrorBody(body);
  const text = parsed?.message ?? body.trim();
  return text.length > MAX_MESSAGE_CHARS ? `${text.slice(0, MAX_MESSAGE_CHARS)}…` : text;
}

/**
 * Reads an error; also one inside a stream, which comes under HTTP 200 and stands for the status of its type.
 * @returns undefined if `text` is no error body
 */
export function parseErrorBody(text: string): { message: string; status: number | undefined } | undefined {
  const body = errorBodySchema.safeParse(parseJson(text)).data;
  if (!body) return undefined;
  if ('message' in body) return { message: body.message, status: body.code };
  if (typeof body.error !== 'string') {
    return { message: body.error.message, status: typeof body.error.code === 'number' ? body.error.code : undefined };
  }
  const type = 'error_type' in body ? body.error_type : undefined;
  return { message: body.error, status: type === undefined ? undefined : loraxErrorTypes[type as LoraxErrorType] };
}

/**
 * The error of this project that an error of the endpoint stands for: AOS_BAD_REQUEST if the request breaks its rules,
 * AOS_ADAPTER_REFUSED if it cannot load the adapter, else AOS_INFERENCE_FAILED. `details.endpoint_status` is its status;
 * `details.unknown_route` says that it has no such route at all.
 */
export function toInferenceError(failure: EndpointFailure): AosError {
  const { status, message, retryAfterMs, unknownRoute = false, url, adapterName } = failure;
  const details = {
    ...(status === undefined ? {} : { endpoint_status: status }),
    ...(retryAfterMs === undefined ? {} : { retry_after_ms: retryAfterMs }),
    ...(unknownRoute ? { unknown_route: true } : {}),
  };
  const fail = (code: 'AOS_BAD_REQUEST' | 'AOS_ADAPTER_REFUSED' | 'AOS_INFERENCE_FAILED', text: string) =>
    new AosError(code, text, { details });
  const said = message === '' ? '' : `: ${message}`;
  const answered = `The model endpoint ${url} answered ${status ?? 'with an error'}${said}`;
  if (adapterName !== undefined && (status === 404 || (status === 424 && /adapter|lora/i.test(message)))) {
    return fail(
      'AOS_ADAPTER_REFUSED',
      `${answered}. It cannot use adapter ${adapterName}: check its path and source, and that it belongs to the base model.`,
    );
  }
  switch (status) {
    case 400:
    case 413:
    case 422:
      return fail('AOS_BAD_REQUEST', `The model endpoint ${url} refuses the request${said}`);
    case 401:
    case 403:
      return fail('AOS_INFERENCE_FAILED', `${answered}. Check its key: model.api_key in aos.json.`);
    case 404:
      return fail('AOS_INFERENCE_FAILED', `${answered}. Check model.endpoint and model.api in aos.json.`);
    case 429:
      return fail('AOS_INFERENCE_FAILED', `${answered}. It has more requests than it takes: try again in a moment.`);
    default:
      return fail('AOS_INFERENCE_FAILED', answered);
  }
}

/** HTTP status of the answer that an error of this module stands for; undefined if there was none. */
export function endpointStatusOf(error: unknown): number | undefined {
  const status = isAosError(error) ? error.details?.endpoint_status : undefined;
  return typeof status === 'number' ? status : undefined;
}

export const isUnknownRoute = (error: unknown) => isAosError(error) && error.details?.unknown_route === true;
export const isUnknownProtocol = (error: unknown) => isAosError(error) && error.details?.unknown_protocol === true;

/** It says that it has too much to do. */
export function isOverload(error: unknown): boolean {
  const status = endpointStatusOf(error);
  return status === 429 || status === 503;
}

/**
 * Whether the same question may be asked again without harm: the endpoint took nothing in, or was never reached. An answer
 * of which a part was streamed is not asked for again: its listener would hear two beginnings.
 */
export function isSafeToAskAgain(error: unknown): boolean {
  if (!isAosError(error) || error.details?.streamed === true) return false;
  return isOverload(error) || error.details?.unreached === true;
}

/** Nothing answered at all, or the answer broke off. */
export function toConnectionError(error: unknown, url: string): AosError {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
  const why =
    code === 'ECONNREFUSED'
      ? 'nothing listens there. Start the local cloud, or check model.endpoint in aos.json.'
      : code === 'ENOTFOUND' || code === 'EAI_AGAIN'
        ? 'its name cannot be resolved. Check model.endpoint in aos.json and the network.'
        : `${messageOf(cause ?? error)}. Check model.endpoint in aos.json and the log of the endpoint.`;
  return new AosError('AOS_INFERENCE_FAILED', `Could not reach the model endpoint ${url}: ${why}`, {
    cause: error,
    // Nothing was sent: asking again does no harm.
    ...(code !== undefined && UNREACHED.includes(code) ? { details: { unreached: true } } : {}),
  });
}

const UNREACHED: readonly string[] = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
];

/** It answered, but not what its protocol says. */
export function toProtocolError(what: string, url: string, cause?: unknown): AosError {
  return new AosError(
    'AOS_INFERENCE_FAILED',
    `The model endpoint ${url} ${what}. Check model.endpoint and model.api in aos.json.`,
    { cause, details: { unknown_protocol: true } },
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
