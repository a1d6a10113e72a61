import { describe, expect, it } from 'vitest';
import type { MeasureProgress } from '../../../runtime/benchmark/course.ts';
import { type MeasureOptions, measure } from '../../../runtime/benchmark/measure.ts';
import { ManualClock, sleep } from '../../../runtime/core/clock.ts';
import { AosError } from '../../../runtime/core/errors.ts';

/** Runs a measurement to its end on a clock of its own, and collects what it tells. */
async function watch(
  clock: ManualClock,
  options: Pick<MeasureOptions, 'load' | 'operation'> & Partial<MeasureOptions>,
) {
  const told: MeasureProgress[] = [];
  const result = measure({
    ...{ scenario: 'storage', how: 'as a test does', clock, signal: new AbortController().signal },
    check: async () => {
      await sleep(1200, { clock });
      return { schedule_error_p99_ms: 0, late: 0, late_share: 0, kept_rate_per_s: 100 };
    },
    onProgress: (progress) => told.push(progress),
    ...options,
  });
  let ended = false;
  void result.finally(() => {
    ended = true;
  });
  while (!ended) await clock.advance(5);
  return { told, result: await result };
}

const answersAfter = (clock: ManualClock, ms: number) => async () => {
  await sleep(ms, { clock });
  return {};
};

describe('the progress of an open loop', () => {
  const load = { mode: 'open', rate_per_s: 100, ramp_to_per_s: null, duration_s: 3, warm_up_s: 2 } as const;

  it('goes from the check over the warm-up to measuring, and says how long each still takes', async () => {
    const clock = new ManualClock();
    const { told } = await watch(clock, { load, operation: answersAfter(clock, 20) });
    const phases = told.map(({ phase, elapsed_s, remaining_s }) => [
      phase,
      Math.round(elapsed_s * 10) / 10,
      remaining_s === null ? null : Math.round(remaining_s * 10) / 10,
    ]);
    expect(phases.slice(0, 8)).toEqual([
      ['check', 0.5, null],
      ['check', 1, null],
      ['warm_up', 0.3, 1.7],
      ['warm_up', 0.8, 1.2],
      ['warm_up', 1.3, 0.7],
      ['warm_up', 1.8, 0.2],
      ['measure', 0.3, 2.7],
      ['measure', 0.8, 2.2],
    ]);
    expect(told.at(-1)).toMatchObject({ planned: 300, window_s: 1, errors: 0 });
  });

  it('tells every window once, and the percentiles of all until now', async () => {
    const clock = new ManualClock();
    const { told, result } = await watch(clock, { load, operation: answersAfter(clock, 20) });
    const windows = told.flatMap((progress) => progress.windows);
    expect(windows.map(({ start_s }) => start_s)).toEqual([0, 1, 2].slice(0, windows.length));
    expect(windows.length).toBeGreaterThanOrEqual(2);
    expect(result.windows.slice(0, windows.length)).toEqual(windows);
    expect(
      told.filter(({ phase }) => phase !== 'measure').every(({ so_far, done }) => so_far === null && done === 0),
    ).toBe(true);
    expect(told.at(-1)?.so_far?.p50_ms).toBeGreaterThanOrEqual(20);
    expect(told.at(-1)?.so_far?.p50_ms).toBeLessThan(30);
  });

  it('shows a silent target as empty windows while it is silent', async () => {
    const clock = new ManualClock();
    const operation = (i: number) => answersAfter(clock, i < 300 ? 10 : 4000)();
    const { told } = await watch(clock, { load, operation });
    const windows = told.flatMap((progress) => progress.windows);
    expect(windows.slice(2, 5).map(({ done, p50_ms }) => [done, p50_ms])).toEqual(Array(3).fill([0, null]));
  });

  it('says how many requests wait, and in the end how many did: rate × time of one (Little’s law)', async () => {
    const clock = new ManualClock();
    const { told, result } = await watch(clock, { load, operation: answersAfter(clock, 50) });
    const waiting = told.filter(({ phase, remaining_s }) => phase === 'measure' && remaining_s !== 0);
    for (const report of waiting) expect(Math.abs((report.waiting ?? 0) - 5)).toBeLessThanOrEqual(1);
    expect(result.queue?.mean).toBeCloseTo(5, 0);
    expect(result.queue?.longest).toBeLessThanOrEqual(7);
  });

  it('grows a queue where more is asked than is answered', async () => {
    const clock = new ManualClock();
    const { result } = await watch(clock, { load, operation: answersAfter(clock, 4000) });
    expect(result.queue?.longest).toBeGreaterThan(300);
  });

  it('says when requests began to count', async () => {
    const clock = new ManualClock();
    const begun = clock.now();
    const { result } = await watch(clock, { load, operation: answersAfter(clock, 20) });
    // The check takes 1.2 s, the warm-up 2 s.
    expect((Date.parse(result.started_at ?? '') - begun) / 1000).toBeCloseTo(3.2, 1);
  });

  it('tells its errors by code while it goes on', async () => {
    const clock = new ManualClock();
    const operation = async (i: number) => {
      if (i % 2 === 0) throw new AosError('AOS_BREAKER_OPEN', 'The breaker is open.');
      return {};
    };
    const { told } = await watch(clock, { load, operation });
    const { errors, errors_by_code } = told.at(-1)!;
    expect(errors).toBeGreaterThan(100);
    expect(errors_by_code).toEqual({ AOS_BREAKER_OPEN: errors });
  });

  it('says how many requests the generator itself sent late', async () => {
    const clock = new ManualClock();
    const { told, result } = await watch(clock, { load, operation: answersAfter(clock, 20) });
    expect(told.at(-1)?.late_share).toBe(0);
    expect(result.generator).toMatchObject({ late: 0, late_share: 0 });
  });
});

describe('a target that ends', () => {
  const load = { mode: 'open', rate_per_s: 1, ramp_to_per_s: null, duration_s: 10, warm_up_s: 0 } as const;
  const failingFrom = (first: number) => async (i: number) => {
    if (i >= first) throw new AosError('AOS_NOT_RUNNING', 'Nothing answers.');
    return {};
  };

  it('is found out by a slow run, too, whose figures are kept', async () => {
    const { result } = await watch(new ManualClock(), { load, operation: failingFrom(6) });
    expect(result).toMatchObject({ state: 'target_gone', requests: 10, errors: 4 });
    expect(result.reason).toContain('stopped answering');
    expect(result.latency).not.toBeNull();
  });

  it('is not a request or two that failed last', async () => {
    const { result } = await watch(new ManualClock(), { load, operation: failingFrom(8) });
    expect(result).toMatchObject({ state: 'complete', errors: 2 });
  });
});

describe('the progress of the guide’s loop', () => {
  it('has no schedule, and guesses its end from its pace', async () => {
    const clock = new ManualClock();
    const load = { mode: 'serial', requests: 20 } as const;
    const { told, result } = await watch(clock, { load, operation: answersAfter(clock, 100) });
    expect(told.map(({ phase, done, remaining_s }) => [phase, done, Math.round(remaining_s ?? -1)])).toEqual([
      ['measure', 4, 2],
      ['measure', 9, 1],
      ['measure', 14, 1],
      ['measure', 19, 0],
    ]);
    expect(told.every(({ late_share, waiting }) => late_share === null && waiting === null)).toBe(true);
    expect(result.queue).toBeNull();
    expect(result.guide_report).toContain('Results for 20 requests');
  });
});
