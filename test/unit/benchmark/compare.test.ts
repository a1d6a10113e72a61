import { describe, expect, it } from 'vitest';
import { assertComparable, compareRuns, failingMore } from '../../../runtime/benchmark/compare.ts';
import { beta, normal } from '../../../runtime/benchmark/random.ts';
import { type Random, seededRandom } from '../../../runtime/core/random.ts';
import { measurementOf, resultOf } from './support/results.ts';

/** Latencies as they are: log-normal, around `middleMs`. */
const latencies = (random: Random, middleMs: number, n = 1000) =>
  Array.from({ length: n }, () => middleMs * Math.exp(0.4 * normal(random)));

const run = (seed: number, middleMs: number, n?: number) =>
  resultOf([measurementOf('storage', latencies(seededRandom(seed), middleMs, n))]);

const readings = (before: ReturnType<typeof run>, after: ReturnType<typeof run>, tolerance = 0) =>
  compareRuns(before, after, { random: seededRandom(1), tolerance }).changes.map(({ statistic, reading }) => [
    statistic,
    reading,
  ]);

describe('compareRuns', () => {
  it('gives the same intervals for the same seed, others for another', () => {
    const compare = (seed: number) => compareRuns(run(1, 20), run(2, 22), { random: seededRandom(seed) });
    expect(compare(5)).toEqual(compare(5));
    expect(compare(5)).not.toEqual(compare(6));
  });

  it('calls a change of a third a change, both ways', () => {
    expect(readings(run(1, 20), run(2, 27)).every(([, reading]) => reading === 'slower')).toBe(true);
    expect(readings(run(1, 27), run(2, 20)).every(([, reading]) => reading === 'faster')).toBe(true);
  });

  it('does not call noise a regression: of 50 pairs of like runs few differ clearly', () => {
    let clear = 0;
    for (let pair = 0; pair < 50; pair++) {
      const all = readings(run(pair + 100, 20, 500), run(pair + 900, 20, 500));
      clear += all.filter(([statistic, reading]) => statistic === 'p95' && reading !== 'no clear difference').length;
    }
    // 5 % are to be expected.
    expect(clear).toBeLessThanOrEqual(7);
  });

  it('leaves a sure change within the tolerance alone', () => {
    const [before, after] = [run(1, 20, 50_000), run(2, 20.6, 50_000)];
    expect(readings(before, after)[1]).toEqual(['p50', 'slower']);
    expect(readings(before, after, 0.05)[1]).toEqual(['p50', 'no clear difference']);
  });

  it('gives the interval that drawing whole resamples gives', () => {
    const [a, b] = [latencies(seededRandom(3), 20, 300), latencies(seededRandom(4), 24, 300)];
    const random = seededRandom(8);
    const p95 = (samples: readonly number[]) =>
      [...samples].sort((x, y) => x - y)[Math.ceil(0.95 * samples.length) - 1]!;
    const resample = (samples: readonly number[]) => samples.map(() => samples[Math.floor(random() * samples.length)]!);
    const ratios = Array.from({ length: 3000 }, () => p95(resample(b)) / p95(resample(a)) - 1).sort((x, y) => x - y);
    const [before, after] = [a, b].map((samples) => resultOf([measurementOf('storage', samples)]));
    const change = compareRuns(before!, after!, { random: seededRandom(9), draws: 3000 }).changes.find(
      ({ statistic }) => statistic === 'p95',
    )?.change;
    expect(change?.low).toBeCloseTo(ratios[75]!, 1);
    expect(change?.high).toBeCloseTo(ratios[2924]!, 1);
  });

  it('leaves out percentiles that either run has too few samples for', () => {
    const statistics = (n: number) =>
      compareRuns(run(1, 20, n), run(2, 20, 5000)).changes.map(({ statistic }) => statistic);
    expect(statistics(60)).toEqual(['mean', 'p50']);
    expect(statistics(100)).toEqual(['mean', 'p50', 'p95']);
    expect(statistics(1000)).toEqual(['mean', 'p50', 'p95', 'p99']);
    expect(statistics(5000)).toEqual(['mean', 'p50', 'p95', 'p99', 'p99_9']);
  });

  it('has a finite change from times that are too short to show', () => {
    const before = resultOf([measurementOf('workflow-step', Array(100).fill(0))]);
    const after = resultOf([measurementOf('workflow-step', Array(100).fill(3))]);
    const { changes } = compareRuns(before, after);
    expect(changes.map(({ reading }) => reading)).toEqual(['slower', 'slower', 'slower']);
    expect(changes.every(({ change }) => Object.values(change).every(Number.isFinite))).toBe(true);
  });

  it('compares the same two runs alike, every time', () => {
    expect(compareRuns(run(1, 20), run(2, 22))).toEqual(compareRuns(run(1, 20), run(2, 22)));
  });

  it('compares no incomplete runs, and says what else differs', () => {
    const [before, after] = [run(1, 20), run(2, 40)];
    after.measurements[0]!.state = 'cancelled';
    after.conditions.node = 'v25.0.0';
    expect(compareRuns(before, after, { random: seededRandom(1) })).toEqual({
      changes: [],
      differences: ['node: v24.0.0 → v25.0.0'],
    });
  });

  it('refuses simulated against real', () => {
    const [real, simulated] = [resultOf([], 'llama'), resultOf([], 'simulated')];
    expect(() => compareRuns(simulated, real, { random: seededRandom(1) })).toThrow(/simulated engine/);
    expect(() => assertComparable(real.conditions, simulated.conditions)).toThrow(/simulated engine/);
    expect(() => assertComparable(real.conditions, { engine: 'remote' })).not.toThrow();
  });
});

describe('failingMore', () => {
  const failing = (errors: number) => {
    const [measurement] = run(1, 20).measurements;
    return resultOf([{ ...measurement!, errors }]);
  };

  it('finds scenarios of which surely more requests fail, whatever their times', () => {
    // 1,000 each; z = (0.04 − 0.02) / √(0.03 · 0.97 · 2/1000) = 2.62, by hand
    expect(failingMore(failing(20), failing(40)).map(({ scenario }) => scenario)).toEqual(['storage']);
    // z = (0.005 − 0.002) / √(0.0035 · 0.9965 · 2/1000) = 1.14: chance
    expect(failingMore(failing(2), failing(5))).toEqual([]);
    expect(failingMore(failing(40), failing(20))).toEqual([]);
  });

  it('finds none where nothing fails, and none in a run that was cut off', () => {
    expect(failingMore(failing(0), failing(0))).toEqual([]);
    const cut = failing(900);
    cut.measurements[0]!.state = 'target_gone';
    expect(failingMore(failing(0), cut)).toEqual([]);
  });
});

describe('beta', () => {
  it('has the mean and the variance of its distribution', () => {
    const random = seededRandom(11);
    const draws = Array.from({ length: 20_000 }, () => beta(random, 95, 6));
    const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length;
    const variance = draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws.length;
    expect(mean).toBeCloseTo(95 / 101, 3);
    expect(variance / ((95 * 6) / (101 ** 2 * 102))).toBeCloseTo(1, 1);
  });
});
