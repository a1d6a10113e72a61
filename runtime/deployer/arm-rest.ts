import type { TokenCredential } from '@azure/identity';
import { sleep } from '../core/clock.ts';
import { ArmError, retryAfterMs } from './arm-error.ts';
import { isNetwork } from './failures.ts';

export interface ArmRestOptions {
  /** `https://management.azure.com` */
  endpoint: string;
  credential: TokenCredential;
  scope: string;
  /** First wait after a network error, in ms; it doubles. */
  retryDelayMs: number;
}

export interface ArmAnswer {
  status: number;
  body: unknown;
  headers: Headers;
}

interface ArmRequest {
  apiVersion: string;
  body?: object;
  signal?: AbortSignal | undefined;
}

const TRIES = 4;
/** How long to wait between two looks at a long operation that does not say it, in ms. */
const POLL_MS = 3000;

/** The parts of Azure Resource Manager that the SDKs for deployments do not cover: groups, resources, providers, registries. */
export class ArmRest {
  readonly #options: ArmRestOptions;

  constructor(options: ArmRestOptions) {
    this.#options = options;
  }

  /** @throws ArmError; network errors after some tries */
  send(method: string, path: string, { apiVersion, body, signal }: ArmRequest): Promise<ArmAnswer> {
    const url = new URL(path, this.#options.endpoint);
    url.searchParams.set('api-version', apiVersion);
    return this.#send(method, url, body, signal);
  }

  async get<T>(path: string, request: ArmRequest): Promise<T> {
    return (await this.send('GET', path, request)).body as T;
  }

  /** Every page of a list. */
  async list<T>(path: string, request: ArmRequest): Promise<T[]> {
    let page = await this.get<{ value: T[]; nextLink?: string }>(path, request);
    const all = [...page.value];
    while (page.nextLink) {
      page = (await this.#send('GET', new URL(page.nextLink), undefined, request.signal)).body as typeof page;
      all.push(...page.value);
    }
    return all;
  }

  /** Sends, and waits until Azure has done it. */
  async run(method: string, path: string, request: ArmRequest): Promise<void> {
    let answer = await this.send(method, path, request);
    while (answer.status === 202) {
      const next = answer.headers.get('location');
      if (!next) return;
      await sleep(retryAfterMs(answer.headers.get('retry-after')) ?? POLL_MS, { signal: request.signal });
      answer = await this.#send('GET', new URL(next), undefined, request.signal);
    }
  }

  async #send(method: string, url: URL, body: object | undefined, signal: AbortSignal | undefined): Promise<ArmAnswer> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#sendOnce(method, url, body, signal);
      } catch (error) {
        const waitMs = waitBefore(error, attempt, this.#options.retryDelayMs);
        if (attempt === TRIES || waitMs === undefined) throw error;
        await sleep(waitMs, { signal });
      }
    }
  }

  async #sendOnce(
    method: string,
    url: URL,
    body: object | undefined,
    signal: AbortSignal | undefined,
  ): Promise<ArmAnswer> {
    const { credential, scope } = this.#options;
    // A link that an answer gave must not take the token elsewhere.
    if (url.origin !== new URL(this.#options.endpoint).origin)
      throw new Error(`Azure refers to ${url.origin}, another host.`);
    const token = await credential.getToken(scope, signal ? { abortSignal: signal } : {});
    const response = await fetch(url, {
      method,
      headers: {
        authorization: `Bearer ${token?.token ?? ''}`,
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    });
    const text = await response.text();
    const parsed: unknown = /\bjson\b/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : undefined;
    if (!response.ok) throw new ArmError(response.status, parsed, retryAfterMs(response.headers.get('retry-after')));
    return { status: response.status, body: parsed, headers: response.headers };
  }
}

/** @returns ms; undefined: trying again is of no use */
function waitBefore(error: unknown, attempt: number, retryDelayMs: number): number | undefined {
  const backoffMs = retryDelayMs * 2 ** (attempt - 1);
  if (error instanceof ArmError) {
    return error.status === 429 || error.status >= 500 ? (error.retryAfterMs ?? backoffMs) : undefined;
  }
  return isNetwork(error) ? backoffMs : undefined;
}
