import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RuntimeClient } from '../../../../extension/client/runtime-client.ts';
import { AskHistory } from '../../../../extension/panels/ask/ask-history.ts';
import { AskSession } from '../../../../extension/panels/ask/ask-session.ts';
import { type Exchange, exchangeSchema } from '../../../../runtime/contracts/ask-panel.ts';
import type { CacheExplanation, InferRequest } from '../../../../runtime/contracts/http.ts';
import { result } from '../../webview/fixtures.ts';
import { type Answer, json, serve, sse } from '../support/runtime-stub.ts';

const options = { useCache: true, maxTokens: 256, temperature: 0.7 };
const agent = {
  id: 'ceo',
  priority: 'critical' as const,
  state: 'asleep' as const,
  adapter: 'ceo',
  revision: '3f9a1c',
  examples: [],
};

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'aos-ask-'));
  file = path.join(folder, 'workspace', 'ask-history.json');
});
afterEach(() => rm(folder, { recursive: true }));

/** A session that asks `answer`, and the promise of each kind of progress. */
async function ask(answer: Answer, part: { retriesWhenBusy?: number; historyLimit?: number } = {}) {
  const server = await serve(answer);
  const seen: Exchange[] = [];
  const waiting: { kind: string; resolve(exchange: Exchange): void }[] = [];
  const removed: string[] = [];
  const errors: string[] = [];
  const session = new AskSession({
    history: new AskHistory({ file, entry: exchangeSchema, onError: (message) => errors.push(message) }),
    client: async () => new RuntimeClient(server),
    agent: (id) => (id === 'ceo' ? agent : undefined),
    engine: () => 'simulated',
    limits: () => ({
      deadlineMs: 30_000,
      retriesWhenBusy: part.retriesWhenBusy ?? 3,
      historyLimit: part.historyLimit ?? 200,
    }),
    onExchange(exchange) {
      seen.push(exchange);
      for (const { kind, resolve } of waiting) if (kind === exchange.progress.kind) resolve(exchange);
    },
    onToken: () => {
      for (const { kind, resolve } of waiting) if (kind === 'token') resolve(session.exchanges.at(-1)!);
    },
    onRemoved: (ids) => removed.push(...ids),
  });
  const reached = (kind: Exchange['progress']['kind'] | 'token') =>
    new Promise<Exchange>((resolve) => waiting.push({ kind, resolve }));
  return {
    session,
    seen,
    reached,
    removed,
    errors,
    async [Symbol.asyncDispose]() {
      await session.dispose();
      await server[Symbol.asyncDispose]();
    },
  };
}

describe('asking', () => {
  it('sends prompt, parameters, cache and deadline, and tells the answer as it grows', async () => {
    let body: unknown;
    await using asked = await ask((_request, given, response) => {
      body = given;
      const send = sse(response);
      for (const text of ['Two ', 'goals.']) send({ event: 'token', text } as never);
      send({ event: 'done', result: result({ response: 'Two goals.' }) } as never);
      response.end();
    });
    const ended = asked.reached('done');
    const id = asked.session.ask('ceo', 'What are our Q2 goals?', options);
    expect(await ended).toMatchObject({ id, adapter: 'ceo', revision: '3f9a1c', priority: 'critical' });
    expect(body).toEqual({
      agent_id: 'ceo',
      prompt: 'What are our Q2 goals?',
      parameters: { max_new_tokens: 256, temperature: 0.7 },
      cache: true,
      explain: true,
      deadline_ms: 30_000,
      stream: true,
    });
    expect(asked.seen.map(({ progress }) => progress.kind)).toEqual(['running', 'running', 'done']);
  });

  it('keeps the part that came when it is stopped', async () => {
    await using asked = await ask((_request, _body, response) =>
      sse(response)({ event: 'token', text: 'Two ' } as never),
    );
    const token = asked.reached('token');
    const stopped = asked.reached('stopped');
    const id = asked.session.ask('ceo', 'Why?', options);
    await token;
    asked.session.stop(id);
    expect((await stopped).progress).toMatchObject({ kind: 'stopped', text: 'Two ', tokensOut: 1 });
  });

  it('keeps the part that came before a deadline', async () => {
    await using asked = await ask((_request, _body, response) => {
      const send = sse(response);
      send({ event: 'token', text: 'Three ' } as never);
      send({ event: 'error', error: 'It took longer.', code: 'AOS_DEADLINE', trace_id: '7be1' } as never);
    });
    const failed = asked.reached('failed');
    asked.session.ask('ceo', 'List all.', options);
    expect((await failed).progress).toMatchObject({
      text: 'Three ',
      failure: { kind: 'deadline', code: 'AOS_DEADLINE', traceId: '7be1', deadlineMs: 30_000 },
    });
  });

  it.each([
    ['AOS_BREAKER_OPEN', 503, 'breakerOpen'],
    ['AOS_AGENT_NOT_FOUND', 404, 'agentGone'],
    ['AOS_ADAPTER_REFUSED', 424, 'adapterRefused'],
    ['AOS_INFERENCE_FAILED', 502, 'other'],
  ])('%s fails as %i with its own kind, %s', async (code, status, kind) => {
    const details = { retry_after_ms: 42_000 };
    await using asked = await ask((_request, _body, response) =>
      json(response, status, { error: 'no', code, details }),
    );
    const failed = asked.reached('failed');
    const before = Date.now();
    asked.session.ask('ceo', 'Why?', options);
    const { progress } = await failed;
    expect(progress).toMatchObject({ failure: { kind, code } });
    expect(progress.kind === 'failed' && progress.failure.retryAt).toBeGreaterThanOrEqual(before + 42_000);
  });
});

describe('why an answer did not come from the cache', () => {
  const explanation: CacheExplanation = {
    tier: null,
    reason: 'The most similar prompt differs.',
    mode: 'strict',
    embedder: 'lexical',
    similarity_threshold: 0.95,
    calibrated_threshold: 0.93,
    candidates: [],
  };

  /** Asks once; the runtime explains if it is asked to. */
  async function askOnce(useCache: boolean) {
    await using asked = await ask((_request, body, response) => {
      const { explain } = body as InferRequest;
      sse(response)({ event: 'done', result: result(explain ? { explanation } : {}) } as never);
    });
    const ended = asked.reached('done');
    asked.session.ask('ceo', 'Why?', { ...options, useCache });
    return await ended;
  }

  it('is told by the replica that answered, with its answer, and kept beside it', async () => {
    const exchange = await askOnce(true);
    expect(exchange.explanation).toEqual(explanation);
    expect(exchange.progress).toEqual({ kind: 'done', result: result() });
  });

  it('is no question of one for which the cache was not used', async () => {
    expect((await askOnce(false)).explanation).toBeNull();
  });
});

describe('an entry of the cache', () => {
  it('is forgotten by the prompt that it was kept for, and the exchange says so', async () => {
    const bodies: unknown[] = [];
    const entry = {
      tier: 'normalised',
      prompt: 'Why?',
      score: null,
      stored_at: '2026-11-24T10:00:00.000Z',
      expires_at: '2026-11-24T11:00:00.000Z',
    } as const;
    await using asked = await ask((request, body, response) => {
      if (request.url !== '/api/cache/forget') {
        sse(response)({ event: 'done', result: result({ cached: 'exact', cache_entry: entry }) } as never);
        return;
      }
      bodies.push(body);
      json(response, 202, { agent_id: 'ceo', prompt: 'Why?' });
    });
    const ended = asked.reached('done');
    const id = asked.session.ask('ceo', 'why', options);
    await ended;
    await asked.session.forgetEntry(id);
    expect(bodies).toEqual([
      { agent_id: 'ceo', prompt: 'Why?', parameters: { max_new_tokens: 256, temperature: 0.7 } },
    ]);
    expect(asked.session.get(id)?.forgotten).toBe(true);
  });
});

describe('a full lane', () => {
  const full = (response: Parameters<Answer>[2]) =>
    json(response, 429, { error: 'full', code: 'AOS_BULKHEAD_FULL', details: { retry_after_ms: 10 } });

  it('is asked again by itself until there is a place', async () => {
    let tries = 0;
    await using asked = await ask((_request, _body, response) => {
      if (++tries < 3) return full(response);
      sse(response)({ event: 'done', result: result() } as never);
    });
    const ended = asked.reached('done');
    asked.session.ask('ceo', 'Why?', options);
    await ended;
    const waits = asked.seen.flatMap(({ progress }) =>
      progress.kind === 'waiting' ? [`${progress.attempt} of ${progress.attempts}`] : [],
    );
    expect(waits).toEqual(['1 of 3', '2 of 3']);
  });

  it('fails when no try helped', async () => {
    let tries = 0;
    await using asked = await ask(
      (_request, _body, response) => {
        tries++;
        full(response);
      },
      { retriesWhenBusy: 1 },
    );
    const failed = asked.reached('failed');
    asked.session.ask('ceo', 'Why?', options);
    expect((await failed).progress).toMatchObject({ failure: { kind: 'laneFull' } });
    expect(tries).toBe(2);
  });

  it('is not waited for after a stop', async () => {
    const slow = { error: 'full', code: 'AOS_BULKHEAD_FULL', details: { retry_after_ms: 60_000 } };
    await using asked = await ask((_request, _body, response) => json(response, 429, slow));
    const waiting = asked.reached('waiting');
    const stopped = asked.reached('stopped');
    const id = asked.session.ask('ceo', 'Why?', options);
    await waiting;
    asked.session.stop(id);
    await stopped;
  });
});

describe('the history', () => {
  const answered: Answer = (_request, _body, response) => {
    sse(response)({ event: 'done', result: result() } as never);
    response.end();
  };

  it('is there again in the next session, without what was still running', async () => {
    await using first = await ask(answered);
    const ended = first.reached('done');
    const id = first.session.ask('ceo', 'Why?', options);
    await ended;
    first.session.ask('ceo', 'And then?', options);
    await first.session.dispose();
    await using second = await ask(answered);
    await second.session.load();
    expect(second.session.exchanges.map((exchange) => exchange.id)).toContain(id);
    expect(second.session.exchanges.every(({ progress }) => progress.kind !== 'running')).toBe(true);
  });

  it('forgets the oldest above its limit, and says which', async () => {
    await using asked = await ask(answered, { historyLimit: 1 });
    const ended = asked.reached('done');
    const first = asked.session.ask('ceo', 'One', options);
    await ended;
    const again = asked.reached('done');
    const second = asked.session.ask('ceo', 'Two', options);
    await again;
    expect(asked.removed).toEqual([first]);
    expect(asked.session.exchanges.map(({ id }) => id)).toEqual([second]);
  });

  it('is cleared for good, running answers included', async () => {
    await using asked = await ask((_request, _body, response) =>
      sse(response)({ event: 'token', text: 'Two ' } as never),
    );
    const token = asked.reached('token');
    const id = asked.session.ask('ceo', 'Why?', options);
    await token;
    await asked.session.clear();
    expect(asked.removed).toEqual([id]);
    expect(asked.session.exchanges).toEqual([]);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ version: 2, entries: [] });
  });

  it('puts a file that it cannot read aside', async () => {
    const errors: string[] = [];
    const broken = path.join(folder, 'broken.json');
    await writeFile(broken, '{"version": 7');
    const history = new AskHistory({ file: broken, entry: exchangeSchema, onError: (message) => errors.push(message) });
    expect(await history.load()).toEqual([]);
    expect(errors).toHaveLength(1);
    expect(await readFile(`${broken}.unread`, 'utf8')).toBe('{"version": 7');
  });
});
