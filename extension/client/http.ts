import { z } from 'zod';
import { type ErrorCode, errorBodySchema } from '../../runtime/contracts/errors.ts';
import { RuntimeError } from './runtime-error.ts';

/** Where a runtime answers, and the token for it. */
export interface Endpoint {
  /** `http://127.0.0.1:7071` */
  baseUrl: string;
  /** Of this run; or, in Azure, how to get one that is still valid. */
  token: string | (() => Promise<string>);
}

export async function tokenOf({ token }: Endpoint): Promise<string> {
  return typeof token === 'string' ? token : token();
}

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  body?: unknown;
  accept?: 'application/json' | 'text/event-stream';
  signal?: AbortSignal | undefined;
}

/**
 * Sends a request and gives the answer if it is a success.
 * @throws RuntimeError with the server's code, or AOS_NOT_RUNNING if nothing answers
 * @throws the abort reason
 */
export async function send(endpoint: Endpoint, request: HttpRequest): Promise<Response> {
  const { method, path, body, accept = 'application/json', signal } = request;
  const headers: Record<string, string> = { accept, authorization: `Bearer ${await tokenOf(endpoint)}` };
  if (body !== undefined) headers['content-type'] = 'application/json';
  const response = await fetch(new URL(path, endpoint.baseUrl), {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
  }).catch((cause: unknown) => {
    signal?.throwIfAborted();
    throw notAnswering(endpoint, cause);
  });
  if (response.ok) return response;
  throw await toError(response);
}

/** Sends a request and parses the JSON of the answer. */
export async function sendJson<T extends z.ZodType>(
  endpoint: Endpoint,
  request: HttpRequest,
  schema: T,
): Promise<z.infer<T>> {
  const response = await send(endpoint, request);
  return parseAnswer(schema, await readJson(endpoint, response, request.signal), request.path);
}

/** @throws RuntimeError AOS_INTERNAL, naming what differs, if the answer is not what the contract says */
export function parseAnswer<T extends z.ZodType>(schema: T, value: unknown, path: string): z.infer<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const message = `The runtime's answer to ${path} is not what this version of the extension expects. Restart the runtime.`;
  throw new RuntimeError('AOS_INTERNAL', message, {
    cause: parsed.error,
    details: { issues: z.prettifyError(parsed.error) },
  });
}

/** That the connection was refused, or broke while an answer came. */
export function notAnswering(endpoint: Endpoint, cause: unknown): RuntimeError {
  return new RuntimeError(
    'AOS_NOT_RUNNING',
    `The runtime at ${endpoint.baseUrl} does not answer. Start it, or look at the log.`,
    { cause },
  );
}

async function readJson(endpoint: Endpoint, response: Response, signal: AbortSignal | undefined): Promise<unknown> {
  try {
    return await response.json();
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof SyntaxError) return undefined;
    throw notAnswering(endpoint, cause);
  }
}

async function toError(response: Response): Promise<RuntimeError> {
  const text = await response.text().catch(() => '');
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  const body = parseErrorBody(text);
  if (!body)
    return new RuntimeError(
      codeOfStatus(response.status),
      `The runtime answered ${response.status} ${response.statusText}.`,
    );
  const exact = body.details?.retry_after_ms;
  return new RuntimeError(body.code, body.error, {
    details: body.details,
    traceId: body.trace_id,
    retryAfterMs: typeof exact === 'number' ? exact : Number.isFinite(retryAfter) ? retryAfter * 1000 : undefined,
  });
}

function parseErrorBody(text: string): z.infer<typeof errorBodySchema> | undefined {
  try {
    return errorBodySchema.safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function codeOfStatus(status: number): ErrorCode {
  if (status === 401) return 'AOS_UNAUTHORIZED';
  if (status === 404) return 'AOS_NOT_FOUND';
  return 'AOS_INTERNAL';
}
