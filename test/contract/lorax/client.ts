import { type Lorax, type LoraxOptions, startLorax } from '../../../runtime/cloud/lorax/index.ts';
import { silentLogger } from '../../../runtime/core/logger.ts';

export const KEY = 'per-run-key';

/** A running endpoint and the plainest client: fetch, and events split by line. */
export interface TestLorax extends Lorax {
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  /** A string body is sent as it is. */
  post(
    path: string,
    body: unknown,
    init?: { headers?: Record<string, string>; signal?: AbortSignal },
  ): Promise<Response>;
}

/** On a free port; instant (`timeScale: 0`) unless the profile says otherwise. */
export async function startTestLorax(options: Partial<LoraxOptions> = {}): Promise<TestLorax> {
  const { profile, ...others } = options;
  const lorax = await startLorax({
    port: 0,
    apiKey: KEY,
    logger: silentLogger,
    profile: { timeScale: 0, ...profile },
    ...others,
  });
  const authorization = `Bearer ${KEY}`;
  return {
    ...lorax,
    get: (path, headers = { authorization }) => fetch(lorax.url + path, { headers }),
    post: (path, body, init = {}) =>
      fetch(lorax.url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization, ...init.headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
        ...(init.signal ? { signal: init.signal } : {}),
      }),
  };
}

/** The data of the events of a finished stream; a blank after `data:` is optional, comment lines are not data. */
export function eventsOf(text: string): unknown[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice('data:'.length).trimStart())
    .map((data) => (data === '[DONE]' ? data : JSON.parse(data)));
}
