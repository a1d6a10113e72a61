import { describe, expect, it, onTestFinished } from 'vitest';
import type { HandledLog } from '../../../runtime/agents/handled-log.ts';
import { LayoutChange } from '../../../runtime/agents/layout-change.ts';
import { changedLayout, firstLayout, type ShardLayout } from '../../../runtime/agents/shard-layout.ts';
import { ManualClock } from '../../../runtime/core/clock.ts';
import { silentLogger } from '../../../runtime/core/logger.ts';
import { type TriggeredMessage, TriggeredShards } from '../../../runtime/functions/triggered-shards.ts';
import type { ShardDelivery } from '../../../runtime/messaging/service-bus-manager.ts';
import { fenceProperties } from '../../../runtime/messaging/shard-delivery.ts';
import { getShardId } from '../../../runtime/sharding/shard-id.ts';

const settle = () => new Promise((resolve) => setImmediate(resolve));

type Handle = (delivery: ShardDelivery, handled: HandledLog, signal: AbortSignal) => Promise<'done' | 'again'>;

const completes: Handle = async (delivery) => {
  await delivery.complete();
  return 'done';
};

/** Shards of a replica; what it does is written down. */
function triggeredShards(handle: Handle = completes, layout: ShardLayout = firstLayout(4)) {
  const log: string[] = [];
  const clock = new ManualClock();
  const passedElsewhere = new Set<number>();
  const shards = new TriggeredShards({
    replica: 'r1',
    change: new LayoutChange({
      layout,
      store: {
        saveFencePassed: async (session) => void log.push(`passed ${session}`),
        readLayout: async () => ({ layout, etag: '1' }),
        replaceLayout: async () => true,
        listFencesPassed: async () => passedElsewhere,
      },
    }),
    bus: {
      openShard: async () => {
        throw new Error('the host takes the sessions');
      },
      forward: async ({ message }, to) => void log.push(`forward ${message.event_id} to ${to}`),
    },
    directory: { others: async () => [] },
    handle: (delivery, handled, { signal }) => {
      log.push(`handle ${delivery.message.event_id}`);
      return handle(delivery, handled, signal);
    },
    lives: {
      takeOver: async () => undefined,
      handOver: async (belongs) => void log.push(`hand over ${belongs(AGENT)}`),
      forget: () => undefined,
    },
    onTaken: async (shard) => void log.push(`taken ${shard}`),
    onGiven: async (shard) => void log.push(`given ${shard}`),
    onOutdated: () => log.push('outdated'),
    clock,
    logger: silentLogger,
  });
  onTestFinished(() => shards.stop());
  return { shards, log, clock, passedElsewhere };
}

const AGENT = agentWhere((id) => getShardId(id, 4) === 1);

function agentWhere(holds: (id: string) => boolean): string {
  for (let i = 0; ; i++) if (holds(`a${i}`)) return `a${i}`;
}

const message = (id: string, more: Partial<TriggeredMessage> = {}, agent = AGENT): TriggeredMessage => ({
  body: { event_id: id, agent_id: agent, type: 'Plan', sent_at: '2026-11-24T12:00:00Z' },
  ...{ sessionId: 'shard-1', sequenceNumber: 1n, deliveryCount: 0, applicationProperties: {}, ...more },
});

describe('shards that a host brings the messages of', () => {
  it('handle a message when the workflows of its shard go on, and write the agent’s life before it is done', async () => {
    const { shards, log } = triggeredShards();
    await shards.receive(message('e1'));
    await shards.receive(message('e2'));
    expect(log).toEqual(['taken 1', 'handle e1', 'hand over true', 'handle e2', 'hand over true']);
    expect(shards.shards).toEqual([1]);
  });

  it('take the messages of a shard one after the other', async () => {
    const ends: (() => void)[] = [];
    const { shards, log } = triggeredShards(async (delivery) => {
      await new Promise<void>((resolve) => ends.push(resolve));
      await delivery.complete();
      return 'done';
    });
    const both = [shards.receive(message('e1')), shards.receive(message('e2'))];
    await settle();
    expect(log).toEqual(['taken 1', 'handle e1']);
    expect(shards.backlog).toEqual({ 1: 2 });
    ends.shift()?.();
    await both[0];
    await settle();
    ends.shift()?.();
    await both[1];
    expect(log.filter((line) => line.startsWith('handle'))).toEqual(['handle e1', 'handle e2']);
    expect(shards.backlog).toEqual({ 1: 0 });
  });

  it('fail where a message is given back, cannot be handled, or is no agent message', async () => {
    const giveBack = triggeredShards(async (delivery) => {
      await delivery.abandon();
      return 'again';
    });
    await expect(giveBack.shards.receive(message('e1'))).rejects.toThrow('The event e1 is given back');
    const refuse = triggeredShards(async (delivery) => {
      await delivery.deadLetter('HandlerFailed', 'no budget');
      return 'done';
    });
    await expect(refuse.shards.receive(message('e1'))).rejects.toThrow('cannot be handled: HandlerFailed. no budget');
    await expect(refuse.shards.receive(message('e1', { body: {} }))).rejects.toThrow('is not an agent message');
    await expect(refuse.shards.receive(message('e1', { sessionId: 'shard-4' }))).rejects.toThrow('is no shard');
  });

  it('know what was handled when it is delivered again', async () => {
    const known: boolean[] = [];
    const { shards } = triggeredShards(async (delivery, handled) => {
      known.push(handled.has(delivery.message.event_id));
      await handled.add(delivery.message.event_id);
      await delivery.complete();
      return 'done';
    });
    await shards.receive(message('e1'));
    await shards.receive(message('e1', { deliveryCount: 1 }));
    expect(known).toEqual([false, true]);
  });

  it('finish what they have when they stop, and fail what takes too long', async () => {
    const { shards } = triggeredShards(async (_delivery, _handled, signal) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      return 'done';
    });
    const failed = expect(shards.receive(message('e1'))).rejects.toThrow('was not finished: the replica leaves');
    await settle();
    const stopped = shards.stop();
    expect(shards.backlog).toEqual({ 1: 1 });
    shards.cutOff();
    await Promise.all([failed, stopped]);
    expect(shards.shards).toEqual([]);
  });

  it('let the workflows of a shard go a minute after its last message, and all of them at the end', async () => {
    const { shards, log, clock } = triggeredShards();
    await shards.receive(message('e1'));
    await clock.advance(59_000);
    await shards.receive(message('e2'));
    await clock.advance(59_000);
    expect(shards.shards).toEqual([1]);
    await clock.advance(1000);
    await settle();
    expect(log.at(-1)).toBe('given 1');
    await shards.receive(message('e3'));
    await shards.stop();
    expect(log.slice(-4)).toEqual(['taken 1', 'handle e3', 'hand over true', 'given 1']);
  });
});

describe('while the number of shards changes from 3 to 4', () => {
  const layout = changedLayout(firstLayout(3), 4);
  const moved = agentWhere((id) => getShardId(id, 3) === 1 && getShardId(id, 4) === 3);

  it('let a fence pass, and send on what stands behind it to its new shard', async () => {
    const { shards, log } = triggeredShards(completes, layout);
    await shards.receive(message('e1', {}, moved));
    await shards.receive(message('fence', { body: { epoch: 1 }, applicationProperties: fenceProperties(1) }));
    await shards.receive(message('e2', {}, moved));
    expect(log.filter((line) => !line.startsWith('hand'))).toEqual(['taken 1', 'passed 1', 'forward e2 to 3']);
    expect(log).toContain('handle e1');
  });

  it('let an agent begin in its new shard when the fence of its old one has passed', async () => {
    const { shards, log, clock, passedElsewhere } = triggeredShards(completes, layout);
    const handled = shards.receive(message('e1', { sessionId: 'shard-3' }, moved));
    await settle();
    expect(log).toEqual(['taken 3']);
    passedElsewhere.add(1);
    await clock.advance(500);
    await handled;
    expect(log).toContain('handle e1');
  });
});
