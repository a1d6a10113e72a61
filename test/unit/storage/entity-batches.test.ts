import { describe, expect, it } from 'vitest';
import { checkEntity } from '../../../runtime/storage/entity.ts';
import { MAX_BATCH_BYTES, toBatches } from '../../../runtime/storage/entity-batches.ts';

const entity = (partitionKey: string, rowKey: string, text = '') => checkEntity({ partitionKey, rowKey, text });
const rows = (partitionKey: string, count: number, text = '') =>
  Array.from({ length: count }, (_, n) => entity(partitionKey, String(n), text));
const sizes = (entities: ReturnType<typeof rows>) =>
  toBatches(entities).map(({ transactions }) => transactions.map((transaction) => transaction.length));

describe('toBatches', () => {
  it('groups by partition, at most a hundred in a transaction', () => {
    const mixed = rows('a', 250).flatMap((row, n) => (n < 30 ? [row, entity('b', String(n))] : [row]));
    expect(sizes(mixed)).toEqual([[100, 100, 50], [30]]);
    expect(toBatches(mixed).map(({ partitionKey }) => partitionKey)).toEqual(['a', 'b']);
  });

  it('is empty for nothing', () => {
    expect(toBatches([])).toEqual([]);
  });

  it('cuts at 4 MiB', () => {
    const [batch] = toBatches(rows('a', 100, 'ä'.repeat(30_000)));
    const bytes = batch?.transactions.map((t) => Buffer.byteLength(JSON.stringify(t))) ?? [];
    expect(bytes.length).toBeGreaterThan(1);
    expect(Math.max(...bytes)).toBeLessThan(MAX_BATCH_BYTES);
    expect(batch?.transactions.flat()).toHaveLength(100);
  });

  it('counts what escaping adds to a text', () => {
    const [plain, escaped] = ['x', '\n'].map((sign) => toBatches(rows('a', 100, sign.repeat(30_000)))[0]);
    expect(plain?.transactions).toHaveLength(1);
    expect(escaped?.transactions).toHaveLength(2);
  });

  it('puts two entities with the same keys into different transactions, the later one later', () => {
    const texts = [entity('a', '1', 'first'), entity('a', '2'), entity('a', '1', 'second'), entity('a', '2', 'again')];
    const [batch] = toBatches(texts);
    expect(batch?.transactions.map((t) => t.map(({ rowKey, text }) => [rowKey, text]))).toEqual([
      [
        ['1', 'first'],
        ['2', ''],
      ],
      [
        ['1', 'second'],
        ['2', 'again'],
      ],
    ]);
  });

  it('lets a repeated entity not hold back the others', () => {
    const repeated = Array.from({ length: 3 }, () => entity('a', 'same'));
    expect(sizes([...repeated, ...rows('a', 100)])).toEqual([[100, 2, 1]]);
  });
});
