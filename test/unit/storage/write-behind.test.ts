import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../runtime/core/clock.ts';
import { createLogger, type LogRecord } from '../../../runtime/core/logger.ts';
import { type CheckedEntity, checkEntity } from '../../../runtime/storage/entity.ts';
import { WriteBehind, type WriteBehindOptions, type WriteOutcome } from '../../../runtime/storage/write-behind.ts';

const written = (): WriteOutcome => ({ failed: [], refused: [], error: undefined });

/** A writer whose storage does what `storage` says; everything that came through is in `stored`. */
function start(options: WriteBehindOptions = {}) {
  const clock = new ManualClock();
  const logs: LogRecord[] = [];
  const batches: string[][] = [];
  const storage = {
    outcome: (_rows: readonly CheckedEntity[]): WriteOutcome | Promise<WriteOutcome> => written(),
  };
  const writer = new WriteBehind(
    {
      name: 'conversations',
      check: checkEntity,
      write: async (rows) => {
        batches.push(rows.map(({ rowKey }) => rowKey));
        return storage.outcome(rows);
      },
      clock,
      logger: createLogger({ scope: 'test', write: (record) => logs.push(record) }),
    },
    options,
  );
  const add = (...keys: string[]) => {
    for (const rowKey of keys) writer.add({ partitionKey: 'p', rowKey });
  };
  const away = () => {
    storage.outcome = (rows) => ({ failed: [...rows], refused: [], error: new Error('away') });
  };
  const back = () => {
    storage.outcome = written;
  };
  return { clock, logs, batches, storage, writer, add, away, back };
}

describe('write-behind', () => {
  it('writes what came within a while together', async () => {
    const { clock, batches, add } = start({ flushMs: 500 });
    add('1');
    await clock.advance(400);
    add('2');
    expect(batches).toEqual([]);
    await clock.advance(100);
    expect(batches).toEqual([['1', '2']]);
    await clock.advance(10_000);
    expect(batches).toHaveLength(1);
  });

  it('does not wait when there are many rows', async () => {
    const { clock, batches, add } = start({ flushMs: 500, flushRows: 3 });
    add('1', '2');
    await clock.advance(0);
    expect(batches).toEqual([]);
    add('3', '4');
    await clock.advance(0);
    expect(batches).toEqual([['1', '2', '3', '4']]);
  });

  it('does not wait when there are many bytes, and waits again after them', async () => {
    const { clock, batches, add, writer } = start({ flushMs: 500, flushBytes: 10_000 });
    writer.add({ partitionKey: 'p', rowKey: 'large', text: 'x'.repeat(9_000) });
    await clock.advance(0);
    expect(batches).toEqual([]);
    add('1', '2');
    await clock.advance(0);
    expect(batches).toEqual([['large', '1', '2']]);
    add('3');
    await clock.advance(0);
    expect(batches).toHaveLength(1);
    await clock.advance(500);
    expect(batches[1]).toEqual(['3']);
  });

  it('writes a failed batch again, ever more slowly, before newer rows, and then goes on as before', async () => {
    const { clock, batches, logs, add, away, back } = start({
      flushMs: 100,
      retryDelayMs: 1000,
      maxRetryDelayMs: 3000,
    });
    away();
    add('1');
    await clock.advance(100);
    add('2');
    expect(batches).toEqual([['1']]);
    await clock.advance(1000);
    expect(batches).toEqual([['1'], ['1', '2']]);
    await clock.advance(1999);
    expect(batches).toHaveLength(2);
    await clock.advance(1);
    expect(batches).toHaveLength(3);
    expect(logs.map(({ level, fields }) => [level, fields?.rows, fields?.retryMs])).toEqual([
      ['warn', 1, 1000],
      ['warn', 2, 2000],
      ['warn', 2, 3000],
    ]);
    back();
    await clock.advance(3000);
    expect(batches.at(-1)).toEqual(['1', '2']);
    add('3');
    await clock.advance(100);
    expect(batches.at(-1)).toEqual(['3']);
  });

  it('takes a write that throws for a failed one', async () => {
    const { clock, batches, storage, add, back } = start();
    storage.outcome = () => Promise.reject(new Error('broken'));
    add('1');
    await clock.advance(500);
    back();
    await clock.advance(1000);
    expect(batches).toEqual([['1'], ['1']]);
  });

  it('says which rows storage refuses, and does not try them again', async () => {
    const { clock, logs, batches, storage, add } = start();
    storage.outcome = (rows) => ({ failed: [], refused: rows.slice(0, 1), error: new Error('bad') });
    add('1', '2');
    await clock.advance(60_000);
    expect(batches).toEqual([['1', '2']]);
    expect(logs).toMatchObject([
      { level: 'error', fields: { table: 'conversations', partitionKey: 'p', rowKey: '1' } },
    ]);
  });

  it('logs a row that cannot be stored instead of throwing into whoever adds it', async () => {
    const { logs, writer } = start();
    writer.add({ partitionKey: 'p', rowKey: 'a/b' });
    expect(logs).toMatchObject([{ level: 'error', fields: { rowKey: 'a/b', error: { name: 'AosError' } } }]);
  });

  it('keeps a bounded number of rows while storage is away, the newest ones, and says what it gives up', async () => {
    const { clock, logs, batches, add, away, back } = start({ maxPendingRows: 2 });
    away();
    add('1', '2');
    await clock.advance(500);
    add('3');
    back();
    await clock.advance(1000);
    expect(batches.at(-1)).toEqual(['2', '3']);
    expect(logs).toContainEqual(
      expect.objectContaining({ level: 'error', fields: { table: 'conversations', rows: 1 } }),
    );
  });

  it('keeps a bounded number of bytes while storage is away', async () => {
    const { clock, logs, batches, writer, away, back } = start({ maxPendingBytes: 50_000 });
    away();
    for (const rowKey of ['1', '2', '3', '4']) {
      writer.add({ partitionKey: 'p', rowKey, text: 'x'.repeat(20_000) });
      await clock.advance(500);
    }
    back();
    await writer.flush();
    expect(batches.at(-1)).toEqual(['3', '4']);
    expect(logs.filter(({ level }) => level === 'error').map(({ fields }) => fields?.rows)).toEqual([1, 1]);
  });

  it('flushes on demand, one write after the other', async () => {
    const { batches, clock, storage, writer, add, back } = start();
    const slow = Promise.withResolvers<WriteOutcome>();
    storage.outcome = () => slow.promise;
    add('1');
    const first = writer.flush();
    await clock.advance(0);
    add('2');
    const second = writer.flush();
    await clock.advance(0);
    expect(batches).toEqual([['1']]);
    back();
    slow.resolve(written());
    await Promise.all([first, second]);
    expect(batches).toEqual([['1'], ['2']]);
  });

  it('says when a flush failed; the next one writes what was left', async () => {
    const { batches, writer, add, away, back } = start();
    away();
    add('1');
    await expect(writer.flush()).rejects.toMatchObject({ code: 'AOS_STORAGE', message: expect.stringMatching(/away/) });
    back();
    await writer.flush();
    expect(batches).toEqual([['1'], ['1']]);
  });

  it('writes the rest when it is closed, once, and refuses later rows loudly', async () => {
    const { clock, logs, batches, writer, add } = start();
    add('1');
    await Promise.all([writer.dispose(), writer.dispose()]);
    add('2');
    await clock.advance(10_000);
    expect(batches).toEqual([['1']]);
    expect(logs).toMatchObject([{ level: 'error', fields: { rowKey: '2' } }]);
  });

  it('says what is lost if the rest cannot be written', async () => {
    const { clock, logs, batches, writer, add, away } = start();
    away();
    add('1', '2');
    await expect(writer.dispose()).rejects.toMatchObject({ code: 'AOS_STORAGE' });
    await clock.advance(60_000);
    expect(batches).toHaveLength(1);
    expect(logs).toMatchObject([{ level: 'error', fields: { table: 'conversations', rows: 2 } }]);
  });
});
