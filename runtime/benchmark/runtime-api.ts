import type { z } from 'zod';
import { type RuntimeStatus, statusSchema } from '../contracts/http.ts';
import { AosError } from '../core/errors.ts';
import { assertOk, type HttpAnswer, HttpClient, parseJson } from './http-client.ts';

/** The runtime that is measured, over its HTTP API. */
export class RuntimeApi {
  readonly url: URL;
  readonly #token: string;
  readonly #client = new HttpClient();

  constructor(options: { url: string; token: string }) {
    this.url = new URL(options.url);
    this.#token = options.token;
  }

  /** @throws AosError AOS_NOT_RUNNING; the signal's reason */
  send(
    method: string,
    path: string,
    options: {
      body?: object;
      headers?: Record<string, string>;
      onChunk?: (text: string) => void;
      signal: AbortSignal;
    },
  ): Promise<HttpAnswer> {
    const { body, headers, onChunk, signal } = options;
    return this.#client.send({
      url: new URL(path, this.url),
      method,
      ...(body ? { body: JSON.stringify(body) } : {}),
      headers: { ...headers, authorization: `Bearer ${this.#token}` },
      onChunk,
      signal,
    });
  }

  /** @throws AosError of the API, too; AOS_INTERNAL for an answer that this version does not understand */
  async get<Schema extends z.ZodType>(path: string, schema: Schema, signal: AbortSignal): Promise<z.output<Schema>> {
    const answer = await this.send('GET', path, { signal });
    assertOk(answer);
    const parsed = schema.safeParse(parseJson(answer.text));
    if (parsed.success) return parsed.data;
    throw new AosError(
      'AOS_INTERNAL',
      `${this.url.origin} does not answer ${path} as this version of AOS does. Is it an AOS runtime of this version?`,
      { cause: parsed.error },
    );
  }

  status(signal: AbortSignal): Promise<RuntimeStatus> {
    return this.get('/api/status', statusSchema, signal);
  }

  dispose(): void {
    this.#client.dispose();
  }
}
