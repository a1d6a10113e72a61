import type { BenchmarkResult, Conditions, Estimate, Measurement } from '../contracts/benchmark.ts';
import type { ResultChange, ResultComparison } from '../contracts/result-comparison.ts';
import { AosError } from '../core/errors.ts';
import { type Random, seededRandom } from '../core/random.ts';
import { Histogram } from './histogram.ts';
import { beta, normal } from './random.ts';
import { holdsInterval, Z95 } from './statistics.ts';

export interface CompareOptions {
  /** Default: always the same numbers, so that the same two runs always compare alike. */
  random?: Random;
  /** Draws; default 2,000. */
  draws?: number;
  /** A change smaller than this share is no clear difference, however sure it is; default 0. */
  tolerance?: number;
}

/**
 * Holds one run against another. A change counts only when its whole 95 % bootstrap interval lies beyond the tolerance:
 * noise within the runs is not called a regression. What changed on the machine between them is; hence `differences`.
 * Percentiles that either run has too few samples for are left out: a resample never shows what lies beyond the greatest.
 * @throws AosError AOS_BAD_REQUEST when one ran on a simulated engine and the other did not
 */
export function compareRuns(
  before: BenchmarkResult,
  after: BenchmarkResult,
  options: CompareOptions = {},
): ResultComparison {
  assertComparable(before.conditions, after.conditions);
  const changes = pairsOf(before, after).flatMap(([earlier, later]) => compareMeasurements(earlier, later, options));
  return { changes, differences: differencesOf(before, after) };
}

/** @throws AosError AOS_BAD_REQUEST when one is a simulated engine and the other is not */
export function assertComparable(before: Pick<Conditions, 'engine'>, after: Pick<Conditions, 'engine'>): void {
  if ((before.engine === 'simulated') === (after.engine === 'simulated')) return;
  throw new AosError(
    'AOS_BAD_REQUEST',
    'A run on the simulated engine cannot be compared with one on a real engine. Choose two of a kind.',
  );
}

/** Scenarios of which surely a greater share of requests fails than before: two-proportion z-test, one-sided 97.5 %. */
export function failingMore(before: BenchmarkResult, after: BenchmarkResult): Measurement[] {
  return pairsOf(before, after)
    .filter(([earlier, later]) => zOfErrors(earlier, later) > Z95)
    .map(([, later]) => later);
}

function zOfErrors(before: Measurement, after: Measurement): number {
  const pooled = (before.errors + after.errors) / (before.requests + after.requests);
  const deviation = Math.sqrt(pooled * (1 - pooled) * (1 / before.requests + 1 / after.requests));
  // Without any error, or with nothing else, both are alike.
  return deviation > 0 ? (after.errors / after.requests - before.errors / before.requests) / deviation : 0;
}

/** What both runs have measured to the end. */
function pairsOf(before: BenchmarkResult, after: BenchmarkResult): [before: Measurement, after: Measurement][] {
  return after.measurements.flatMap((later) => {
    const earlier = before.measurements.find(({ scenario }) => scenario === later.scenario);
    return earlier?.state === 'complete' && later.state === 'complete' ? [[earlier, later]] : [];
  });
}

function compareMeasurements(before: Measurement, after: Measurement, options: CompareOptions): ResultChange[] {
  const { random = seededRandom(1), draws = 2000, tolerance = 0 } = options;
  const [a, b] = [Histogram.from(before.histogram), Histogram.from(after.histogram)];
  const samples = Math.min(a.count, b.count);
  if (samples === 0) return [];
  return STATISTICS.filter(({ p }) => p === null || holdsInterval(p, samples)).map(({ statistic, read, draw }) => {
    const ratios = Float64Array.from({ length: draws }, () => relative(draw(a, random), draw(b, random))).sort();
    const change: Estimate = {
      value: relative(read(a), read(b)),
      low: ratios[Math.floor(draws * 0.025)]!,
      high: ratios[Math.ceil(draws * 0.975) - 1]!,
    };
    const reading = change.low > tolerance ? 'slower' : change.high < -tolerance ? 'faster' : 'no clear difference';
    return { scenario: after.scenario, statistic, before: read(a), after: read(b), change, reading };
  });
}

/** Times are whole microseconds: one of 0 is below 1. */
const relative = (beforeMs: number, afterMs: number) => afterMs / Math.max(beforeMs, 0.001) - 1;

const STATISTICS = [
  {
    statistic: 'mean' as const,
    p: null,
    read: (histogram: Histogram) => histogram.mean,
    // The mean of a resample is normal but for a handful of samples (central limit theorem).
    draw: (histogram: Histogram, random: Random) =>
      histogram.mean + (normal(random) * histogram.stdDev) / Math.sqrt(histogram.count),
  },
  percentileStatistic('p50', 0.5),
  percentileStatistic('p95', 0.95),
  percentileStatistic('p99', 0.99),
  percentileStatistic('p99_9', 0.999),
];

/**
 * The bootstrap of a percentile without drawing n values each time: the k-th of n uniform draws follows Beta(k, n − k + 1),
 * so the k-th value of a resample is the sample's value at such a share.
 */
function percentileStatistic(statistic: Exclude<ResultChange['statistic'], 'mean'>, p: number) {
  return {
    statistic,
    p,
    read: (histogram: Histogram) => histogram.percentile(p),
    draw: (histogram: Histogram, random: Random) => {
      const k = Math.max(1, Math.ceil(p * histogram.count));
      return histogram.percentile(beta(random, k, histogram.count - k + 1));
    },
  };
}

function differencesOf(before: BenchmarkResult, after: BenchmarkResult): string[] {
  const names = [
    'infrastructure',
    'region',
    'load',
    'network',
    'node',
    'aos_version',
    'engine',
    'model',
    'replicas',
    'commit',
  ] as const;
  return names
    .filter((name) => before.conditions[name] !== after.conditions[name])
    .map((name) => `${name}: ${before.conditions[name] ?? 'unknown'} → ${after.conditions[name] ?? 'unknown'}`);
}
