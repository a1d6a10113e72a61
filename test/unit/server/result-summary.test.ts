import { describe, expect, it } from 'vitest';
import type { LoadMode } from '../../../runtime/contracts/benchmark.ts';
import { summaryOf } from '../../../runtime/server/result-summary.ts';
import { loadResult, measurementOf, resultOf } from '../benchmark/support/results.ts';

const storage = measurementOf('storage', Array(75).fill([1, 2, 3]).flat().sort());

describe('summaryOf', () => {
  it('of one scenario: its load, percentiles and verdict', () => {
    const result = resultOf([storage]);
    expect(summaryOf(result)).toEqual({
      ...{ id: result.id, kind: 'benchmark', started_at: result.started_at, conditions: result.conditions },
      ...{ state: 'complete', scenario: 'storage', name: null, load: 'open, 10/s for 10 s' },
      ...{
        p50_ms: expect.closeTo(2, 1),
        p95_ms: expect.closeTo(3, 1),
        throughput_per_s: 22.5,
        errors: 0,
        requests: 225,
        verdict: 'meets',
      },
    });
  });

  it('of several: their sums, no percentiles, and the worst verdict of what was measured', () => {
    const slow = { ...measurementOf('authentication', Array(200).fill(300)), seconds: 30, errors: 2 };
    const summary = summaryOf(resultOf([storage, { ...slow, throughput_per_s: 10 }]));
    expect(summary).toMatchObject({ scenario: null, p50_ms: null, p95_ms: null, requests: 425, errors: 2 });
    expect(summary).toMatchObject({ load: 'each scenario at its own', verdict: 'misses' });
    expect(summary.throughput_per_s).toBeCloseTo((22.5 * 10 + 10 * 30) / 40);
  });

  it('is as complete as the least complete measurement', () => {
    const cut = { ...storage, state: 'target_gone' as const, reason: 'it stopped answering' };
    expect(summaryOf(resultOf([cut]))).toMatchObject({ state: 'target_gone', verdict: 'not_judged' });
  });

  it.each<[LoadMode, string]>([
    [{ mode: 'serial', requests: 1000 }, 'serial, 1,000 requests'],
    [
      { mode: 'open', rate_per_s: 0.5, ramp_to_per_s: 1200, duration_s: 16.667, warm_up_s: 0 },
      'open, 0.5/s to 1,200/s for 16.7 s',
    ],
  ])('writes the load %j as %s', (load, text) => {
    expect(summaryOf(resultOf([{ ...storage, load }])).load).toBe(text);
  });

  it('of a load test: its threads, and whether its criteria hold', () => {
    expect(summaryOf(loadResult)).toMatchObject({ kind: 'load', name: 'Plan "A" & B', load: '2 threads' });
    expect(summaryOf(loadResult)).toMatchObject({ scenario: null, conditions: null, verdict: 'misses' });
    expect(summaryOf({ ...loadResult, passed: true }).verdict).toBe('meets');
    expect(summaryOf({ ...loadResult, state: 'cancelled' }).verdict).toBe('not_judged');
  });

  it('refuses a result without figures', () => {
    expect(() => summaryOf(resultOf([]))).toThrow(/Nothing was measured/);
  });
});
