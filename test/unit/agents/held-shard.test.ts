import { ROOT_CONTEXT } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { DeferredMessages } from '../../../runtime/agents/deferred-messages.ts';
import { HeldShard } from '../../../runtime/agents/held-shard.ts';
import { LayoutChange } from '../../../runtime/agents/layout-change.ts';
import { changedLayout, firstLayout } from '../../../runtime/agents/shard-layout.ts';
import { systemClock as clock } from '../../../runtime/core/clock.ts';
import { silentLogger } from '../../../runtime/core/logger.ts';
import type { DeferrableDelivery } from '../../../runtime/messaging/service-bus-manager.ts';
import { getShardId } from '../../../runtime/sharding/shard-id.ts';

const settle = () => new Promise((resolve) => setImmediate(resolve));

/** An agent that was in shard `from` of 3 and is in shard `to` of 4. */
function agentIn(from: number, to: number): string {
  for (let i = 0; ; i++) if (getShardId(`a${i}`, 3) === from && getShardId(`a${i}`, 4) === to) return `a${i}`;
}

/** A shard held while the count goes from 3 to 4; what it does is written down, and ends when the test says so. */
function heldShard(shard: number, { failFirst = false } = {}) {
  const log: string[] = [];
  const running: (() => void)[] = [];
  const passedElsewhere = new Set<number>();
  let failures = failFirst ? 1 : 0;
  const change = new LayoutChange({
    layout: changedLayout(firstLayout(3), 4),
    store: {
      saveFencePassed: async (session) => {
        if (failures-- > 0) throw new Error('no storage');
        log.push(`passed ${session}`);
      },
      readLayout: async () => undefined,
      replaceLayout: async () => true,
      listFencesPassed: async () => passedElsewhere,
    },
  });
  const held = new HeldShard({
    shard,
    change,
    isStopped: () => false,
    handle: async ({ message }) => {
      log.push(`handle ${message.event_id}`);
      await new Promise<void>((resolve) => running.push(resolve));
      return 'done';
    },
    forward: async ({ message }, to) => {
      log.push(`forward ${message.event_id} to ${to}`);
      return 'done';
    },
    passFence: () => change.pass(shard),
    logger: silentLogger,
  });
  const noRows = {
    saveDeferred: async () => undefined,
    deleteDeferred: async () => undefined,
    listDeferred: async () => [],
  };
  held.begin(
    new DeferredMessages({
      ...{ shard, clock, logger: silentLogger, signal: held.signal },
      store: noRows,
      receive: async () => [],
      isOwn: async () => true,
    }),
  );
  let sequenceNumber = 0n;
  const complete = (what: string) => async () => void log.push(`complete ${what}`);
  return {
    held,
    log,
    endAll: async () => {
      for (const end of running.splice(0)) end();
      await settle();
    },
    passElsewhere: async (session: number) => {
      passedElsewhere.add(session);
      await change.look();
      held.routeAgain();
      await settle();
    },
    event: async (agentId: string, id: string) => {
      const message = { event_id: id, agent_id: agentId, type: 'Work', sent_at: '2026-01-01T00:00:00Z' };
      const ok = async () => undefined;
      sequenceNumber++;
      const delivery: DeferrableDelivery = {
        ...{ message, trace: ROOT_CONTEXT, sequenceNumber, position: sequenceNumber, deliveryCount: 0 },
        ...{ complete: ok, abandon: ok, defer: ok, deadLetter: ok },
      };
      held.add(delivery);
      await settle();
    },
    fence: async (epoch = 1) => {
      held.addFence({ epoch, sequenceNumber: ++sequenceNumber, complete: complete(`fence of epoch ${epoch}`) });
      await settle();
    },
  };
}

describe('a held shard while the layout changes', () => {
  it('lets the fence pass when all in front of it is settled, and goes on behind it', async () => {
    const { held, log, event, fence, endAll } = heldShard(0);
    await event(agentIn(0, 0), 'stays');
    await event(agentIn(0, 3), 'moves');
    await fence();
    await event(agentIn(0, 0), 'behind');
    await event(agentIn(0, 3), 'scheduled');
    expect(log).toEqual(['handle stays', 'handle moves']);
    expect(held.size).toBe(4);
    await endAll();
    expect(log.slice(2)).toEqual(['passed 0', 'complete fence of epoch 1', 'handle behind', 'forward scheduled to 3']);
  });

  it('holds an agent that has moved here back until the fence of its old shard has passed, and no other agent', async () => {
    const { log, event, endAll, passElsewhere } = heldShard(3);
    await event(agentIn(0, 3), 'of 0, first');
    await event(agentIn(1, 3), 'of 1');
    await event(agentIn(0, 3), 'of 0, second');
    expect(log).toEqual([]);
    await passElsewhere(1);
    expect(log).toEqual(['handle of 1']);
    await passElsewhere(0);
    await endAll();
    await endAll();
    expect(log).toEqual(['handle of 1', 'handle of 0, first', 'handle of 0, second']);
  });

  it('tries again to pass a fence when that could not be written', async () => {
    const { held, log, fence, event } = heldShard(0, { failFirst: true });
    await fence();
    await event(agentIn(0, 0), 'behind');
    expect(log).toEqual([]);
    held.tryFence();
    await settle();
    expect(log).toEqual(['passed 0', 'complete fence of epoch 1', 'handle behind']);
  });

  it('takes a second fence for the first, and one of an older change for passed', async () => {
    const { log, fence, event } = heldShard(0);
    await fence(0);
    await fence();
    await fence();
    await event(agentIn(0, 0), 'behind');
    expect(log).toEqual([
      'complete fence of epoch 0',
      'passed 0',
      'complete fence of epoch 1',
      'complete fence of epoch 1',
      'handle behind',
    ]);
  });

  it('lets nothing behind the fence of a change that it does not know', async () => {
    const { log, fence, event } = heldShard(0);
    await fence(2);
    await event(agentIn(0, 0), 'behind');
    expect(log).toEqual([]);
  });

  it('finishes what is being handled, and no more, when it is told to drop what waits', async () => {
    const { held, log, event, endAll } = heldShard(0);
    await event(agentIn(0, 0), 'first');
    await event(agentIn(0, 0), 'second');
    held.dropWaiting();
    await event(agentIn(0, 3), 'late');
    await endAll();
    await held.idle();
    expect(log).toEqual(['handle first']);
    expect(held.signal.aborted).toBe(false);
  });

  it('forgets what waits when it is lost', async () => {
    const { held, log, event, endAll } = heldShard(0);
    await event(agentIn(0, 0), 'first');
    await event(agentIn(0, 0), 'second');
    held.close(new Error('lost'));
    await endAll();
    await held.idle();
    expect(log).toEqual(['handle first']);
    expect(held.signal.aborted).toBe(true);
  });
});
