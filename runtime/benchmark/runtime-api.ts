import type { z } from 'zod';
import { type RuntimeStatus, statusSchema } from '../contracts/http.ts';
import { assertOk, type HttpAnswer, HttpClient } from './http-client.ts';

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

  /** @throws AosError of the API, too */
  async get<Schema extends z.ZodType>(path: string, schema: Schema, signal: AbortSignal): Promise<z.output<Schema>> {
    const answer = await this.send('GET', path, { signal });
    assertOk(answer);
    return schema.parse(JSON.parse(answer.text));
  }

  status(signal: AbortSignal): Promise<RuntimeStatus> {
    return this.get('/api/status', statusSchema, signal);
  }

  dispose(): void {
    this.#client.dispose();
  }
}
