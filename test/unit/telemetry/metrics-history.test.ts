import { describe, expect, it } from 'vitest';
import { type MeterReading, subtractReadings } from '../../../runtime/telemetry/metrics.ts';
import { type HistoryQuery, historyOf, type ReplicaSample } from '../../../runtime/telemetry/metrics-history.ts';
import { createTelemetry } from '../../../runtime/telemetry/telemetry.ts';

const START = Date.UTC(2026, 0, 1);
const counted = (value: number, name = 'agent.requests.total'): MeterReading => ({
  counters: [{ name, unit: '1', description: '', attributes: {}, value }],
  histograms: [],
});
const sample = (seconds: number, reading: MeterReading): ReplicaSample => ({
  beginMs: START + seconds * 1000,
  reading,
});

async function* inOrder(samples: readonly ReplicaSample[]) {
  yield* samples;
}

async function values(samples: readonly ReplicaSample[], query?: HistoryQuery) {
  const page = await historyOf(inOrder(samples), query);
  return page.samples.map(({ at, counters }) => [(Date.parse(at) - START) / 1000, counters[0]?.value]);
}

describe('historyOf', () => {
  it('adds up what all replicas have counted in each ten seconds', async () => {
    const samples = [sample(10, counted(3)), sample(10.5, counted(4)), sample(30, counted(2))];
    expect(await values(samples)).toEqual([
      [10, 7],
      [30, 2],
    ]);
  });

  it('gives the quantiles of each step, not those since the start', async () => {
    const telemetry = createTelemetry({ replica: 'a', serviceVersion: '0', onSpan: () => undefined });
    for (let n = 0; n < 1000; n++) telemetry.meters.inferenceDuration.record(0.5);
    const before = await telemetry.collect();
    // The wider range of values makes the buckets of the second reading coarser.
    for (let n = 0; n < 10; n++) telemetry.meters.inferenceDuration.record(60_000);
    const samples = [sample(10, before), sample(20, subtractReadings(await telemetry.collect(), before))];
    const [first, second] = (await historyOf(inOrder(samples))).samples.map(({ histograms }) => histograms[0]);
    expect(first).toMatchObject({ count: 1000, sum: 500 });
    expect(first?.p95).toBeCloseTo(0.5, 1);
    expect(second).toMatchObject({ count: 10, sum: 600_000 });
    expect(second!.p50! / 60_000).toBeCloseTo(1, 1);
    const [both] = (await historyOf(inOrder(samples), { stepMs: 60_000 })).samples;
    expect(both?.histograms[0]).toMatchObject({ count: 1010 });
    expect(both!.histograms[0]!.p50).toBeCloseTo(0.5, 1);
    await telemetry.dispose();
  });

  it('adds samples up to steps, by name and time, page by page', async () => {
    const samples = Array.from({ length: 60 }, (_, n) => sample((n + 1) * 10, counted(1)));
    samples.push(sample(600, counted(9, 'ml.cache.hits')));
    const query = { stepMs: 60_000, name: 'agent.requests.total' };
    const page = await historyOf(inOrder(samples), { ...query, limit: 4 });
    expect(page.samples.map(({ counters }) => counters[0]?.value)).toEqual([5, 6, 6, 6]);
    const rest = await historyOf(inOrder(samples), { ...query, sinceMs: Date.parse(page.next_since!) });
    expect(rest.samples.map(({ counters }) => counters[0]?.value)).toEqual([6, 6, 6, 6, 6, 6, 1]);
    expect(rest.next_since).toBeNull();
    expect(await values(samples, { name: 'ml.cache.hits' })).toEqual([[600, 9]]);
    expect(await values(samples, { sinceMs: START + 20_000, untilMs: START + 40_000 })).toEqual([
      [20, 1],
      [30, 1],
    ]);
  });
});

describe('subtractReadings', () => {
  it('counts a replica that was started again from zero', () => {
    expect(subtractReadings(counted(110), counted(100))).toEqual(counted(10));
    expect(subtractReadings(counted(4), counted(110))).toEqual(counted(4));
    expect(subtractReadings(counted(4), counted(4)).counters).toEqual([]);
  });
});
