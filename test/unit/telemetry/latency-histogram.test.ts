import { describe, expect, it } from 'vitest';
import { LatencyHistogram } from '../../../runtime/telemetry/latency-histogram.ts';

/** A fixed sequence of values from 0.05 ms to 50 s, many small and few large ones. */
const samples = Array.from({ length: 20_000 }, (_, i) => 0.05 * 1_000_000 ** ((((i * 7919) % 20_000) / 20_000) ** 2));

function filled(values: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

describe('LatencyHistogram', () => {
  it.each([0.01, 0.5, 0.95, 0.99, 0.999, 1])('knows the quantile %d within 0.8 % and half a microsecond', (p) => {
    const sorted = [...samples].sort((a, b) => a - b);
    const exact = sorted[Math.max(1, Math.ceil(p * sorted.length)) - 1]!;
    expect(Math.abs(filled(samples).quantile(p) - exact)).toBeLessThanOrEqual(exact * 0.008 + 0.0005);
  });

  it('added up says the same as one that saw everything', () => {
    const parts = [filled(samples.slice(0, 7000)), filled(samples.slice(7000))];
    const sum = LatencyHistogram.merge(parts);
    expect(sum.count).toBe(samples.length);
    expect(sum.toJSON()).toBe(filled(samples).toJSON());
  });

  it('survives its way through storage', () => {
    const histogram = filled(samples);
    const copy = LatencyHistogram.parse(histogram.toJSON());
    expect(copy.count).toBe(histogram.count);
    expect(copy.quantile(0.95)).toBe(histogram.quantile(0.95));
  });

  it('takes zero, and counts what is longer than 36 minutes as that', () => {
    const histogram = filled([0, 1e12]);
    expect(histogram.quantile(0.1)).toBe(0);
    expect(histogram.quantile(1) / 60_000).toBeCloseTo(35.8, 0);
  });

  it('has no quantile when nothing was recorded', () => {
    expect(new LatencyHistogram().quantile(0.5)).toBeNaN();
  });
});
