import type { EndpointApi } from '../contracts/config.ts';
import type { EndpointReport } from '../contracts/http.ts';
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import { deadline } from '../reliability/deadline.ts';
import type { EndpointInfo } from './backends/backend.ts';
import type { EndpointRequest } from './endpoint-client.ts';
import { isUnknownRoute } from './endpoint-error.ts';
import type { Generation, OnToken } from './generation.ts';

/** What is tested: a LoRAXServer of its own. */
export interface TestedServer {
  readonly url: string;
  checkHealth(signal?: AbortSignal): Promise<void>;
  api(signal?: AbortSignal): Promise<EndpointApi>;
  info(options: { signal?: AbortSignal | undefined }): Promise<EndpointInfo>;
  chat(options: {
    messages: { role: 'user'; content: string }[];
    parameters: { max_new_tokens: number };
    adapterName?: string | undefined;
    onToken?: OnToken;
    signal: AbortSignal;
  }): Promise<Generation>;
  embed(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]>;
}

export interface EndpointTestOptions {
  server: TestedServer;
  /** Grows with every request of the server. */
  calls: EndpointRequest[];
  /** One to ask with; undefined: none is registered. */
  adapterName: string | undefined;
  clock: Clock;
  signal: AbortSignal | undefined;
}

type Check = EndpointReport['checks'][number];

/** Long enough for a cold adapter, short enough for a person who waits. */
const CHECK_TIME_LIMIT_MS = 20_000;
const PROMPT = 'Say hello.';

/** Calls what the runtime calls. An endpoint without `/health` or embeddings is fine: it is said, not held against it. */
export async function testEndpoint({
  server,
  calls,
  adapterName,
  clock,
  signal,
}: EndpointTestOptions): Promise<EndpointReport> {
  const checks: Check[] = [];

  const check = async <T>(
    call: (signal: AbortSignal) => Promise<T>,
    found: (value: T) => string,
    ifMissing?: string,
  ): Promise<T | undefined> => {
    const limit = deadline(CHECK_TIME_LIMIT_MS, signal, clock);
    const startedAt = clock.monotonic();
    const before = calls.length;
    const add = (ok: boolean, detail: string) => {
      const made = calls.slice(before);
      checks.push({
        request: made.map(({ request }) => request).join(', '),
        ok,
        status: made.at(-1)?.status ?? null,
        ms: Math.round((clock.monotonic() - startedAt) * 10) / 10,
        detail,
      });
    };
    try {
      const value = await call(limit.signal);
      add(true, found(value));
      return value;
    } catch (error) {
      signal?.throwIfAborted();
      if (ifMissing !== undefined && isUnknownRoute(error)) add(true, ifMissing);
      else add(false, messageOf(error));
      return undefined;
    } finally {
      limit.dispose();
    }
  };
  const ask = (options: { adapterName?: string; onToken?: OnToken }) => (limit: AbortSignal) =>
    server.chat({
      ...options,
      messages: [{ role: 'user', content: PROMPT }],
      parameters: { max_new_tokens: 8 },
      signal: limit,
    });

  let api: EndpointApi | null = null;
  const info = await check(
    async (limit) => {
      api = await server.api(limit);
      return server.info({ signal: limit });
    },
    ({ engine, model }) => `It speaks ${api}. Model ${model}, engine ${engine}.`,
  );
  const about = { endpoint: server.url, api, engine: info?.engine ?? null, model: info?.model ?? null };
  if (api === null) return { ok: false, ...about, checks };
  await check(
    (limit) => server.checkHealth(limit),
    () => 'It says that it is well.',
    'It has no such route; that is no fault.',
  );
  await check(ask({}), (answer) => `The base model answered ${told(answer)}.`);
  let pieces = 0;
  await check(
    ask({ onToken: () => pieces++ }),
    (answer) => `The base model streamed ${told(answer)} in ${pieces} pieces.`,
  );
  if (adapterName !== undefined) {
    await check(ask({ adapterName }), (answer) => `Adapter ${adapterName} answered ${told(answer)}.`);
  }
  const ok = checks.every((one) => one.ok);
  await check(
    (limit) => server.embed([PROMPT], limit),
    ([vector]) => `Embeddings of ${vector?.length ?? 0} dimensions.`,
    'It serves no embeddings: leave runtime.cache.embedder at "lexical".',
  );
  return { ok, ...about, checks };
}

const told = ({ completionTokens, finishReason }: Generation) => `${completionTokens} tokens, ended by ${finishReason}`;
