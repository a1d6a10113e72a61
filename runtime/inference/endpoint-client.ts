import type { z } from 'zod';
import { AosError } from '../core/errors.ts';
import { injectContext } from '../telemetry/propagation.ts';
import {
  messageOfBody,
  parseErrorBody,
  toConnectionError,
  toInferenceError,
  toProtocolError,
} from './endpoint-error.ts';
import { dataLines } from './sse.ts';

export interface CallOptions {
  signal?: AbortSignal | undefined;
  /** For the error, if the endpoint cannot use it. */
  adapterName?: string | undefined;
}

export interface Answer<T> {
  body: T;
  headers: Headers;
}

export interface EventStream<T> {
  headers: Headers;
  /** The parsed events up to `[DONE]` or the end. An error event is thrown. */
  events: AsyncIterable<T>;
}

export interface EndpointClientOptions {
  url: string;
  apiKey: string | undefined;
  /** Sent with every request, e.g. what a gateway wants. */
  headers?: Record<string, string> | undefined;
  /** Hears of every request when its answer begins, or nothing answers. */
  onCall?: ((call: EndpointRequest) => void) | undefined;
}

export interface EndpointRequest {
  /** e.g. `GET /info` */
  request: string;
  /** HTTP status; null: nothing answered. */
  status: number | null;
}

/** JSON and server-sent events over HTTP with a model endpoint, its errors turned into ours. It never tries twice. */
export class EndpointClient {
  /** Without a slash at its end, and without credentials. */
  readonly url: string;
  readonly #headers: Record<string, string>;
  readonly #onCall: EndpointClientOptions['onCall'];

  /** @throws AosError AOS_CONFIG_INVALID if `url` is no http(s) URL */
  constructor({ url, apiKey, headers = {}, onCall }: EndpointClientOptions) {
    this.url = checkedUrl(url);
    this.#headers = { ...headers, ...(apiKey ? { authorization: `Bearer ${apiKey}` } : {}) };
    this.#onCall = onCall;
  }

  async get<T>(path: string, schema: z.ZodType<T>, options: CallOptions = {}): Promise<Answer<T>> {
    const response = await this.#fetch(path, { method: 'GET' }, options);
    return { body: await this.#parse(response, schema, options), headers: response.headers };
  }

  async post<T>(path: string, body: object, schema: z.ZodType<T>, options: CallOptions = {}): Promise<Answer<T>> {
    const response = await this.#fetch(path, this.#json(body), options);
    return { body: await this.#parse(response, schema, options), headers: response.headers };
  }

  /** For routes that answer in plain text. */
  async getText(path: string, options: CallOptions = {}): Promise<string> {
    const response = await this.#fetch(path, { method: 'GET' }, options);
    return this.#reach(options.signal, () => response.text());
  }

  async postForText(path: string, body: object, options: CallOptions = {}): Promise<string> {
    const response = await this.#fetch(path, this.#json(body), options);
    return this.#reach(options.signal, () => response.text());
  }

  async stream<T>(
    path: string,
    body: object,
    schema: z.ZodType<T>,
    options: CallOptions = {},
  ): Promise<EventStream<T>> {
    const response = await this.#fetch(path, this.#json(body), options);
    return { headers: response.headers, events: this.#events(response, schema, options) };
  }

  #json(body: object): RequestInit {
    return { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  }

  async #fetch(path: string, init: RequestInit, { signal, adapterName }: CallOptions): Promise<Response> {
    const response = await this.#answerTo(path, init, signal);
    if (response.ok) return response;
    const said = await this.#reach(signal, () => response.text());
    const { status } = response;
    throw toInferenceError({
      status,
      message: messageOfBody(said),
      retryAfterMs: retryAfterMs(response),
      unknownRoute: (status === 404 || status === 405) && parseErrorBody(said) === undefined,
      url: this.url,
      adapterName,
    });
  }

  async #answerTo(path: string, init: RequestInit, signal: AbortSignal | undefined): Promise<Response> {
    let status: number | null = null;
    try {
      const response = await this.#reach(signal, () =>
        fetch(this.url + path, {
          ...init,
          headers: injectContext({ ...this.#headers, ...init.headers }),
          ...(signal ? { signal } : {}),
        }),
      );
      status = response.status;
      return response;
    } finally {
      this.#onCall?.({ request: `${init.method} ${path}`, status });
    }
  }

  async #parse<T>(response: Response, schema: z.ZodType<T>, { signal, adapterName }: CallOptions): Promise<T> {
    const text = await this.#reach(signal, () => response.text());
    return this.#parsed(text, schema, adapterName);
  }

  async *#events<T>(
    response: Response,
    schema: z.ZodType<T>,
    { signal, adapterName }: CallOptions,
  ): AsyncGenerator<T, void, undefined> {
    const lines = dataLines(response.body ?? emptyBody());
    try {
      for (;;) {
        const line = await this.#reach(signal, () => lines.next());
        if (line.done || line.value === '[DONE]') return;
        yield this.#parsed(line.value, schema, adapterName);
      }
    } finally {
      // Ends the connection if the stream is left early; a stream that broke has nothing more to say.
      await lines.return(undefined).catch(() => undefined);
    }
  }

  #parsed<T>(text: string, schema: z.ZodType<T>, adapterName?: string): T {
    try {
      return schema.parse(JSON.parse(text));
    } catch (cause) {
      // An error may come under HTTP 200: in a stream, whose headers have left before it.
      const error = parseErrorBody(text);
      if (error) throw toInferenceError({ ...error, url: this.url, adapterName });
      throw toProtocolError('answered something that its protocol does not know', this.url, cause);
    }
  }

  /** The abort reason passes through as it is; everything else that goes wrong is the connection's. */
  async #reach<T>(signal: AbortSignal | undefined, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      signal?.throwIfAborted();
      throw toConnectionError(error, this.url);
    }
  }
}

function checkedUrl(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new AosError('AOS_CONFIG_INVALID', `model.endpoint in aos.json is no http(s) URL: ${JSON.stringify(text)}.`);
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

/** `Retry-After` in seconds, or as a date. */
function retryAfterMs({ headers }: Response): number | undefined {
  const value = headers.get('retry-after');
  if (value === null) return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

const emptyBody = () => new Blob([]).stream();
