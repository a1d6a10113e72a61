import { describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../../../runtime/core/clock.ts';
import {
  answerKey,
  CachedInferenceEngine,
  type CachedInferenceEngineOptions,
  type Generation,
  type InferenceKey,
  type OnToken,
  type Upstream,
} from '../../../runtime/inference/cached-inference-engine.ts';

const HOUR_MS = 3_600_000;

function question(prompt: string): InferenceKey {
  const rest = { model: 'base', engine: 'simulated', system: 'You are ceo.', parameters: {} } as const;
  return { agentId: 'ceo', adapter: undefined, adapterRevision: undefined, prompt, ...rest };
}

function answer(text: string, finishReason = 'stop'): Generation {
  const figures = { promptTokens: 3, completionTokens: 2, firstTokenMs: 1 };
  return { text, finishReason, engine: 'simulated', model: 'base', ...figures };
}

/** Calls of the model that end when the test says so. */
function model() {
  const calls: {
    signal: AbortSignal;
    onToken: OnToken | undefined;
    finish(generation: Generation): void;
    fail(error: unknown): void;
  }[] = [];
  const call: Upstream = (signal, onToken) => {
    const { promise, resolve, reject } = Promise.withResolvers<Generation>();
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    calls.push({ signal, onToken, finish: resolve, fail: reject });
    return promise;
  };
  /** Resolves when the model has been asked so often. */
  const reached = (count: number) => vi.waitUntil(() => calls.length >= count, { interval: 1 });
  return { calls, call, reached };
}

function start(options: CachedInferenceEngineOptions = {}) {
  const clock = new ManualClock();
  const counts = { hits: 0, misses: 0 };
  const meters = {
    cacheHits: {
      add: (n: number) => {
        counts.hits += n;
      },
    },
    cacheMisses: {
      add: (n: number) => {
        counts.misses += n;
      },
    },
  };
  return { clock, counts, engine: new CachedInferenceEngine({ clock, meters, ttlJitter: 0, ...options }), ...model() };
}

const says =
  (text: string, finishReason?: string): Upstream =>
  async () =>
    answer(text, finishReason);
const never: Upstream = () => Promise.reject(new Error('the model must not be asked'));

describe('the cache', () => {
  it('answers the same question once, and says when it was answered', async () => {
    const { clock, counts, engine } = start();
    const storedAt = clock.now();
    const first = await engine.infer(question('Q2?'), says('Growth.'));
    expect(first).toEqual({ generation: answer('Growth.'), cached: false });
    await clock.advance(1000);
    const second = await engine.infer(question('Q2?'), never);
    expect(second).toEqual({
      generation: answer('Growth.'),
      cached: 'exact',
      entry: { storedAt, expiresAt: storedAt + HOUR_MS, tier: 'exact', prompt: 'Q2?', score: null },
    });
    expect(counts).toEqual({ hits: 1, misses: 1 });
    expect(engine.size).toBe(1);
  });

  it('forgets an answer an hour after it was made, however often it was asked for', async () => {
    const { clock, engine } = start();
    await engine.infer(question('Q2?'), says('Growth.'));
    await clock.advance(HOUR_MS - 1);
    expect((await engine.infer(question('Q2?'), never)).cached).toBe('exact');
    await clock.advance(1);
    expect(engine.size).toBe(0);
    expect((await engine.infer(question('Q2?'), says('New.'))).generation.text).toBe('New.');
  });

  it('keeps so many answers, and drops the one that was not asked for the longest', async () => {
    const { engine } = start({ maxEntries: 2 });
    await engine.infer(question('1'), says('one'));
    await engine.infer(question('2'), says('two'));
    await engine.infer(question('1'), never);
    await engine.infer(question('3'), says('three'));
    expect(engine.size).toBe(2);
    expect((await engine.infer(question('1'), never)).cached).toBe('exact');
    expect((await engine.infer(question('2'), says('again'))).cached).toBe(false);
  });

  it.each([
    ['truncated', says('Gro', 'length')],
    ['empty', says(' ')],
    ['withheld', says('I', 'content_filter')],
  ])('does not keep a %s answer', async (_what, call) => {
    const { engine } = start();
    await engine.infer(question('Q2?'), call);
    expect(engine.size).toBe(0);
    expect((await engine.infer(question('Q2?'), says('Growth.'))).cached).toBe(false);
  });

  it.each([
    "I'm sorry, but I can't help with that.",
    'I cannot assist with this request.',
    'As an AI language model, I have no opinion.',
    'Unfortunately, I am unable to answer.',
  ])('does not keep a refusal: %s', async (text) => {
    const { engine } = start();
    await engine.infer(question('Q2?'), says(text));
    expect(engine.size).toBe(0);
  });

  it('keeps answers that only mention a refusal', async () => {
    const { engine } = start();
    await engine.infer(question('Q2?'), says('Customers cannot wait; we are sorry to lose them.'));
    expect(engine.size).toBe(1);
  });

  it('lets answers that were made together expire apart, within the jitter', async () => {
    const draws = [0, 0.5, 0.999];
    const { engine } = start({ ttlMs: 1000, ttlJitter: 0.1, random: () => draws.shift() ?? 0 });
    const ages: number[] = [];
    for (const prompt of ['1', '2', '3']) {
      await engine.infer(question(prompt), says('a'));
      const { entry } = await engine.infer(question(prompt), never);
      ages.push(entry!.expiresAt - entry!.storedAt);
    }
    expect(ages).toEqual([900, 1000, 1100]);
  });

  it('takes an undefined option as its default', async () => {
    const { engine } = start({ ttlMs: undefined, mode: undefined });
    await engine.infer(question('Q2?'), says('Growth.'));
    expect((await engine.infer(question('Q2?'), never)).cached).toBe('exact');
    expect(engine.view().mode).toBe('strict');
  });

  it('keeps answers that end as LoRAX names it', async () => {
    const { engine } = start();
    await engine.infer(question('1'), says('a', 'eos_token'));
    await engine.infer(question('2'), says('b', 'stop_sequence'));
    expect(engine.size).toBe(2);
  });

  it('does not keep errors, not even of a call that throws at once', async () => {
    const { engine } = start();
    const thrower: Upstream = () => {
      throw new Error('at once');
    };
    await expect(engine.infer(question('Q2?'), thrower)).rejects.toThrow('at once');
    await expect(engine.infer(question('Q2?'), () => Promise.reject(new Error('later')))).rejects.toThrow('later');
    expect((await engine.infer(question('Q2?'), says('Growth.'))).generation.text).toBe('Growth.');
  });

  it('replays a kept answer piece by piece', async () => {
    const { engine } = start();
    await engine.infer(question('Q2?'), says('  Growth and\nprofit.'));
    const tokens: string[] = [];
    await engine.infer(question('Q2?'), never, { onToken: (text) => tokens.push(text) });
    expect(tokens.length).toBeGreaterThan(2);
    expect(tokens.join('')).toBe('  Growth and\nprofit.');
  });

  it('does not keep an answer that is not of its key any more when it comes', async () => {
    const { engine } = start();
    const options = { mayKeep: async () => false };
    expect((await engine.infer(question('Q2?'), says('of the adapter of before'), options)).generation.text).toBe(
      'of the adapter of before',
    );
    expect((await engine.infer(question('Q2?'), says('two'))).cached).toBe(false);
    expect((await engine.infer(question('Q2?'), never)).generation.text).toBe('two');
  });

  it('is neither read nor written by a bypass', async () => {
    const { counts, engine } = start();
    await engine.infer(question('1'), says('old'));
    const tokens: string[] = [];
    const streaming: Upstream = async (_signal, onToken) => {
      onToken?.('new');
      return answer('new');
    };
    const options = { bypass: true, onToken: (text: string) => void tokens.push(text) };
    expect((await engine.infer(question('1'), streaming, options)).generation.text).toBe('new');
    await engine.infer(question('2'), says('two'), { bypass: true });
    expect(tokens).toEqual(['new']);
    expect((await engine.infer(question('1'), never)).generation.text).toBe('old');
    expect(engine.size).toBe(1);
    expect(counts).toEqual({ hits: 1, misses: 1 });
  });

  it('is empty after clear, and stays so when a call from before ends', async () => {
    const { calls, call, reached, engine } = start();
    await engine.infer(question('1'), says('one'));
    const before = engine.infer(question('2'), call);
    await reached(1);
    engine.clear();
    expect(engine.size).toBe(0);
    calls[0]?.finish(answer('stale'));
    expect((await before).generation.text).toBe('stale');
    expect(engine.size).toBe(0);
  });

  it('forgets one answer in all its spellings, and keeps the others', async () => {
    const { engine } = start();
    await engine.infer(question('What is up?'), says('old'));
    await engine.infer(question('What is down?'), says('other'));
    engine.forget(answerKey(question('what is up')));
    expect((await engine.infer(question('What is up?'), says('new'))).generation.text).toBe('new');
    expect((await engine.infer(question('What is down?'), never)).generation.text).toBe('other');
  });

  it('refuses a caller who has given up already', async () => {
    const { engine } = start();
    await engine.infer(question('1'), says('one'));
    await expect(engine.infer(question('1'), never, { signal: AbortSignal.abort(new Error('gone')) })).rejects.toThrow(
      'gone',
    );
  });
});

describe('callers who ask the same at the same time', () => {
  it('share one call', async () => {
    const { calls, call, reached, counts, engine } = start();
    const asked = Array.from({ length: 5 }, () => engine.infer(question('Q2?'), call));
    const other = engine.infer(question('Q3?'), call);
    await reached(2);
    expect(calls).toHaveLength(2);
    calls[0]?.finish(answer('Growth.'));
    calls[1]?.finish(answer('Calm.'));
    const answers = await Promise.all(asked);
    expect(answers.every(({ cached, generation }) => cached === false && generation.text === 'Growth.')).toBe(true);
    expect((await other).generation.text).toBe('Calm.');
    expect(counts).toEqual({ hits: 0, misses: 6 });
    expect((await engine.infer(question('Q2?'), never)).cached).toBe('exact');
  });

  it('leave alone: the others get their answer', async () => {
    const { calls, call, reached, engine } = start();
    const leaver = new AbortController();
    const leaving = engine.infer(question('Q2?'), call, { signal: leaver.signal });
    const staying = engine.infer(question('Q2?'), call);
    await reached(1);
    leaver.abort(new Error('changed my mind'));
    await expect(leaving).rejects.toThrow('changed my mind');
    expect(calls[0]?.signal.aborted).toBe(false);
    calls[0]?.finish(answer('Growth.'));
    expect((await staying).generation.text).toBe('Growth.');
    expect(engine.size).toBe(1);
  });

  it('abort the call when the last of them leaves, with his reason; the next one starts anew', async () => {
    const { calls, call, reached, engine } = start();
    const leavers = [new AbortController(), new AbortController()];
    const asked = leavers.map(({ signal }) => engine.infer(question('Q2?'), call, { signal }));
    await reached(1);
    leavers[0]?.abort(new Error('first'));
    leavers[1]?.abort(new Error('last'));
    const next = engine.infer(question('Q2?'), call);
    const outcomes = await Promise.allSettled(asked);
    expect(outcomes.map((o) => o.status === 'rejected' && (o.reason as Error).message)).toEqual(['first', 'last']);
    expect(calls[0]?.signal.reason).toMatchObject({ message: 'last' });
    await reached(2);
    calls[1]?.finish(answer('Growth.'));
    expect((await next).generation.text).toBe('Growth.');
  });

  it('does not keep an answer that came although all had left', async () => {
    const { engine } = start();
    const leaver = new AbortController();
    const { promise, resolve } = Promise.withResolvers<Generation>();
    const asked = engine.infer(question('Q2?'), () => promise, { signal: leaver.signal });
    leaver.abort(new Error('gone'));
    await expect(asked).rejects.toThrow('gone');
    resolve(answer('late'));
    await promise;
    expect(engine.size).toBe(0);
  });

  it('all hear of an error, and none of it is kept', async () => {
    const { calls, call, reached, engine } = start();
    const asked = [engine.infer(question('Q2?'), call), engine.infer(question('Q2?'), call)];
    await reached(1);
    calls[0]?.fail(new Error('no GPU'));
    for (const one of asked) await expect(one).rejects.toThrow('no GPU');
    expect((await engine.infer(question('Q2?'), says('Growth.'))).cached).toBe(false);
  });

  it('get all tokens, those from before they joined too', async () => {
    const { calls, call, reached, engine } = start();
    const [early, late]: [string[], string[]] = [[], []];
    const first = engine.infer(question('Q2?'), call, { onToken: (text) => early.push(text) });
    await reached(1);
    calls[0]?.onToken?.('Gro');
    const second = engine.infer(question('Q2?'), call, { onToken: (text) => late.push(text) });
    const silent = engine.infer(question('Q2?'), call);
    expect(late).toEqual(['Gro']);
    calls[0]?.onToken?.('wth.');
    calls[0]?.finish(answer('Growth.'));
    await Promise.all([first, second, silent]);
    expect([early, late]).toEqual([
      ['Gro', 'wth.'],
      ['Gro', 'wth.'],
    ]);
  });

  it('get the whole text at the end if the call they joined is not streamed', async () => {
    const { calls, call, reached, engine } = start();
    const tokens: string[] = [];
    const first = engine.infer(question('Q2?'), call);
    const second = engine.infer(question('Q2?'), call, { onToken: (text) => tokens.push(text) });
    await reached(1);
    expect(calls[0]?.onToken).toBeUndefined();
    calls[0]?.finish(answer('Growth and profit.'));
    await Promise.all([first, second]);
    expect(tokens.join('')).toBe('Growth and profit.');
  });

  it('get no tokens after they have left', async () => {
    const { calls, call, reached, engine } = start();
    const leaver = new AbortController();
    const tokens: string[] = [];
    const onToken = (text: string) => void tokens.push(text);
    const leaving = engine.infer(question('Q2?'), call, { signal: leaver.signal, onToken });
    const staying = engine.infer(question('Q2?'), call);
    await reached(1);
    leaver.abort(new Error('gone'));
    await expect(leaving).rejects.toThrow('gone');
    calls[0]?.onToken?.('Gro');
    calls[0]?.finish(answer('Growth.'));
    await staying;
    expect(tokens).toEqual([]);
  });

  it('are not disturbed by one whose listener throws', async () => {
    const { calls, call, reached, engine } = start();
    const broken = engine.infer(question('Q2?'), call, {
      onToken: () => {
        throw new Error('socket closed');
      },
    });
    const staying = engine.infer(question('Q2?'), call);
    await reached(1);
    calls[0]?.onToken?.('Gro');
    await expect(broken).rejects.toThrow('socket closed');
    calls[0]?.finish(answer('Growth.'));
    expect((await staying).generation.text).toBe('Growth.');
  });
});
