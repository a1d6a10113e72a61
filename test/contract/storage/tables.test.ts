import type { TableClient, TransactionAction } from '@azure/data-tables';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LocalStorage } from '../../../runtime/cloud/storage/index.ts';
import { startTestStorage, tableOf } from './clients.ts';

let storage: LocalStorage;
let table: TableClient;
beforeAll(async () => {
  storage = await startTestStorage();
  table = await tableOf(storage, 'agents');
});
afterAll(() => storage.dispose());

const creations = (partitionKey: string, count: number) =>
  Array.from({ length: count }, (_, n): TransactionAction => ['create', { partitionKey, rowKey: String(n), n }]);

async function rowsOf(partition: string): Promise<string[]> {
  const rows: string[] = [];
  for await (const { rowKey } of table.listEntities({ queryOptions: { filter: `PartitionKey eq '${partition}'` } })) {
    rows.push(rowKey ?? '');
  }
  return rows;
}

describe('tables', () => {
  it('keep what is upserted, and its types', async () => {
    await table.upsertEntity({
      partitionKey: 'p',
      rowKey: 'ä b',
      text: 'x',
      big: 5n,
      when: new Date(0),
    });
    await table.upsertEntity({ partitionKey: 'p', rowKey: 'ä b', text: 'y' }, 'Merge');
    expect(await table.getEntity('p', 'ä b')).toMatchObject({ text: 'y', big: 5n, when: new Date(0) });
    await expect(table.getEntity('p', 'none')).rejects.toMatchObject({ statusCode: 404 });
  });

  it('refuse to insert twice: 409', async () => {
    await table.createEntity({ partitionKey: 'twice', rowKey: '1' });
    const again = table.createEntity({ partitionKey: 'twice', rowKey: '1' });
    await expect(again).rejects.toMatchObject({
      statusCode: 409,
      details: { odataError: { code: 'EntityAlreadyExists' } },
    });
  });

  it('refuse a stale ETag: 412', async () => {
    const { etag } = await table.createEntity({ partitionKey: 'etag', rowKey: '1', n: 1 });
    await table.updateEntity({ partitionKey: 'etag', rowKey: '1', n: 2 }, 'Replace', { etag: etag ?? '' });
    const stale = table.updateEntity({ partitionKey: 'etag', rowKey: '1', n: 3 }, 'Replace', { etag: etag ?? '' });
    await expect(stale).rejects.toMatchObject({ statusCode: 412 });
    expect(await table.getEntity('etag', '1')).toMatchObject({ n: 2 });
  });

  it('take 100 entities in one transaction, not 101', async () => {
    await table.submitTransaction(creations('hundred', 100));
    expect(await rowsOf('hundred')).toHaveLength(100);
    await expect(table.submitTransaction(creations('more', 101))).rejects.toMatchObject({ statusCode: 400 });
    expect(await rowsOf('more')).toHaveLength(0);
  });

  it('roll a failed transaction back as a whole', async () => {
    await table.createEntity({ partitionKey: 'roll', rowKey: '1' });
    await expect(table.submitTransaction(creations('roll', 3))).rejects.toMatchObject({ statusCode: 409 });
    expect(await rowsOf('roll')).toEqual(['1']);
  });
});

describe('the account', () => {
  it('has a key of its own in each run: another key is refused, the well-known account unknown', async () => {
    const otherKey = Buffer.alloc(64, 7).toString('base64');
    const wrongKey = storage.connectionString.replace(storage.key, otherKey);
    await expect(tableOf({ connectionString: wrongKey }, 'denied')).rejects.toMatchObject({ statusCode: 403 });
    const wellKnown = storage.connectionString.replaceAll(/AccountName=aos|\/aos;/g, (text) =>
      text.replace('aos', 'devstoreaccount1'),
    );
    await expect(tableOf({ connectionString: wellKnown }, 'denied')).rejects.toThrow();
    expect(process.env.AZURITE_ACCOUNTS).toBeUndefined();
  });
});
