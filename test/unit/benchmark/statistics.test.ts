import { describe, expect, it } from 'vitest';
import { guideReport } from '../../../runtime/benchmark/guide-report.ts';
import { Histogram } from '../../../runtime/benchmark/histogram.ts';
import {
  guidePercentile,
  holdsInterval,
  median,
  percentileEstimate,
  summarise,
} from '../../../runtime/benchmark/statistics.ts';

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

describe('percentiles of samples', () => {
  it('the guide takes sorted[int(n * p)]: of 100 values the 96th is its P95', () => {
    expect(guidePercentile(upTo(100).reverse(), 0.95)).toBe(96);
    expect(guidePercentile(upTo(1000), 0.99)).toBe(991);
    expect(guidePercentile([7], 0.99)).toBe(7);
  });

  it('takes the middle two for the median of an even number', () => {
    expect([median([4, 1, 3]), median([4, 1, 3, 2])]).toEqual([3, 2.5]);
  });
});

describe('the guide’s report', () => {
  it('has its format to the letter', () => {
    // Python: mean, median, sorted[int(n * .95)], sorted[int(n * .99)], stdev of 1 … 100
    expect(guideReport(upTo(100))).toBe(
      'Results for 100 requests:\n  Mean: 50.50ms\n  Median: 50.50ms\n  P95: 96.00ms\n  P99: 100.00ms\n  StdDev: 29.01ms',
    );
  });

  it('does not fail on one sample', () => {
    expect(guideReport([12.345])).toBe(
      'Results for 1 requests:\n  Mean: 12.35ms\n  Median: 12.35ms\n  P95: 12.35ms\n  P99: 12.35ms\n  StdDev: 0.00ms',
    );
  });
});

describe('intervals', () => {
  it('are order statistics around the percentile', () => {
    const histogram = new Histogram();
    for (const us of upTo(100)) histogram.record(us / 1000);
    // n·p ± 1.96 √(n·p·(1 − p)) = 50 ± 9.8: ranks 40 and 60
    const { value, low, high } = percentileEstimate(histogram, 0.5);
    expect([value, low, high].map((ms) => Math.round(ms * 1000))).toEqual([50, 40, 60]);
  });

  it('end within the samples from so many on', () => {
    // n·p + 1.96 √(n·p·(1 − p)) ≤ n, that is n ≥ 3.84 · p / (1 − p), by hand
    const least = [0.5, 0.9, 0.95, 0.99, 0.999].map((p) => upTo(5000).find((n) => holdsInterval(p, n)));
    expect(least).toEqual([4, 35, 73, 381, 3838]);
  });

  it('there is no summary of nothing', () => {
    expect(summarise(new Histogram())).toBeNull();
  });
});
