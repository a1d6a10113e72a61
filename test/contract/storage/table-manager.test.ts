import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LocalStorage } from '../../../runtime/cloud/storage/index.ts';
import { createLogger, type LogRecord, silentLogger } from '../../../runtime/core/logger.ts';
import {
  type Entity,
  type HotspotPolicy,
  type Row,
  TableManager,
  type TableQuery,
} from '../../../runtime/storage/table-manager.ts';
import { startTestStorage } from './clients.ts';

let storage: LocalStorage;
beforeAll(async () => {
  storage = await startTestStorage();
});
afterAll(() => storage.dispose());

let tables = 0;
/** A new table, with what was counted of it. */
async function newTable(options: { logs?: LogRecord[]; connection?: string; hotspots?: HotspotPolicy } = {}) {
  const operations: Record<string, number> = {};
  const table = new TableManager({
    connection: options.connection ?? storage.connectionString,
    table: `table${tables++}`,
    ...(options.hotspots ? { hotspots: options.hotspots } : {}),
    logger: options.logs
      ? createLogger({ scope: 'test', write: (record) => options.logs?.push(record) })
      : silentLogger,
    meters: {
      storageOperations: {
        add(count, attributes) {
          const name = String(attributes?.operation);
          operations[name] = (operations[name] ?? 0) + count;
        },
      },
    },
  });
  await table.ensure();
  return { table, operations };
}

async function rowsOf(table: TableManager, query: TableQuery): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const row of table.query(query)) rows.push(row);
  return rows;
}
const keysOf = async (table: TableManager, query: TableQuery) => (await rowsOf(table, query)).map((row) => row.rowKey);

const many = (partitionKey: string, count: number, text = ''): Entity[] =>
  Array.from({ length: count }, (_, n) => ({ partitionKey, rowKey: String(n).padStart(6, '0'), text }));

describe('a table', () => {
  it('is created once, also by several at a time', async () => {
    const { table } = await newTable();
    await Promise.all([table.ensure(), table.ensure()]);
    expect(await table.get('p', 'r')).toBeUndefined();
  });

  it('gives back what was written, in its types', async () => {
    const { table } = await newTable();
    const entity = {
      partitionKey: 'agents',
      rowKey: "it's ä",
      text: 'x'.repeat(32_000),
      int: 7,
      now: 1_767_225_600_000,
      fraction: 0.5,
      yes: true,
      big: 2n ** 60n,
      when: new Date('2026-01-01T00:00:00Z'),
      bytes: Uint8Array.of(1, 2, 255),
      gone: undefined,
    };
    await table.upsert(entity);
    const { gone: _gone, bytes, ...kept } = entity;
    const { bytes: read, ...row } = (await table.get('agents', "it's ä")) ?? ({} as Row);
    expect(row).toEqual(kept);
    expect([...(read as Uint8Array)]).toEqual([...bytes]);
    await table.upsert({ ...entity, ...row });
  });

  it('creates an entity once and says so', async () => {
    const { table } = await newTable();
    expect(await table.create({ partitionKey: 'p', rowKey: '1', n: 1 })).toBe(true);
    expect(await table.create({ partitionKey: 'p', rowKey: '1', n: 2 })).toBe(false);
    expect(await table.get('p', '1')).toMatchObject({ n: 1 });
    const both = await Promise.all([1, 2].map((n) => table.create({ partitionKey: 'p', rowKey: '2', n })));
    expect(both.sort()).toEqual([false, true]);
  });

  it('replaces an entity as a whole', async () => {
    const { table } = await newTable();
    await table.upsert({ partitionKey: 'p', rowKey: '1', old: 1, n: 1 });
    await table.upsert({ partitionKey: 'p', rowKey: '1', n: 2 });
    const row = await table.get('p', '1');
    expect(row?.n).toBe(2);
    expect(row).not.toHaveProperty('old');
  });

  it('deletes an entity, there or not', async () => {
    const { table } = await newTable();
    await table.upsert({ partitionKey: 'p', rowKey: '1' });
    await table.delete('p', '1');
    await table.delete('p', '1');
    expect(await table.get('p', '1')).toBeUndefined();
  });

  it('refuses the hotspot and keys that no table takes, before it asks the service', async () => {
    const { table, operations } = await newTable();
    const hotspot = table.upsert({ partitionKey: 'ceo', rowKey: '1', agent_id: 'ceo' });
    await expect(hotspot).rejects.toMatchObject({ code: 'AOS_HOTSPOT_KEY' });
    const batch = table.upsertBatch([...many('p', 3), { partitionKey: 'p', rowKey: 'a#b' }]);
    await expect(batch).rejects.toMatchObject({ code: 'AOS_BAD_REQUEST' });
    expect(operations).toEqual({ ensure: 1 });
  });

  it('warns of the hotspot, or takes it, where it is told so, also behind', async () => {
    const logs: LogRecord[] = [];
    const hotspot = { partitionKey: 'ceo', rowKey: '1', agent_id: 'ceo' };
    const { table: warning } = await newTable({ hotspots: 'warn', logs });
    await warning.upsert(hotspot);
    expect(await warning.get('ceo', '1')).toBeDefined();
    expect(logs.filter(({ level }) => level === 'warn')).toHaveLength(1);
    const { table: refusing } = await newTable({ logs });
    const writer = refusing.writeBehind();
    writer.add(hotspot);
    await writer.dispose();
    expect(logs.at(-1)).toMatchObject({
      level: 'error',
      fields: { error: { message: expect.stringMatching(/partitionKey\(/) } },
    });
    const { table: taking } = await newTable({ hotspots: 'allow', logs: [] });
    expect(await taking.create(hotspot)).toBe(true);
  });

  it('counts its requests', async () => {
    const { table, operations } = await newTable();
    await table.upsert({ partitionKey: 'p', rowKey: '1' });
    await table.get('p', '1');
    await rowsOf(table, { partitionKey: 'p' });
    await table.upsertBatch(many('p', 150));
    await table.delete('p', '1');
    expect(operations).toEqual({ ensure: 1, upsert: 1, get: 1, query: 1, upsert_batch: 2, delete: 1 });
  });
});

describe('a query', () => {
  it('gives one partition, in the order of its keys, beyond a page', async () => {
    const { table } = await newTable();
    await table.upsertBatch([...many('a', 1100), ...many("b'", 2)]);
    const keys = await keysOf(table, { partitionKey: 'a' });
    expect(keys).toHaveLength(1100);
    expect(keys).toEqual([...keys].sort());
    expect(await keysOf(table, { partitionKey: "b'" })).toEqual(['000000', '000001']);
    expect(await keysOf(table, { partitionKey: "x' or PartitionKey eq 'a" })).toEqual([]);
  });

  it('gives a range of keys, and only the properties that were asked for', async () => {
    const { table } = await newTable();
    await table.upsertBatch(many('a', 10, 'text'));
    const range = { partitionKey: 'a', fromRowKey: '000003', beforeRowKey: '000005' };
    expect(await keysOf(table, range)).toEqual(['000003', '000004']);
    const [row] = await rowsOf(table, { ...range, select: ['n'] });
    expect(row).toMatchObject({ partitionKey: 'a', rowKey: '000003' });
    expect(row).not.toHaveProperty('text');
  });

  it('ends when its reader has enough, and when it is cancelled', async () => {
    const { table } = await newTable();
    await table.upsertBatch(many('a', 5));
    for await (const row of table.query({ partitionKey: 'a' })) {
      expect(row.rowKey).toBe('000000');
      break;
    }
    const reason = new Error('enough');
    await expect(keysOf(table, { partitionKey: 'a', signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('a batch', () => {
  it('writes any number of entities of any number of partitions', async () => {
    const { table, operations } = await newTable();
    const months = Array.from({ length: 20 }, (_, n) => `ceo_2026${String(n).padStart(2, '0')}`);
    await table.upsertBatch([...months.flatMap((month) => many(month, 3)), ...many('cfo_202601', 250)]);
    expect(await keysOf(table, { partitionKey: 'cfo_202601' })).toHaveLength(250);
    for (const month of months) expect(await keysOf(table, { partitionKey: month })).toHaveLength(3);
    expect(operations.upsert_batch).toBe(23);
  });

  it('is nothing for nothing', async () => {
    const { table, operations } = await newTable();
    await table.upsertBatch([]);
    expect(operations).toEqual({ ensure: 1 });
  });

  it('writes more than the 4 MiB of a transaction', async () => {
    const { table, operations } = await newTable();
    await table.upsertBatch(many('large', 100, 'ä'.repeat(32_000)));
    expect(await keysOf(table, { partitionKey: 'large', select: [] })).toHaveLength(100);
    expect(operations.upsert_batch).toBe(2);
  });

  it('writes an entity of nearly 1 MiB', async () => {
    const { table } = await newTable();
    const texts = Object.fromEntries(Array.from({ length: 16 }, (_, n) => [`text_${n}`, 'x'.repeat(32_000)]));
    await table.upsertBatch(['1', '2', '3'].map((rowKey) => ({ partitionKey: 'p', rowKey, ...texts })));
    expect(await keysOf(table, { partitionKey: 'p', select: [] })).toEqual(['1', '2', '3']);
  });

  it('lets the later one of two entities with the same keys win', async () => {
    const { table } = await newTable();
    await table.upsertBatch([...many('p', 5, 'first'), ...many('p', 5, 'second'), ...many('p', 1, 'third')]);
    const rows = await rowsOf(table, { partitionKey: 'p' });
    expect(rows.map((row) => row.text)).toEqual(['third', 'second', 'second', 'second', 'second']);
  });
});

describe('a batch of which a part fails', () => {
  it('says how much is unwritten; the rest is there', async () => {
    await using proxy = await proxyTo(storage, (body) => (body.includes('poison') ? 409 : undefined));
    const { table } = await newTable({ connection: proxy.connectionString });
    const batch = table.upsertBatch([...many('bad', 3, 'poison'), ...many('good', 5)]);
    await expect(batch).rejects.toMatchObject({
      code: 'AOS_STORAGE',
      message: expect.stringMatching(/^3 of 8 entities are unwritten\. Could not write to table/),
      details: { status: 409, unwritten: 3 },
    });
    expect(await keysOf(table, { partitionKey: 'good' })).toHaveLength(5);
  });
});

describe('write-behind', () => {
  it('writes its rows together', async () => {
    const { table, operations } = await newTable();
    const writer = table.writeBehind({ flushMs: 60_000 });
    for (const row of many('p', 150)) writer.add(row);
    await writer.flush();
    expect(await keysOf(table, { partitionKey: 'p' })).toHaveLength(150);
    writer.add({ partitionKey: 'p', rowKey: 'last' });
    await writer.dispose();
    expect(await table.get('p', 'last')).toBeDefined();
    expect(operations.upsert_batch).toBe(3);
  });

  it('does not let a row that the service refuses keep the others back', async () => {
    const logs: LogRecord[] = [];
    await using proxy = await proxyTo(storage, (body) => (body.includes('poison') ? 400 : undefined));
    const { table } = await newTable({ logs, connection: proxy.connectionString });
    const writer = table.writeBehind();
    for (const row of [...many('p', 3), { partitionKey: 'p', rowKey: 'bad', text: 'poison' }, ...many('q', 2)]) {
      writer.add(row);
    }
    await writer.dispose();
    expect(await keysOf(table, { partitionKey: 'p' })).toEqual(['000000', '000001', '000002']);
    expect(await keysOf(table, { partitionKey: 'q' })).toHaveLength(2);
    expect(logs.filter(({ level }) => level === 'error').map(({ fields }) => fields?.rowKey)).toEqual(['bad']);
  });

  it('halves a transaction that the service refuses, until the refused row stands alone', async () => {
    const logs: LogRecord[] = [];
    await using proxy = await proxyTo(storage, (body) => (body.includes('poison') ? 413 : undefined));
    const { table, operations } = await newTable({ logs, connection: proxy.connectionString });
    const writer = table.writeBehind();
    const rows = many('p', 300);
    rows[77]!.text = 'poison';
    for (const row of rows) writer.add(row);
    await writer.dispose();
    expect(await keysOf(table, { partitionKey: 'p' })).toHaveLength(299);
    expect(logs.filter(({ level }) => level === 'error').map(({ fields }) => fields?.rowKey)).toEqual(['000077']);
    // Three transactions, and two more for each of the at most seven halvings of one of them.
    expect(operations.upsert_batch).toBeLessThanOrEqual(3 + 2 * 7);
  });

  it('keeps what storage cannot take now, and writes it when it can', async () => {
    const logs: LogRecord[] = [];
    let busy = true;
    // 409 is neither retried by the client nor a refusal of what was sent.
    await using proxy = await proxyTo(storage, (body) => (busy && body.includes('wait') ? 409 : undefined));
    const { table } = await newTable({ logs, connection: proxy.connectionString });
    const writer = table.writeBehind({ retryDelayMs: 60_000 });
    for (const row of many('p', 3, 'wait')) writer.add(row);
    for (const row of many('q', 3)) writer.add(row);
    await expect(writer.flush()).rejects.toMatchObject({ code: 'AOS_STORAGE' });
    expect(await keysOf(table, { partitionKey: 'q' })).toHaveLength(3);
    expect(logs).toMatchObject([{ level: 'warn', fields: { rows: 3 } }]);
    busy = false;
    await writer.dispose();
    expect(await keysOf(table, { partitionKey: 'p' })).toHaveLength(3);
  });
});

describe('a failure', () => {
  const off = (port: number) =>
    `DefaultEndpointsProtocol=http;AccountName=aos;AccountKey=${storage.key};TableEndpoint=http://127.0.0.1:${port}/aos;`;
  const tableAt = (connection: string) => new TableManager({ connection, table: 'gone', logger: silentLogger });

  it('says where nothing listens, and what to do; never the key', async () => {
    const { port, close } = await freePort();
    await close();
    const error: unknown = await tableAt(off(port))
      .get('p', 'r')
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: 'AOS_STORAGE',
      message: `Could not read table gone at http://127.0.0.1:${port}/aos: nothing listens there. Start the local cloud, or check connections.storage in aos.json.`,
    });
    expect(JSON.stringify(error)).not.toContain(storage.key);
  });

  it('says that the key is wrong', async () => {
    const wrong = storage.connectionString.replace(storage.key, Buffer.alloc(64, 7).toString('base64'));
    await expect(tableAt(wrong).ensure()).rejects.toMatchObject({
      code: 'AOS_STORAGE',
      details: { status: 403 },
      message: expect.stringMatching(/Check the account key/),
    });
  });

  it('of a table that is not there is one, although a missing entity is not', async () => {
    await expect(tableAt(storage.connectionString).get('p', 'r')).rejects.toMatchObject({
      code: 'AOS_STORAGE',
      details: { status: 404, storage_code: 'TableNotFound' },
    });
  });

  it('is the reason of the caller if he gave up', async () => {
    const { port, close } = await freePort();
    try {
      const controller = new AbortController();
      const reason = new Error('too late');
      const reading = tableAt(off(port)).get('p', 'r', { signal: controller.signal });
      controller.abort(reason);
      await expect(reading).rejects.toBe(reason);
    } finally {
      await close();
    }
  });

  it('of a connection string that is none comes at once', () => {
    expect(() => tableAt('nonsense')).toThrow(expect.objectContaining({ code: 'AOS_CONFIG_INVALID' }));
    expect(() => tableAt('AccountName=a;TableEndpoint=https://a.example/')).toThrow(
      expect.objectContaining({ code: 'AOS_CONFIG_INVALID' }),
    );
  });
});

/** A server that takes requests and never answers. */
async function freePort(): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The real service behind a proxy that answers some requests itself: the service has no other way to fail on demand. */
async function proxyTo(target: LocalStorage, statusFor: (body: string) => number | undefined) {
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    const status = statusFor(body.toString());
    if (status !== undefined) {
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
      return;
    }
    const { method, headers, url: path } = request;
    const forwarded = httpRequest({ host: '127.0.0.1', port: target.tablePort, method, headers, path }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    forwarded.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as AddressInfo;
  return {
    connectionString: target.connectionString.replace(`:${target.tablePort}/`, `:${port}/`),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
