import { ROOT_CONTEXT } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { DeferredMessages } from '../../../runtime/agents/deferred-messages.ts';
import { HeldShard } from '../../../runtime/agents/held-shard.ts';
import { LayoutChange } from '../../../runtime/agents/layout-change.ts';
import { changedLayout, firstLayout, type ShardLayout } from '../../../runtime/agents/shard-layout.ts';
import type { DeferredRecord } from '../../../runtime/agents/state-store.ts';
import { ManualClock } from '../../../runtime/core/clock.ts';
import { silentLogger as logger } from '../../../runtime/core/logger.ts';
import type { DeferrableDelivery } from '../../../runtime/messaging/service-bus-manager.ts';
import { getShardId } from '../../../runtime/sharding/shard-id.ts';

const settle = () => new Promise((resolve) => setImmediate(resolve));
const SHARD = 0;

/** An agent that stays in shard 0 when the count goes from 3 to 4, and one that moves to shard 3. */
const agentIn = (after: number) =>
  Array.from({ length: 1000 }, (_, i) => `a${i}`).find((id) => getShardId(id, 3) === 0 && getShardId(id, 4) === after)!;
const STAYS = agentIn(0);
const MOVES = agentIn(3);

/** What outlives a replica: the rows, and the messages that were put aside on the bus. */
function world() {
  const rows = new Map<number, DeferredRecord[]>();
  const aside = new Map<bigint, DeferrableDelivery>();
  const stopped = new Set<string>();
  const log: string[] = [];
  const problems = { write: 0, lost: false, failures: new Map<string, number>() };
  let sequenceNumber = 0n;
  const store = {
    saveDeferred: async (shard: number, records: readonly DeferredRecord[]) => {
      if (problems.write-- > 0) throw new Error('no storage');
      const others = (rows.get(shard) ?? []).filter(
        (row) => !records.some(({ position }) => position === row.position),
      );
      rows.set(shard, [...others, ...records]);
      log.push(`written in ${shard}: ${records.map(({ position }) => position).join(' ')}`);
    },
    deleteDeferred: async (shard: number, position: bigint) => {
      const left = (rows.get(shard) ?? []).filter((row) => row.position !== position);
      rows.set(shard, left);
    },
    listDeferred: async (shard: number) => rows.get(shard) ?? [],
  };

  /** A replica takes the shard. */
  async function take(layout: ShardLayout = firstLayout(3)) {
    const clock = new ManualClock();
    const running: (() => void)[] = [];
    const change = new LayoutChange({
      layout,
      store: {
        saveFencePassed: async (session) => void log.push(`passed ${session}`),
        readLayout: async () => undefined,
        replaceLayout: async () => true,
        listFencesPassed: async () => new Set<number>(),
      },
    });
    const forward = async (
      { message, sequenceNumber: number }: { message: { event_id: string }; sequenceNumber: bigint },
      to: number,
    ) => {
      log.push(`forwarded ${message.event_id} to ${to}`);
      aside.delete(number);
      return 'done' as const;
    };
    const held: HeldShard = new HeldShard({
      ...{ shard: SHARD, change, logger },
      isStopped: (agentId) => stopped.has(agentId),
      handle: async (delivery) => {
        const { event_id: id } = delivery.message;
        await new Promise<void>((resolve) => running.push(resolve));
        const failures = problems.failures.get(id) ?? 0;
        problems.failures.set(id, failures - 1);
        log.push(failures > 0 ? `failed ${id}` : `handled ${id}`);
        if (failures > 0) return 'again';
        aside.delete(delivery.sequenceNumber);
        return 'done';
      },
      forward: (delivery, to) => forward(delivery, to),
      passFence: async (deferred) => {
        const to = getShardId(MOVES, 4);
        await deferred.moveTo(to, MOVES, (delivery) => forward(delivery, to));
        await change.pass(SHARD);
      },
    });
    const deferred = new DeferredMessages({
      ...{ shard: SHARD, store, clock, logger, signal: held.signal },
      isOwn: async () => !problems.lost,
      receive: async (numbers) => numbers.flatMap((number) => aside.get(number) ?? []),
    });
    await deferred.read();
    held.begin(deferred);
    await settle();
    const event = async (agentId: string, id: string, position?: bigint) => {
      sequenceNumber++;
      const ok = async () => undefined;
      const delivery: DeferrableDelivery = {
        message: { event_id: id, agent_id: agentId, type: 'Work', sent_at: '2026-01-01T00:00:00Z' },
        ...{ trace: ROOT_CONTEXT, sequenceNumber, position: position ?? sequenceNumber, deliveryCount: 0 },
        ...{ complete: ok, abandon: ok, deadLetter: ok },
        defer: async () => {
          log.push(`put ${id} aside`);
          aside.set(delivery.sequenceNumber, delivery);
        },
      };
      held.add(delivery);
      await settle();
    };
    /** Ends what is being handled, one after the other, so often. */
    const end = async (times: number) => {
      for (let n = 0; n < times; n++) {
        running.shift()?.();
        await settle();
      }
    };
    const turn = async (agentId: string, state: 'stopped' | 'started') => {
      if (state === 'stopped') stopped.add(agentId);
      else stopped.delete(agentId);
      held.resume(agentId);
      await settle();
    };
    const fence = async () => {
      held.addFence({ epoch: 1, sequenceNumber: ++sequenceNumber, complete: async () => undefined });
      await settle();
    };
    return { held, clock, event, end, turn, fence };
  }
  return { take, log, rows, aside, stopped, problems, rowsOf: (shard: number) => rows.get(shard)?.length ?? 0 };
}

describe('messages of a stopped agent', () => {
  it('are written down and then put aside, while other agents of the shard go on', async () => {
    const { take, log, aside } = world();
    const { held, event, end, turn } = await take();
    await turn(STAYS, 'stopped');
    await event(STAYS, 'first');
    await event(MOVES, 'of another');
    await end(1);
    expect(log).toEqual(['written in 0: 1', 'put first aside', 'handled of another']);
    expect(aside.size).toBe(1);
    expect(held.size).toBe(1);
  });

  it('wait from the next one on: what is being handled is finished', async () => {
    const { take, log } = world();
    const { event, end, turn } = await take();
    await event(STAYS, 'first');
    await event(STAYS, 'second');
    await event(STAYS, 'third');
    await turn(STAYS, 'stopped');
    expect(log).toEqual([]);
    await end(1);
    // One transaction for all that wait.
    expect(log).toEqual(['handled first', 'written in 0: 2 3', 'put second aside', 'put third aside']);
  });

  it('are handled in order, before what came later, by whichever replica has the shard then', async () => {
    const { take, log, rowsOf, aside } = world();
    const first = await take();
    await first.turn(STAYS, 'stopped');
    for (const id of ['1', '2', '3']) await first.event(STAYS, id);
    first.held.close(new Error('the replica was killed'));
    log.length = 0;
    const second = await take();
    await second.event(STAYS, '4');
    expect(log).toEqual(['written in 0: 4', 'put 4 aside']);
    await second.turn(STAYS, 'started');
    await second.event(STAYS, '5');
    await second.end(5);
    expect(log.slice(2)).toEqual(['handled 1', 'handled 2', 'handled 3', 'handled 4', 'handled 5']);
    expect([rowsOf(SHARD), aside.size, second.held.size]).toEqual([0, 0, 0]);
  });

  it('are received again when one was given back, and not overtaken meanwhile', async () => {
    const { take, log, problems } = world();
    const { event, end, turn } = await take();
    await turn(STAYS, 'stopped');
    for (const id of ['1', '2']) await event(STAYS, id);
    problems.failures.set('1', 2);
    await turn(STAYS, 'started');
    await end(4);
    expect(log.slice(4)).toEqual(['failed 1', 'failed 1', 'handled 1', 'handled 2']);
  });

  it('stay where they are when the agent is stopped again before they were handled', async () => {
    const { take, log, rowsOf } = world();
    const { event, end, turn } = await take();
    await turn(STAYS, 'stopped');
    for (const id of ['1', '2', '3']) await event(STAYS, id);
    log.length = 0;
    await turn(STAYS, 'started');
    await turn(STAYS, 'stopped');
    await end(3);
    expect(log).toEqual(['handled 1']);
    expect(rowsOf(SHARD)).toBe(2);
    await turn(STAYS, 'started');
    await end(2);
    expect(log).toEqual(['handled 1', 'handled 2', 'handled 3']);
  });

  it('are tried to be written down again, and not given back, while storage is away', async () => {
    const { take, log, problems } = world();
    const { clock, event, turn } = await take();
    await turn(STAYS, 'stopped');
    problems.write = 1;
    await event(STAYS, 'first');
    expect(log).toEqual([]);
    clock.advance(500);
    await settle();
    expect(log).toEqual(['written in 0: 1', 'put first aside']);
  });

  it('are not missed when a crash left a row without its message', async () => {
    const { take, log, rows, rowsOf } = world();
    rows.set(SHARD, [{ agentId: STAYS, position: 7n, sequenceNumber: 7n }]);
    const { event, end } = await take();
    await event(STAYS, 'first');
    await end(1);
    expect(log).toEqual(['handled first']);
    expect(rowsOf(SHARD)).toBe(0);
  });
});

describe('messages of a stopped agent that moves', () => {
  const change = changedLayout(firstLayout(3), 4);

  it('go to its new shard in order before the fence of the old one passes, though it is started meanwhile', async () => {
    const { take, log, rows, rowsOf } = world();
    const { event, end, turn, fence } = await take(change);
    await turn(MOVES, 'stopped');
    for (const id of ['1', '2']) await event(MOVES, id);
    log.length = 0;
    await turn(MOVES, 'started');
    await event(MOVES, '3');
    await end(1);
    await fence();
    expect(log).toEqual([
      'written in 0: 3',
      'put 3 aside',
      'written in 3: 1 2 3',
      'forwarded 1 to 3',
      'forwarded 2 to 3',
      'forwarded 3 to 3',
      'passed 0',
    ]);
    expect(rowsOf(SHARD)).toBe(0);
    expect(rows.get(3)).toMatchObject([1n, 2n, 3n].map((position) => ({ position, sequenceNumber: undefined })));
  });

  it('are written down in its new shard by the owner of the old one alone', async () => {
    const { take, log, problems, rowsOf } = world();
    const { event, turn, fence } = await take(change);
    await turn(MOVES, 'stopped');
    await event(MOVES, '1');
    // In a silence of this process; the new owner has sent everything on.
    problems.lost = true;
    await fence();
    expect(rowsOf(3)).toBe(0);
    expect(log.filter((line) => line.startsWith('forwarded'))).toEqual([]);
  });

  it('keep what came to the new shard first waiting until they have come themselves', async () => {
    const { take, log, rows } = world();
    // Shard 0 is the new one here: two messages of its agent are on their way from another shard.
    rows.set(
      SHARD,
      [-2n, -1n].map((position) => ({ agentId: STAYS, position, sequenceNumber: undefined })),
    );
    const { event, end } = await take();
    await event(STAYS, 'newer');
    await event(STAYS, 'older', -2n);
    await end(1);
    expect(log.filter((line) => line.startsWith('handled'))).toEqual([]);
    await event(STAYS, 'old', -1n);
    await end(3);
    expect(log.filter((line) => line.startsWith('handled'))).toEqual(['handled older', 'handled old', 'handled newer']);
  });
});
