import type { BenchmarkResult, Estimate, Measurement, ScenarioId } from '../contracts/benchmark.ts';
import { AosError } from '../core/errors.ts';
import { Histogram } from './histogram.ts';
import { beta, normal, type Random } from './random.ts';

export type Reading = 'faster' | 'slower' | 'no clear difference';

export interface Change {
  scenario: ScenarioId;
  statistic: 'mean' | 'p50' | 'p95' | 'p99';
  /** Milliseconds. */
  before: number;
  after: number;
  /** Relative, with its 95 % interval: 0.1 is 10 % slower. */
  change: Estimate;
  reading: Reading;
}

export interface Comparison {
  changes: Change[];
  /** What differs between the runs besides the code: read the changes with that in mind. */
  differences: string[];
}

export interface CompareOptions {
  random: Random;
  /** Draws; default 2,000. */
  draws?: number;
  /** A change smaller than this share is no clear difference, however sure it is; default 0. */
  tolerance?: number;
}

/**
 * Holds one run against another. A change counts only when its whole 95 % bootstrap interval lies beyond the tolerance:
 * noise within the runs is not called a regression. What changed on the machine between them is; hence `differences`.
 * @throws AosError AOS_BAD_REQUEST when one ran on a simulated engine and the other did not
 */
export function compareRuns(before: BenchmarkResult, after: BenchmarkResult, options: CompareOptions): Comparison {
  if ((before.conditions.engine === 'simulated') !== (after.conditions.engine === 'simulated')) {
    throw new AosError(
      'AOS_BAD_REQUEST',
      'A run on the simulated engine cannot be compared with one on a real engine. Choose two of a kind.',
    );
  }
  const changes = after.measurements.flatMap((measurement) => {
    const earlier = before.measurements.find(({ scenario }) => scenario === measurement.scenario);
    const complete = earlier?.state === 'complete' && measurement.state === 'complete';
    return complete ? compareMeasurements(earlier, measurement, options) : [];
  });
  return { changes, differences: differencesOf(before, after) };
}

export const isRegression = ({ reading }: Change): boolean => reading === 'slower';

function compareMeasurements(before: Measurement, after: Measurement, options: CompareOptions): Change[] {
  const { random, draws = 2000, tolerance = 0 } = options;
  const [a, b] = [Histogram.from(before.histogram), Histogram.from(after.histogram)];
  if (a.count === 0 || b.count === 0) return [];
  return STATISTICS.map(({ statistic, read, draw }) => {
    const ratios = Float64Array.from({ length: draws }, () => draw(b, random) / draw(a, random) - 1).sort();
    const change: Estimate = {
      value: read(b) / read(a) - 1,
      low: ratios[Math.floor(draws * 0.025)]!,
      high: ratios[Math.ceil(draws * 0.975) - 1]!,
    };
    const reading = change.low > tolerance ? 'slower' : change.high < -tolerance ? 'faster' : 'no clear difference';
    return { scenario: after.scenario, statistic, before: read(a), after: read(b), change, reading };
  });
}

const STATISTICS = [
  {
    statistic: 'mean' as const,
    read: (histogram: Histogram) => histogram.mean,
    // The mean of a resample is normal but for a handful of samples (central limit theorem).
    draw: (histogram: Histogram, random: Random) =>
      histogram.mean + (normal(random) * histogram.stdDev) / Math.sqrt(histogram.count),
  },
  percentileStatistic('p50', 0.5),
  percentileStatistic('p95', 0.95),
  percentileStatistic('p99', 0.99),
];

/**
 * The bootstrap of a percentile without drawing n values each time: the k-th of n uniform draws follows Beta(k, n − k + 1),
 * so the k-th value of a resample is the sample's value at such a share.
 */
function percentileStatistic(statistic: 'p50' | 'p95' | 'p99', p: number) {
  return {
    statistic,
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
