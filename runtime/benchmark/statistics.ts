import type { Estimate, Latency } from '../contracts/benchmark.ts';
import type { Histogram } from './histogram.ts';

/** Two-sided 95 % of the normal distribution. */
export const Z95 = 1.959964;

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Of an even number of values: the mean of the middle two, as Python's `statistics.median`. */
export function median(values: readonly number[]): number {
  const sorted = ascending(values);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The guide's own: `sorted[int(n * p)]`. Biased upwards: of 100 values the 96th is its P95. @param p 0 ≤ p < 1 */
export const guidePercentile = (values: readonly number[], p: number): number =>
  ascending(values)[Math.floor(values.length * p)] ?? Number.NaN;

/** Sample standard deviation (n − 1). 0 for one value, where Python's `stdev` fails. */
export function sampleStdDev(values: readonly number[]): number {
  if (values.length === 1) return 0;
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1));
}

/** The figures of a histogram, each with its 95 % interval. @returns null when nothing was recorded */
export function summarise(histogram: Histogram): Latency | null {
  if (histogram.count === 0) return null;
  return {
    min_ms: histogram.min,
    max_ms: histogram.max,
    mean: meanEstimate(histogram),
    stddev_ms: histogram.stdDev,
    p50: percentileEstimate(histogram, 0.5),
    p90: percentileEstimate(histogram, 0.9),
    p95: percentileEstimate(histogram, 0.95),
    p99: percentileEstimate(histogram, 0.99),
    p99_9: percentileEstimate(histogram, 0.999),
    p99_99: percentileEstimate(histogram, 0.9999),
  };
}

/** Order statistics around the percentile: ranks n·p ± 1.96 √(n·p·(1 − p)), the normal approximation of the binomial. */
export function percentileEstimate(histogram: Histogram, p: number): Estimate {
  const [low, high] = ranksAround(p, histogram.count);
  return { value: histogram.percentile(p), low: histogram.atRank(low), high: histogram.atRank(high) };
}

/**
 * Whether so many samples hold the whole 95 % interval of a percentile: 73 do for p95, 381 for p99. Of fewer its upper end
 * lies beyond the greatest sample, and nobody knows where.
 */
export const holdsInterval = (p: number, samples: number): boolean => ranksAround(p, samples)[1] <= samples;

function ranksAround(p: number, samples: number): [low: number, high: number] {
  const reach = Z95 * Math.sqrt(samples * p * (1 - p));
  return [Math.floor(samples * p - reach), Math.ceil(samples * p + reach)];
}

function meanEstimate(histogram: Histogram): Estimate {
  const reach = (Z95 * histogram.stdDev) / Math.sqrt(histogram.count);
  return { value: histogram.mean, low: histogram.mean - reach, high: histogram.mean + reach };
}

const ascending = (values: readonly number[]) => [...values].sort((a, b) => a - b);
