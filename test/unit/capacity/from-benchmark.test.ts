import { describe, expect, it } from 'vitest';
import { measuredFromBenchmark } from '../../../runtime/capacity/from-benchmark.ts';
import type { Measurement } from '../../../runtime/contracts/benchmark.ts';
import { measurementOf, resultOf } from '../benchmark/support/results.ts';

/** 100 answers of 1,250 ms at the 10/s that were asked. */
const uncached = (part: Partial<Measurement> = {}): Measurement => ({
  ...measurementOf(
    'inference-uncached',
    Array.from({ length: 100 }, () => 1250),
  ),
  ...part,
});

describe('figures of a benchmark for a plan', () => {
  it('are the mean answer in seconds, with its interval', () => {
    const { run, at, values } = measuredFromBenchmark(resultOf([uncached()]), '7');
    expect({ run, at }).toEqual({ run: '7', at: '2026-01-01T00:00:00.000Z' });
    expect(Object.keys(values)).toEqual(['answer_seconds']);
    const { value, low, high } = values.answer_seconds!;
    expect(value).toBeCloseTo(1.25, 2);
    expect(low!).toBeLessThanOrEqual(value);
    expect(high!).toBeGreaterThanOrEqual(value);
  });

  it('are tokens a second, and no answer time, where the engine kept less than was asked', () => {
    const { values } = measuredFromBenchmark(resultOf([uncached({ throughput_per_s: 5, tokens_per_s: 640 })]));
    expect(values).toEqual({ gpu_tokens_per_second: { value: 640 }, answer_tokens: { value: 128 } });
  });

  it('take no tokens a second where the generator was late itself, or requests failed', () => {
    const slow = { throughput_per_s: 5, tokens_per_s: 640 };
    const late = { schedule_error_p99_ms: 90, late: 50, late_share: 0.5, kept_rate_per_s: 5 };
    for (const part of [
      { ...slow, generator: late },
      { ...slow, errors: 3 },
    ]) {
      expect(Object.keys(measuredFromBenchmark(resultOf([uncached(part)])).values)).toEqual(['answer_seconds']);
    }
  });

  it('are the share of calls that the cache spared, from the claim alone', () => {
    const result = resultOf([uncached()]);
    const claim = { id: 'cache', claim: 'Calls spared', guide: '40–60 %', unit: '%', note: 'as a test does' };
    const hitRate = (measured: number | null) =>
      measuredFromBenchmark({ ...result, claims: [{ ...claim, measured }] }).values.hit_rate_percent;
    expect([hitRate(38.1), hitRate(-2), hitRate(null)]).toEqual([{ value: 38.1 }, { value: 0 }, undefined]);
  });

  it.each([
    ['a simulated engine', resultOf([uncached()], 'simulated'), /was simulated/],
    ['other scenarios', resultOf([measurementOf('storage', [1, 2])]), /measured nothing that a plan needs/],
    ['a run that was cancelled', resultOf([uncached({ state: 'cancelled' })]), /measured nothing that a plan needs/],
  ])('are refused from %s', (_, result, told) => {
    expect(() => measuredFromBenchmark(result)).toThrow(told);
  });
});
