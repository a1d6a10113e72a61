import { describe, expect, it } from 'vitest';
import { spoilt } from '../../../runtime/benchmark/self-check.ts';
import { judgeBaseline } from '../../../runtime/benchmark/targets.ts';
import type { Measurement } from '../../../runtime/contracts/benchmark.ts';
import type { Engine } from '../../../runtime/contracts/inference.ts';
import { measurementOf } from './support/results.ts';

const same = (ms: number, n = 200) => Array.from({ length: n }, () => ms);

function verdictOf(id: string, measurement: Measurement, engine: Engine = 'remote') {
  return judgeBaseline({ measurements: [measurement], engine, unmeasured: {} }).find((row) => row.id === id)?.verdict;
}

describe('the baseline table', () => {
  it('has the guide’s nine rows; what was not measured says so', () => {
    const rows = judgeBaseline({
      measurements: [],
      engine: 'remote',
      unmeasured: { 'workflow-step': 'this runtime offers no way to measure it' },
    });
    expect(rows.map(({ id }) => id)).toEqual(['R1', 'R2', 'R3', 'R4', 'R5', 'R6', 'R7', 'R8', 'R9']);
    expect(new Set(rows.map(({ verdict }) => verdict))).toEqual(new Set(['not_measured']));
    expect(rows[8]).toMatchObject({ measured: null, note: 'this runtime offers no way to measure it' });
  });

  it('meets, misses or leaves open, by the whole interval', () => {
    expect(verdictOf('R8', measurementOf('authentication', same(10)))).toBe('meets');
    expect(verdictOf('R8', measurementOf('authentication', same(300)))).toBe('misses');
    // P95 below the target, but 10 samples cannot rule out that it is above.
    expect(verdictOf('R8', measurementOf('authentication', [...same(10, 190), ...same(300, 10)]))).toBe('unsure');
  });

  it('does not call few requests enough: their greatest is no upper end of a P95', () => {
    expect(verdictOf('R7', measurementOf('storage', same(1, 72)))).toBe('unsure');
    expect(verdictOf('R7', measurementOf('storage', same(1, 73)))).toBe('meets');
    expect(verdictOf('R7', measurementOf('storage', same(900, 20)))).toBe('misses');
  });

  it('takes the statistic that the row is about', () => {
    const messages = measurementOf('message-latency', [...same(10, 900), ...same(150, 100)]);
    expect(['R2', 'R3', 'R4'].map((id) => verdictOf(id, messages))).toEqual(['meets', 'misses', 'meets']);
    expect(verdictOf('R6', measurementOf('inference-uncached', same(2500)))).toBe('meets');
  });

  it('does not judge inference of a simulated engine, and judges what needs no model', () => {
    expect(verdictOf('R5', measurementOf('inference-cached', same(1)), 'simulated')).toBe('not_judged');
    expect(verdictOf('R6', measurementOf('inference-uncached', same(1)), 'simulated')).toBe('not_judged');
    expect(verdictOf('R7', measurementOf('storage', same(1)), 'simulated')).toBe('meets');
  });

  it('does not judge what is incomplete, or failed for the most part', () => {
    const whole = measurementOf('storage', same(1));
    expect(verdictOf('R7', { ...whole, state: 'cancelled', reason: 'cancelled' })).toBe('not_judged');
    expect(verdictOf('R7', { ...whole, state: 'refused', reason: 'too slow' })).toBe('not_judged');
    expect(verdictOf('R7', { ...whole, requests: 500, errors: 300 })).toBe('not_judged');
  });
});

describe('the generator', () => {
  const report = { schedule_error_p99_ms: 1, late: 10, late_share: 0.01, kept_rate_per_s: 640.7 };

  it('is believed up to one late request in a hundred', () => {
    expect(spoilt(report, 1000)).toBeNull();
    expect(spoilt({ ...report, late: 20, late_share: 0.02 }, 1000)).toContain('It kept 640 of 1000 requests/s');
  });

  it('does not speak of a rate that it kept', () => {
    const reason = spoilt({ ...report, late: 8, late_share: 0.04, kept_rate_per_s: 20.1 }, 20);
    expect(reason).toContain('4.0 % of the requests were sent more than 10 ms late');
    expect(reason).not.toContain('It kept');
  });

  it('is forgiven a hiccup or two in a short run', () => {
    expect(spoilt({ ...report, late: 2, late_share: 0.1 }, 20)).toBeNull();
    expect(spoilt({ ...report, late: 3, late_share: 0.15 }, 20)).not.toBeNull();
  });
});
