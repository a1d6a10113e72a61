import { describe, expect, it } from 'vitest';
import { Histogram } from '../../../runtime/benchmark/histogram.ts';
import { seededRandom } from '../../../runtime/core/random.ts';

function histogramOf(values: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

describe('Histogram', () => {
  it('gives the nearest rank, worked out by hand', () => {
    const histogram = histogramOf([15, 20, 35, 40, 50].map((us) => us / 1000));
    const ranks = [0.05, 0.3, 0.4, 0.5, 1].map((p) => Math.round(histogram.percentile(p) * 1000));
    expect(ranks).toEqual([15, 20, 20, 35, 50]);
  });

  it('takes the 95th of a hundred values as P95, not the 96th', () => {
    expect(histogramOf(Array.from({ length: 100 }, (_, i) => (i + 1) / 1000)).percentile(0.95)).toBeCloseTo(0.095, 6);
  });

  it('stays within 0.4 % of sorted samples, from microseconds to minutes', () => {
    const random = seededRandom(7);
    const samples = Array.from({ length: 20_000 }, () => Math.exp(random() * 17 - 6));
    const histogram = histogramOf(samples);
    const sorted = samples.map((ms) => Math.round(ms * 1000) / 1000).sort((a, b) => a - b);
    for (const p of [0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 0.9999]) {
      const exact = sorted[Math.ceil(p * sorted.length) - 1]!;
      expect(Math.abs(histogram.percentile(p) / exact - 1), `p${p * 100}`).toBeLessThan(0.004);
    }
    expect(histogram.max).toBe(sorted.at(-1));
    expect(histogram.min).toBe(sorted[0]);
  });

  it('keeps mean and deviation exactly', () => {
    const histogram = histogramOf([2, 4, 4, 4, 5, 5, 7, 9]);
    expect(histogram.mean).toBe(5);
    expect(histogram.stdDev).toBeCloseTo(Math.sqrt(32 / 7), 9);
  });

  it('says nothing about nothing, and has no deviation of one value', () => {
    expect(new Histogram().percentile(0.5)).toBeNaN();
    expect(new Histogram().mean).toBeNaN();
    expect(histogramOf([3]).stdDev).toBe(0);
  });

  it('counts what is beyond its range at its ends', () => {
    const histogram = histogramOf([-5, 1e9]);
    expect([histogram.min, histogram.count]).toEqual([0, 2]);
    expect(histogram.max).toBeCloseTo(2 ** 31 / 1000, 1);
  });

  it('survives being written down, and adds up', () => {
    const [a, b] = [histogramOf([1, 2, 3]), histogramOf([100, 200])];
    const again = Histogram.from(JSON.parse(JSON.stringify(Histogram.sum([a, b]).toData())));
    expect(again.count).toBe(5);
    expect(again.percentile(0.5)).toBeCloseTo(3, 1);
    expect(again.max / 200).toBeCloseTo(1, 2);
  });
});
