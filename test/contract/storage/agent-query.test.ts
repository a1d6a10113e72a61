import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LocalStorage } from '../../../runtime/cloud/storage/index.ts';
import { ManualClock } from '../../../runtime/core/clock.ts';
import { silentLogger } from '../../../runtime/core/logger.ts';
import { partitionKey, timeRowKey } from '../../../runtime/storage/partition-key.ts';
import { type AgentQuery, TableManager } from '../../../runtime/storage/table-manager.ts';
import { startTestStorage } from './clients.ts';

let storage: LocalStorage;
let table: TableManager;
const NOW = Date.UTC(2026, 5, 15);
const tableOnNow = () =>
  new TableManager({
    connection: storage.connectionString,
    table: 'conversations',
    logger: silentLogger,
    clock: new ManualClock(NOW),
  });
beforeAll(async () => {
  storage = await startTestStorage();
  table = tableOnNow();
  await table.ensure();
});
afterAll(() => storage.dispose());

const rowAt = (agentId: string, at: number, id = 'x') => ({
  partitionKey: partitionKey(agentId, at),
  rowKey: timeRowKey(at, id),
  agent_id: agentId,
  text: 'said',
});
const keyAt = (at: number, id = 'x') => timeRowKey(at, id);

/** All pages of a query, as keys; each page by another manager, as after a restart. */
async function pagesOf(query: AgentQuery): Promise<string[][]> {
  const pages: string[][] = [];
  let continuationToken: string | undefined;
  do {
    const page = await tableOnNow().queryAgent({ ...query, continuationToken });
    pages.push(page.rows.map(({ rowKey }) => rowKey));
    continuationToken = page.continuationToken;
  } while (continuationToken !== undefined);
  return pages;
}

describe('a query by agent and time', () => {
  const march = Date.UTC(2026, 2, 31, 23, 59, 59, 999);
  const april = Date.UTC(2026, 3, 1);
  const may = Date.UTC(2026, 4, 20);
  beforeAll(() =>
    table.upsertBatch([
      ...[march, april, may, NOW].map((at) => rowAt('ceo', at)),
      rowAt('cfo', april),
      { partitionKey: partitionKey('ceo', april), rowKey: 'summary' },
    ]),
  );

  it('goes over the months, from a time (inclusive) to another (exclusive), oldest or newest first', async () => {
    const keys = [march, april, may].map((at) => keyAt(at));
    expect(await pagesOf({ agentId: 'ceo', from: march, to: NOW })).toEqual([keys]);
    expect(await pagesOf({ agentId: 'ceo', from: march, to: NOW, order: 'newest' })).toEqual([keys.toReversed()]);
    expect(await pagesOf({ agentId: 'ceo', from: new Date(april), to: new Date(may) })).toEqual([[keyAt(april)]]);
  });

  it('goes until now', async () => {
    expect(await pagesOf({ agentId: 'ceo', from: may })).toEqual([[keyAt(may)]]);
    expect(await pagesOf({ agentId: 'ceo', from: NOW + 1 })).toEqual([[]]);
  });

  it('gives the properties that were asked for', async () => {
    const { rows } = await table.queryAgent({ agentId: 'cfo', from: march, select: ['agent_id'] });
    expect(rows).toEqual([{ partitionKey: 'cfo_202604', rowKey: keyAt(april), agent_id: 'cfo' }]);
  });

  it('refuses what cannot be a page, a time or a token', async () => {
    const bad = expect.objectContaining({ code: 'AOS_BAD_REQUEST' });
    const query = { agentId: 'ceo', from: march, pageSize: 1 };
    const { continuationToken } = await table.queryAgent(query);
    for (const wrong of [
      { pageSize: 0 },
      { pageSize: 1001 },
      { from: Number.NaN },
      { from: 0 },
      { continuationToken: 'nonsense' },
      { continuationToken, agentId: 'cfo' },
      { continuationToken, order: 'newest' as const },
    ]) {
      await expect(table.queryAgent({ ...query, ...wrong })).rejects.toEqual(bad);
    }
  });

  it('ends when its caller gives up', async () => {
    const reason = new Error('too late');
    const query = { agentId: 'ceo', from: march, signal: AbortSignal.abort(reason) };
    await expect(table.queryAgent(query)).rejects.toBe(reason);
    await expect(table.queryAgent({ ...query, order: 'newest' })).rejects.toBe(reason);
  });
});

describe('pages', () => {
  const start = Date.UTC(2026, 0, 20);
  // More than a request gives, over two months, with 1,100 rows of one millisecond among them.
  const times = [
    ...Array.from({ length: 1500 }, (_, n) => start + n * 20 * 60_000),
    ...Array.from({ length: 1100 }, () => start + 86_400_000 + 1),
  ];
  const keys = times.map((at, n) => keyAt(at, String(n).padStart(5, '0')));
  beforeAll(() => table.upsertBatch(times.map((at, n) => rowAt('busy', at, String(n).padStart(5, '0')))));

  it.each(['oldest', 'newest'] as const)('give every row once, %s first, in any process', async (order) => {
    const pages = await pagesOf({ agentId: 'busy', from: start, order, pageSize: 800 });
    expect(pages.map((page) => page.length)).toEqual([800, 800, 800, 200]);
    const expected = order === 'oldest' ? [...keys].sort() : [...keys].sort().reverse();
    expect(pages.flat()).toEqual(expected);
  });

  it('end with the last row, without an empty page', async () => {
    const pages = await pagesOf({ agentId: 'busy', from: start, to: start + 4 * 20 * 60_000, pageSize: 2 });
    expect(pages.map((page) => page.length)).toEqual([2, 2]);
  });

  it.each(['oldest', 'newest'] as const)('go on where they were when rows come and go, %s first', async (order) => {
    const query: AgentQuery = { agentId: 'live', from: start, order, pageSize: 2 };
    const at = (n: number) => rowAt('live', start + n, 'x');
    await table.upsertBatch([10, 20, 30, 40].map(at));
    const { rows, continuationToken } = await table.queryAgent(query);
    await table.upsertBatch([5, 45].map(at));
    const last = rows.at(-1)!;
    await table.delete(last.partitionKey, last.rowKey);
    const next = await table.queryAgent({ ...query, continuationToken });
    const wanted = order === 'oldest' ? [30, 40] : [20, 10];
    expect(next.rows.map(({ rowKey }) => rowKey)).toEqual(wanted.map((n) => keyAt(start + n)));
    for (const n of [5, 10, 20, 30, 40, 45]) {
      const row = at(n);
      await table.delete(row.partitionKey, row.rowKey);
    }
  });
});
