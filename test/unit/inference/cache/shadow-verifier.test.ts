import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../../runtime/core/clock.ts';
import { createLogger, type LogRecord } from '../../../../runtime/core/logger.ts';
import { lexicalEmbedder } from '../../../../runtime/inference/cache/lexical-embedder.ts';
import { type Sample, ShadowVerifier, saysTheSame } from '../../../../runtime/inference/cache/shadow-verifier.ts';
import { wilson } from '../../../../runtime/inference/cache/wilson.ts';
import type { Generation } from '../../../../runtime/inference/generation.ts';
import { generation } from './support.ts';

const RIGHT = 'Grow revenue by 12 percent and open two offices.';
const WRONG = 'Grow revenue by 19 percent and close four shops.';

function setUp({ random = () => 0 }: { random?: () => number } = {}) {
  const clock = new ManualClock();
  const records: LogRecord[] = [];
  const logger = createLogger({ scope: 'cache', write: (record) => records.push(record) });
  const options = { shadowShare: 0.5, maxFalseHitRate: 0.05, embedder: lexicalEmbedder, random, clock, logger };
  const verifier = new ShadowVerifier(options);
  const corrected: string[] = [];
  const sample = (ask: Sample['ask'], agent = 'ceo'): Sample => ({
    agent,
    answered: RIGHT,
    ask,
    onFalseHit: ({ text }) => corrected.push(text),
  });
  const check = async (text: string, agent?: string) => {
    verifier.offer(sample(async () => generation(text), agent));
    await clock.advance(0);
  };
  return { clock, records, verifier, corrected, sample, check };
}

describe('ShadowVerifier', () => {
  it('knows nothing before the first check', () => {
    const { verifier } = setUp();
    expect(verifier.view()).toEqual({ checked: 0, false_hits: 0, false_hit_bound: 1, switched_off: [] });
  });

  it('counts right and false hits, and hands the right answer of a false one on', async () => {
    const { verifier, corrected, check } = setUp();
    await check(RIGHT);
    await check(WRONG);
    expect(verifier.view()).toMatchObject({ checked: 2, false_hits: 1, false_hit_bound: wilson(1, 2).upper });
    expect(corrected).toEqual([WRONG]);
  });

  it('switches off an agent whose hits are surely too often false, and no other, until it is reset', async () => {
    const { verifier, check } = setUp();
    for (let i = 0; i < 5; i++) await check(WRONG);
    expect(verifier.isSwitchedOff('ceo')).toBe(false);
    await check(WRONG);
    await check(RIGHT, 'cfo');
    expect(verifier.isSwitchedOff('ceo')).toBe(true);
    expect(verifier.isSwitchedOff('cfo')).toBe(false);
    expect(verifier.view().switched_off).toEqual(['ceo']);
    verifier.reset();
    expect(verifier.isSwitchedOff('ceo')).toBe(false);
    expect(verifier.view().checked).toBe(0);
  });

  it('leaves an agent on while its share may well be below the limit', async () => {
    const { verifier, check } = setUp();
    for (let i = 0; i < 30; i++) await check(i === 0 ? WRONG : RIGHT);
    expect(wilson(1, 30).upper).toBeGreaterThan(0.05);
    expect(verifier.isSwitchedOff('ceo')).toBe(false);
  });

  it('samples the share it was told', async () => {
    const draws = [0.49, 0.5, 0.99, 0];
    const { verifier, check } = setUp({ random: () => draws.shift() ?? 1 });
    for (let i = 0; i < 4; i++) await check(RIGHT);
    expect(verifier.view().checked).toBe(2);
  });

  it('asks one thing at a time', async () => {
    const { clock, verifier, sample } = setUp();
    const first = Promise.withResolvers<Generation>();
    let asked = 0;
    const ask = () => {
      asked++;
      return first.promise;
    };
    verifier.offer(sample(ask));
    verifier.offer(sample(ask));
    first.resolve(generation(RIGHT));
    await clock.advance(0);
    expect(asked).toBe(1);
    verifier.offer(sample(ask));
    expect(asked).toBe(2);
  });

  it('counts no answer that failed, was refused or was truncated', async () => {
    const { clock, records, verifier, sample, check } = setUp();
    verifier.offer(sample(() => Promise.reject(new Error('no GPU'))));
    await clock.advance(0);
    await check('I cannot help with that.');
    verifier.offer(sample(async () => generation('Grow', 'length')));
    await clock.advance(0);
    expect(verifier.view().checked).toBe(0);
    expect(records).toMatchObject([{ level: 'warn', message: expect.stringContaining('could not be checked') }]);
  });

  it('gives a call up that takes too long, and one that is under way at the reset', async () => {
    const { clock, verifier, sample } = setUp();
    const reasons: unknown[] = [];
    const ask: Sample['ask'] = (signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(reasons.push(signal.reason))));
    verifier.offer(sample(ask));
    await clock.advance(120_000);
    expect(reasons).toMatchObject([{ code: 'AOS_DEADLINE' }]);
    verifier.offer(sample(ask));
    verifier.reset();
    expect(reasons).toHaveLength(2);
  });
});

describe('two answers', () => {
  it.each([
    ['the same words', RIGHT, RIGHT, true],
    [
      'other words around the same figures',
      RIGHT,
      'We grow revenue by 12 percent and will open two new offices.',
      true,
    ],
    ['other figures', RIGHT, 'Grow revenue by 15 percent and open nine offices.', false],
    ['a yes and a no', 'Yes, we should buy them now.', 'No, we should buy them now.', false],
    ['other words', 'Hire more engineers.', 'The weather in Lisbon is fine.', false],
  ])('%s', async (_what, a, b, expected) => {
    expect(await saysTheSame(a, b, lexicalEmbedder)).toBe(expected);
  });
});

describe('wilson', () => {
  it('bounds a share from both sides, the more narrowly the more was seen', () => {
    expect(wilson(0, 0)).toEqual({ lower: 0, upper: 1 });
    expect(wilson(0, 52).upper).toBeLessThan(0.05);
    expect(wilson(0, 50).upper).toBeGreaterThan(0.05);
    expect(wilson(5, 10).lower).toBeCloseTo(0.2693, 3);
    expect(wilson(5, 10).upper).toBeCloseTo(0.7307, 3);
    expect(wilson(10, 10).upper).toBe(1);
  });
});
