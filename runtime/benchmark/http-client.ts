import http from 'node:http';
import https from 'node:https';
import { errorBodySchema } from '../contracts/errors.ts';
import { AosError } from '../core/errors.ts';

/** A connection on which nothing comes for so long is given up. */
const SILENCE_MS = 60_000;

export interface HttpAnswer {
  status: number;
  text: string;
}

export interface HttpRequest {
  url: URL;
  method: string;
  body?: string;
  headers?: Record<string, string>;
  /** Called with each piece of the answer's body, as it comes. */
  onChunk?: (text: string) => void;
  signal: AbortSignal;
}

/**
 * Requests over connections that are kept, with as little around them as can be: a load generator that needs its whole
 * processor for itself measures itself.
 */
export class HttpClient {
  readonly #agents = {
    'http:': new http.Agent({ keepAlive: true, timeout: SILENCE_MS }),
    'https:': new https.Agent({ keepAlive: true, timeout: SILENCE_MS }),
  };
  readonly #watched = new WeakMap<AbortSignal, Set<http.ClientRequest>>();

  /**
   * @returns whatever was answered, whether or not its status says it went well
   * @throws AosError AOS_NOT_RUNNING when nothing answers; AOS_DEADLINE when the connection stays silent; the signal's reason
   */
  send({ url, method, body, headers = {}, onChunk, signal }: HttpRequest): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const json =
        body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      const request = this.#request(url, { method, headers: { ...headers, ...json } });
      const fail = (cause: unknown) => {
        if (signal.aborted) reject(signal.reason);
        else reject(new AosError('AOS_NOT_RUNNING', `Nothing answers at ${url.origin}. Is it running?`, { cause }));
      };
      request.once('error', fail);
      request.once('timeout', () => {
        reject(new AosError('AOS_DEADLINE', `${url.origin} was silent for ${SILENCE_MS / 1000} s.`));
        request.destroy();
      });
      request.once('response', (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
          onChunk?.(chunk);
        });
        response.once('error', fail);
        response.once('end', () => resolve({ status: response.statusCode ?? 0, text }));
      });
      const watched = this.#watch(signal);
      watched.add(request);
      request.once('close', () => watched.delete(request));
      request.end(body);
    });
  }

  dispose(): void {
    this.#agents['http:'].destroy();
    this.#agents['https:'].destroy();
  }

  #request({ protocol, hostname, port, pathname, search }: URL, options: http.RequestOptions): http.ClientRequest {
    const where = { host: hostname.replace(/^\[|\]$/g, ''), port, path: pathname + search };
    return protocol === 'https:'
      ? https.request({ ...where, ...options, agent: this.#agents['https:'] })
      : http.request({ ...where, ...options, agent: this.#agents['http:'] });
  }

  /** One listener for all requests of a run: one for each would cost more than the request. */
  #watch(signal: AbortSignal): Set<http.ClientRequest> {
    const known = this.#watched.get(signal);
    if (known) return known;
    const requests = new Set<http.ClientRequest>();
    this.#watched.set(signal, requests);
    signal.addEventListener('abort', () => {
      for (const request of requests) request.destroy(new Error('cancelled'));
    });
    return requests;
  }
}

/** @throws AosError with the code that the answer's body gives, or `details.http_status` where it gives none */
export function assertOk({ status, text }: HttpAnswer): void {
  if (status < 400) return;
  const body = errorBodySchema.safeParse(parseJson(text)).data;
  if (body) throw new AosError(body.code, body.error, { details: body.details });
  throw new AosError('AOS_INTERNAL', `The answer has the status ${status}.`, { details: { http_status: status } });
}

/** @returns undefined for what is no JSON */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
