import { DataPointType, type ExponentialHistogram, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { z } from 'zod';
import type { Metrics } from '../contracts/http.ts';

const identity = {
  name: z.string(),
  unit: z.string(),
  description: z.string(),
  attributes: z.record(z.string(), z.string()),
};

/**
 * The meters of one replica, in a form that can be added to those of others: a histogram keeps its buckets. Bucket `i` of
 * a base-2 exponential histogram holds values from `base^i` to `base^(i+1)`, with `base = 2^(2^-scale)` (OpenTelemetry
 * metrics data model).
 */
export const meterReadingSchema = z.object({
  counters: z.array(z.object({ ...identity, value: z.number() })),
  histograms: z.array(
    z.object({
      ...identity,
      count: z.number(),
      sum: z.number(),
      zeros: z.number(),
      scale: z.int(),
      offset: z.int(),
      buckets: z.array(z.number()),
    }),
  ),
});
export type MeterReading = z.infer<typeof meterReadingSchema>;
type Counter = MeterReading['counters'][number];
type Histogram = MeterReading['histograms'][number];

/** What the OpenTelemetry SDK has collected: monotonic counters and exponential histograms, which is all we use. */
export function toReading({ scopeMetrics }: ResourceMetrics): MeterReading {
  const reading: MeterReading = { counters: [], histograms: [] };
  for (const metric of scopeMetrics.flatMap((scope) => scope.metrics)) {
    const { name, unit, description } = metric.descriptor;
    for (const point of metric.dataPoints) {
      const attributes = Object.fromEntries(Object.entries(point.attributes).map(([key, v]) => [key, String(v)]));
      const about = { name, unit, description, attributes };
      if (metric.dataPointType === DataPointType.SUM) reading.counters.push({ ...about, value: point.value as number });
      if (metric.dataPointType !== DataPointType.EXPONENTIAL_HISTOGRAM) continue;
      const { count, sum = 0, zeroCount, scale, positive } = point.value as ExponentialHistogram;
      const { offset, bucketCounts } = positive;
      reading.histograms.push({ ...about, count, sum, zeros: zeroCount, scale, offset, buckets: [...bucketCounts] });
    }
  }
  return reading;
}

/** Adds up the meters of all replicas: counts and sums exactly, quantiles from the added buckets. */
export function mergeReadings(readings: readonly MeterReading[]): Metrics {
  const counters = groups(readings.flatMap((reading) => reading.counters));
  const histograms = groups(readings.flatMap((reading) => reading.histograms));
  return {
    counters: counters.map((group) => ({ ...aboutOf(group[0]), value: sum(group.map((c) => c.value)) })),
    histograms: histograms.map((group) => {
      const all = group.reduce((a, b) => combine(a, b, 1));
      const quantile = (p: number) => (all.count === 0 ? null : quantileOf(all, p));
      const about = { ...aboutOf(all), count: all.count, sum: all.sum };
      return { ...about, p50: quantile(0.5), p95: quantile(0.95), p99: quantile(0.99) };
    }),
  };
}

/**
 * What was counted between two readings of the same replica; series that have not moved are left out. A series that has
 * become smaller was started again in between, and counts as a whole.
 */
export function subtractReadings(now: MeterReading, before: MeterReading): MeterReading {
  const counters = new Map(before.counters.map((counter) => [keyOf(counter), counter]));
  const histograms = new Map(before.histograms.map((histogram) => [keyOf(histogram), histogram]));
  return {
    counters: now.counters
      .map((counter) => {
        const earlier = counters.get(keyOf(counter))?.value ?? 0;
        return { ...counter, value: counter.value < earlier ? counter.value : counter.value - earlier };
      })
      .filter(({ value }) => value > 0),
    histograms: now.histograms
      .map((histogram) => {
        const earlier = histograms.get(keyOf(histogram));
        return !earlier || histogram.count < earlier.count ? histogram : combine(histogram, earlier, -1);
      })
      .filter(({ count }) => count > 0),
  };
}

/**
 * Adds a histogram to another, or takes it away. Halving a scale joins two neighbouring buckets: both come to the coarser
 * of the two scales first.
 */
function combine(a: Histogram, b: Histogram, sign: 1 | -1): Histogram {
  const scale = Math.min(a.scale, b.scale);
  const counts = new Map<number, number>();
  for (const [part, times] of [
    [a, 1],
    [b, sign],
  ] as const) {
    part.buckets.forEach((count, i) => {
      const index = (part.offset + i) >> (part.scale - scale);
      if (count > 0) counts.set(index, (counts.get(index) ?? 0) + count * times);
    });
  }
  const indices = [...counts].filter(([, count]) => count !== 0).map(([index]) => index);
  const offset = indices.length === 0 ? 0 : Math.min(...indices);
  const length = indices.length === 0 ? 0 : Math.max(...indices) - offset + 1;
  return {
    ...a,
    count: a.count + sign * b.count,
    sum: a.sum + sign * b.sum,
    zeros: a.zeros + sign * b.zeros,
    scale,
    offset,
    buckets: Array.from({ length }, (_, i) => counts.get(offset + i) ?? 0),
  };
}

/** The geometric middle of the bucket that holds the value of that rank. */
function quantileOf({ count, zeros, scale, offset, buckets }: Histogram, p: number): number {
  let rank = Math.max(1, Math.ceil(p * count)) - zeros;
  if (rank <= 0) return 0;
  for (const [i, inBucket] of buckets.entries()) {
    rank -= inBucket;
    if (rank <= 0) return 2 ** ((offset + i + 0.5) * 2 ** -scale);
  }
  return 0;
}

function aboutOf({ name, unit, description, attributes }: Counter | Histogram) {
  return { name, unit, description, attributes };
}

/** Grouped by name and attributes, in order of first appearance. */
function groups<T extends Counter | Histogram>(items: readonly T[]): [T, ...T[]][] {
  const byKey = new Map<string, [T, ...T[]]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = byKey.get(key);
    if (group) group.push(item);
    else byKey.set(key, [item]);
  }
  return [...byKey.values()];
}

function keyOf({ name, attributes }: Counter | Histogram): string {
  return JSON.stringify([name, Object.entries(attributes).sort()]);
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
