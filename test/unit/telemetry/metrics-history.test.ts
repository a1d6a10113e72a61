import { describe, expect, it } from 'vitest';
import type { MeterReading } from '../../../runtime/telemetry/metrics.ts';
import { MetricsHistory } from '../../../runtime/telemetry/metrics-history.ts';
import { createTelemetry } from '../../../runtime/telemetry/telemetry.ts';

const START = Date.UTC(2026, 0, 1);
const NOTHING: MeterReading = { counters: [], histograms: [] };
const counted = (value: number, name = 'agent.requests.total'): MeterReading => ({
  counters: [{ name, unit: '1', description: '', attributes: {}, value }],
  histograms: [],
});
const values = (history: MetricsHistory, query: Parameters<MetricsHistory['query']>[0] = {}) =>
  history.query(query).samples.map(({ at, counters }) => [(Date.parse(at) - START) / 1000, counters[0]?.value]);

describe('MetricsHistory', () => {
  it('keeps what was counted in each ten seconds, by all replicas together', () => {
    const history = new MetricsHistory();
    history.record('a', NOTHING, START);
    history.record('b', counted(100), START);
    history.record('a', counted(3), START + 10_000);
    history.record('b', counted(104), START + 10_500);
    history.record('a', counted(3), START + 20_000);
    history.record('a', counted(5), START + 30_000);
    expect(values(history)).toEqual([
      [10, 7],
      [30, 2],
    ]);
  });

  it('counts a replica that was started again from zero', () => {
    const history = new MetricsHistory();
    for (const [n, value] of [100, 110, 4, 6].entries()) history.record('a', counted(value), START + n * 10_000);
    expect(values(history)).toEqual([
      [10, 10],
      [20, 4],
      [30, 2],
    ]);
  });

  it('gives the quantiles of each step, not those since the start', async () => {
    const telemetry = createTelemetry({ replica: 'a', serviceVersion: '0', onSpan: () => undefined });
    const history = new MetricsHistory();
    const record = async (at: number) => history.record('a', await telemetry.collect(), START + at);
    await record(0);
    for (let n = 0; n < 1000; n++) telemetry.meters.inferenceDuration.record(0.5);
    await record(10_000);
    // The wider range of values makes the buckets of the second reading coarser.
    for (let n = 0; n < 10; n++) telemetry.meters.inferenceDuration.record(60_000);
    await record(20_000);
    const [first, second] = history.query().samples.map(({ histograms }) => histograms[0]);
    expect(first).toMatchObject({ count: 1000, sum: 500 });
    expect(first?.p95).toBeCloseTo(0.5, 1);
    expect(second).toMatchObject({ count: 10, sum: 600_000 });
    expect(second!.p50! / 60_000).toBeCloseTo(1, 1);
    const [both] = history.query({ stepMs: 60_000 }).samples;
    expect(both?.histograms[0]).toMatchObject({ count: 1010 });
    expect(both!.histograms[0]!.p50).toBeCloseTo(0.5, 1);
    await telemetry.dispose();
  });

  it('adds samples up to steps, by name and time, page by page', () => {
    const history = new MetricsHistory();
    history.record('a', NOTHING, START);
    for (let n = 1; n <= 60; n++) {
      history.record('a', counted(n), START + n * 10_000);
      if (n === 1) history.record('b', NOTHING, START);
    }
    history.record('b', counted(9, 'ml.cache.hits'), START + 600_000);
    const minutes = history.query({ stepMs: 60_000, limit: 4, name: 'agent.requests.total' });
    expect(minutes.samples.map(({ counters }) => counters[0]?.value)).toEqual([5, 6, 6, 6]);
    const rest = history.query({ stepMs: 60_000, sinceMs: minutes.nextSinceMs, name: 'agent.requests.total' });
    expect(rest.samples.map(({ counters }) => counters[0]?.value)).toEqual([6, 6, 6, 6, 6, 6, 1]);
    expect(rest.nextSinceMs).toBeUndefined();
    expect(values(history, { name: 'ml.cache.hits' })).toEqual([[600, 9]]);
    expect(values(history, { sinceMs: START + 20_000, untilMs: START + 40_000 })).toEqual([
      [20, 1],
      [30, 1],
    ]);
  });

  it('goes back a bounded time, however long it runs, and forgets replicas that are gone', () => {
    const history = new MetricsHistory({ sampleMs: 10_000, hours: 1 });
    history.record('gone', counted(7), START);
    for (let n = 0; n <= 1000; n++) history.record('a', counted(n), START + n * 10_000);
    expect(history.size).toBe(360);
    expect(values(history)[0]).toEqual([6410, 1]);
    history.record('gone', counted(50), START + 10_000_000);
    expect(values(history).at(-1)).toEqual([10_000, 1]);
  });
});
