import { describe, expect, it } from 'vitest';
import { HandledLog } from '../../../runtime/agents/handled-log.ts';
import { ManualClock } from '../../../runtime/core/clock.ts';

/** The state of a session; its writes end when the test says so. */
function shardState() {
  let state: Uint8Array | undefined;
  const writes: { bytes: number; end: () => void }[] = [];
  return {
    writes,
    readState: async () => state,
    writeState: (next: Uint8Array) =>
      new Promise<void>((resolve) => {
        writes.push({
          bytes: next.length,
          end: () => {
            state = next;
            resolve();
          },
        });
      }),
  };
}

const clock = () => new ManualClock();

async function addAll(log: HandledLog, shard: ReturnType<typeof shardState>, ids: readonly string[]): Promise<void> {
  const added = Promise.all(ids.map((id) => log.add(id)));
  let done = false;
  void added.then(() => (done = true));
  while (!done) {
    shard.writes.shift()?.end();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('HandledLog', () => {
  it('tells the next owner of the shard what was handled', async () => {
    const shard = shardState();
    const time = clock();
    await addAll(await HandledLog.open(shard, time), shard, ['a', 'b']);
    const next = await HandledLog.open(shard, time);
    expect(['a', 'b', 'c'].map((id) => next.has(id))).toEqual([true, true, false]);
  });

  it('writes once for all events that end while a write is under way', async () => {
    const shard = shardState();
    const log = await HandledLog.open(shard, clock());
    const added = ['a', 'b', 'c', 'd'].map((id) => log.add(id));
    expect(shard.writes).toHaveLength(1);
    shard.writes[0]!.end();
    await added[0];
    await Promise.resolve();
    expect(shard.writes).toHaveLength(2);
    shard.writes[1]!.end();
    await Promise.all(added);
    expect(shard.writes).toHaveLength(2);
  });

  it('forgets after ten minutes', async () => {
    const shard = shardState();
    const time = clock();
    const log = await HandledLog.open(shard, time);
    await addAll(log, shard, ['old']);
    await time.advance(599_000);
    expect(log.has('old')).toBe(true);
    await time.advance(1000);
    expect(log.has('old')).toBe(false);
  });

  it('keeps its state small: the newest events only', async () => {
    const shard = shardState();
    const log = await HandledLog.open(shard, clock());
    await addAll(
      log,
      shard,
      Array.from({ length: 5000 }, (_, i) => `event ${i}`),
    );
    await addAll(log, shard, ['last']);
    const next = await HandledLog.open(shard, clock());
    expect(next.has('event 10')).toBe(false);
    expect(next.has('event 4999')).toBe(true);
    expect((await shard.readState())!.length).toBeLessThan(32 * 1024);
  });

  it('knows nothing after a state that it did not write', async () => {
    const foreign = { readState: async () => Buffer.from('{"a":1}'), writeState: async () => undefined };
    expect((await HandledLog.open(foreign, clock())).has('a')).toBe(false);
  });
});
