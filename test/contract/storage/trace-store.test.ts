import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LocalStorage } from '../../../runtime/cloud/storage/index.ts';
import type { SpanView } from '../../../runtime/contracts/http.ts';
import { systemClock } from '../../../runtime/core/clock.ts';
import { silentLogger } from '../../../runtime/core/logger.ts';
import { TRACES_TABLE, TraceStore } from '../../../runtime/server/trace-store.ts';
import { TableManager } from '../../../runtime/storage/table-manager.ts';
import { startTestStorage } from './clients.ts';

const NOW = Date.UTC(2026, 2, 9, 12, 30);
let storage: LocalStorage;
let store: TraceStore;

/** Spans of three hours; the later, the quicker, but for one in the middle. */
const spans: SpanView[] = [90, 60, 30, 20, 10].map((minutesAgo, index) => ({
  trace_id: `t${index}`,
  span_id: `s${index}`,
  parent_span_id: null,
  name: 'POST /api/agent_infer',
  start: new Date(NOW - minutesAgo * 60_000).toISOString(),
  duration_ms: index === 2 ? 500 : 100 - index,
  status: index % 2 === 0 ? 'ok' : 'error',
  replica: 'replica-1',
  attributes: {},
}));
const ids = (found: readonly SpanView[]) => found.map(({ span_id }) => span_id);
const at = (minutesAgo: number) => NOW - minutesAgo * 60_000;

beforeAll(async () => {
  storage = await startTestStorage();
  const connection = storage.connectionString;
  const table = new TableManager({ connection, table: TRACES_TABLE, logger: silentLogger });
  await table.ensure();
  store = new TraceStore({ table, clock: { ...systemClock, now: () => NOW }, logger: silentLogger });
  for (const span of spans) store.add(span);
  await store.flush();
});
afterAll(() => storage.dispose());

it('finds the newest spans, and those of a time: its begin counts, its end does not', async () => {
  expect(ids(await store.newest({ limit: 3 }))).toEqual(['s4', 's3', 's2']);
  expect(ids(await store.newest({ limit: 10, sinceMs: at(60), untilMs: at(20) }))).toEqual(['s2', 's1']);
  expect(ids(await store.newest({ limit: 10, untilMs: at(30) }))).toEqual(['s1', 's0']);
  expect(ids(await store.newest({ limit: 10, sinceMs: at(60), status: 'error' }))).toEqual(['s3', 's1']);
});

it('finds the slowest of all that pass, wherever they stand', async () => {
  expect(ids(await store.slowest({ limit: 2 }))).toEqual(['s2', 's0']);
  expect(ids(await store.slowest({ limit: 1, sinceMs: at(25) }))).toEqual(['s3']);
  expect(ids(await store.slowest({ limit: 10, untilMs: at(45) }))).toEqual(['s0', 's1']);
});
