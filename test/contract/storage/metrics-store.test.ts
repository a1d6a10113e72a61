import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LocalStorage } from '../../../runtime/cloud/storage/index.ts';
import { systemClock } from '../../../runtime/core/clock.ts';
import { silentLogger } from '../../../runtime/core/logger.ts';
import { HourlyTable, KEPT_HOURS } from '../../../runtime/server/hourly-table.ts';
import { MetricsStore } from '../../../runtime/server/metrics-store.ts';
import { TableManager } from '../../../runtime/storage/table-manager.ts';
import type { MeterReading } from '../../../runtime/telemetry/metrics.ts';
import { startTestStorage } from './clients.ts';

let storage: LocalStorage;
beforeAll(async () => {
  storage = await startTestStorage();
});
afterAll(() => storage.dispose());

async function useTable(name: string): Promise<TableManager> {
  const table = new TableManager({ connection: storage.connectionString, table: name, logger: silentLogger });
  await table.ensure();
  return table;
}

const HOUR_MS = 3_600_000;
/** Half past the hour: a quarter of an hour back is the same hour. */
const NOW = Date.UTC(2026, 2, 9, 12, 30);
const clockAt = (now: number) => ({ ...systemClock, now: () => now });
const counted = (value: number): MeterReading => ({
  counters: [{ name: 'agent.requests.total', unit: '1', description: '', attributes: {}, value }],
  histograms: [],
});

describe('MetricsStore', () => {
  it('keeps what each replica counts between its samples, for whoever asks', async () => {
    const table = await useTable('metrics');
    const replica = (name: string, readings: readonly number[], firstMs: number) => {
      const left = [...readings];
      let at = firstMs - 10_000;
      const clock = { ...systemClock, now: () => at };
      const collect = async () => counted(left.shift() ?? 0);
      const store = new MetricsStore({ table, replica: name, collect, clock, logger: silentLogger });
      const sample = async () => {
        at += 10_000;
        await store.sample();
      };
      return { store, sample };
    };
    const one = replica('replica-1', [5, 5, 12], NOW);
    const two = replica('replica-2', [1, 2], NOW);
    for (const { sample } of [one, two, one, two, one]) await sample();
    const { samples } = await two.store.history({});
    expect(samples.map(({ at, counters }) => [(Date.parse(at) - NOW) / 1000, counters[0]?.value])).toEqual([
      [0, 6],
      [10, 1],
      [20, 7],
    ]);
  });
});

describe('HourlyTable', () => {
  it('reads hour by hour, and deletes what is older than a day with the first row of an hour', async () => {
    const table = await useTable('hourly');
    const rows = (now: number) => new HourlyTable({ table, clock: clockAt(now), logger: silentLogger });
    const write = (atMs: number) => rows(atMs).write([{ atMs, rowKey: String(atMs), at: atMs }]);
    const times = [NOW - KEPT_HOURS * HOUR_MS, NOW - 2 * HOUR_MS, NOW - HOUR_MS];
    for (const at of times) await write(at);
    await write(NOW);
    const ages = async (found: AsyncIterable<{ [property: string]: unknown }>) => {
      const hours: number[] = [];
      for await (const { at } of found) hours.push((NOW - Number(at)) / HOUR_MS);
      return hours;
    };
    expect(await ages(rows(NOW).newestFirst())).toEqual([0, 1, 2]);
    expect(await ages(rows(NOW).oldestFirst(NOW - HOUR_MS, NOW))).toEqual([1, 0]);
    await write(NOW + HOUR_MS);
    expect(await ages(rows(times[0]!).newestFirst())).toEqual([]);
  });
});
