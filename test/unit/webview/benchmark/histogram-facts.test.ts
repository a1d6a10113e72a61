import { describe, expect, it } from 'vitest';
import { Histogram } from '../../../../runtime/benchmark/histogram.ts';
import {
  curveOf,
  distributionOf,
  percentileName,
  percentileTicks,
  tailOf,
} from '../../../../webview/benchmark/histogram-facts.ts';

function histogramOf(latenciesMs: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const ms of latenciesMs) histogram.record(ms);
  return histogram;
}

const thousand = histogramOf(Array.from({ length: 1000 }, (_, i) => 1 + i));

describe('the percentile curve', () => {
  it('reads the same percentiles as the histogram of the runtime', () => {
    const { xs, values } = curveOf(thousand.toData());
    for (const { share, x } of percentileTicks.slice(0, 4)) {
      expect(values[xs.indexOf(x)], String(share)).toBeCloseTo(thousand.percentile(share), 0);
    }
    expect(values[xs.indexOf(tailOf(0.95))]).toBeCloseTo(thousand.percentile(0.95), 0);
  });

  it('rises, and ends where less than one sample lies beyond', () => {
    const { xs, values, end } = curveOf(thousand.toData());
    expect(xs).toEqual([...xs].sort((a, b) => a - b));
    expect(values).toEqual([...values].sort((a, b) => a - b));
    expect(end).toBeCloseTo(3, 10);
    expect(xs.at(-1)).toBeCloseTo(3, 10);
  });

  it('is empty when nothing was measured', () => {
    expect(curveOf(histogramOf([]).toData())).toMatchObject({ xs: [], values: [], count: 0 });
  });

  it.each([
    [tailOf(0.5), 'p50'],
    [tailOf(0.9), 'p90'],
    [tailOf(0.99), 'p99'],
    [tailOf(0.999), 'p99.9'],
    [tailOf(0.9999), 'p99.99'],
    [tailOf(0.968), 'p96.8'],
  ])('names %f %s', (x, name) => {
    expect(percentileName(x)).toBe(name);
  });
});

describe('the distribution', () => {
  it('has about 44 bars up to p99.8, and counts all that are slower', () => {
    const histogram = histogramOf([...Array(998).fill(100), 150, 9000]);
    const { widthMs, counts, beyond } = distributionOf(histogram.toData());
    expect(counts.length).toBeGreaterThan(25);
    expect(counts.length).toBeLessThan(60);
    expect(counts.reduce((sum, count) => sum + count, 0) + beyond).toBe(1000);
    expect(beyond).toBe(2);
    expect(counts[Math.floor(100 / widthMs)]).toBe(998);
  });

  it('has bars of a round width', () => {
    expect(distributionOf(thousand.toData()).widthMs).toBe(25);
  });
});
