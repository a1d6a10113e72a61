import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { AgentSwitch } from '../../../runtime/agents/agent-switch.ts';
import { joinLayout } from '../../../runtime/agents/layout-agreement.ts';
import { LayoutChange } from '../../../runtime/agents/layout-change.ts';
import { LifeBook } from '../../../runtime/agents/life-book.ts';
import { ReplicaDirectory } from '../../../runtime/agents/replica-directory.ts';
import { fencedSessions, type ShardLayout } from '../../../runtime/agents/shard-layout.ts';
import { ShardWorker } from '../../../runtime/agents/shard-worker.ts';
import { type ReplicaRecord, StateStore } from '../../../runtime/agents/state-store.ts';
import type { LocalStorage } from '../../../runtime/cloud/storage/index.ts';
import type { ReplicaView } from '../../../runtime/contracts/http.ts';
import { systemClock as clock } from '../../../runtime/core/clock.ts';
import { silentLogger as logger } from '../../../runtime/core/logger.ts';
import { AGENT_MESSAGES, entities } from '../../../runtime/messaging/entities.ts';
import { ServiceBusManager } from '../../../runtime/messaging/service-bus-manager.ts';
import { getShardId } from '../../../runtime/sharding/shard-id.ts';
import { TableManager } from '../../../runtime/storage/table-manager.ts';
import { startBroker } from '../servicebus/use-broker.ts';
import { startTestStorage } from '../storage/clients.ts';

let storage: LocalStorage;
beforeAll(async () => {
  storage = await startTestStorage();
});
afterAll(() => storage.dispose());

const NO_CACHE: ReplicaView['cache'] = {
  ...{ entries: 0, max_entries: 0, semantic_entries: 0, mode: 'off', embedder: 'none', misses: 0 },
  hits: { exact: 0, normalised: 0, semantic: 0 },
  shadow: { checked: 0, false_hits: 0, false_hit_bound: 1, switched_off: [] },
};
const AGENTS = Array.from({ length: 40 }, (_, i) => `agent_${i}`);
let tables = 0;

/** A bus and a table of its own; replicas without agents' code, which write down what they handle. */
async function useSystem() {
  const broker = await startBroker(entities);
  onTestFinished(async () => void (await broker.stop()));
  const table = new TableManager({ connection: storage.connectionString, table: `layout${++tables}`, logger });
  await table.ensure();
  const store = new StateStore(table);
  const handled: { agent: string; event: string; replica: string }[] = [];

  /** A replica that says of itself what it wants and holds, but has no part in the shards yet. */
  function directoryOf(replica: string, wanted: number) {
    const self = { shards: wanted, state: 'running' as ReplicaView['state'], held: (): number[] => [] };
    const describeSelf = async (): Promise<Omit<ReplicaRecord, 'heartbeatAt'>> => ({
      view: {
        ...{
          replica,
          state: 'running',
          pid: 1,
          started_at: '',
          shards: self.held(),
          lanes: [],
          breakers: [],
          limits: [],
        },
        cache: NO_CACHE,
        memory_bytes: 0,
      },
      metrics: { counters: [], histograms: [] },
      backlog: {},
      shards: self.shards,
    });
    return { self, directory: new ReplicaDirectory({ replica, store, clock, describe: describeSelf }) };
  }

  /** As a replica starts: says what it wants, agrees, puts the fences, takes shards. */
  async function start(replica: string, wanted: number) {
    const { self, directory } = directoryOf(replica, wanted);
    await directory.beat();
    const layout = await joinLayout({ wanted, replica, store, directory, clock, logger });
    self.shards = layout.shards;
    const bus = new ServiceBusManager({ connection: broker.connectionString, numShards: layout.sessions, logger });
    await Promise.all(fencedSessions(layout).map((shard) => bus.sendFence(shard, layout.epoch)));
    const switches = new AgentSwitch({ store });
    const worker = new ShardWorker({
      ...{ replica, bus, directory, switches, store, clock, logger },
      change: new LayoutChange({ layout, store }),
      handle: async (delivery) => {
        handled.push({ agent: delivery.message.agent_id, event: delivery.message.event_id, replica });
        await delivery.complete();
        return 'done';
      },
      lives: new LifeBook({ store, switches, clock, logger }),
      onTurned: async () => undefined,
      onTaken: async () => undefined,
      onGiven: async () => undefined,
      onOutdated: () => undefined,
    });
    self.held = () => worker.shards;
    let silent = false;
    const beat = () => void (silent || directory.beat());
    worker.onChanged(beat);
    const beats = setInterval(beat, 500);
    onTestFinished(() => clearInterval(beats));
    const stop = async () => {
      clearInterval(beats);
      await worker.stop();
      await bus.dispose();
      self.state = 'stopped';
      await directory.beat();
    };
    const fallSilent = () => {
      silent = true;
    };
    return { layout, worker, bus, switches, run: () => worker.start(), stop, fallSilent };
  }

  return { broker, store, handled, directoryOf, start };
}

const message = (agentId: string, n: number) => ({
  event_id: `${agentId}:${n}`,
  agent_id: agentId,
  type: 'Work',
  data: { n },
  sent_at: new Date().toISOString(),
});

/** One event for each agent, sent by the layout of the replica. */
const sendRound = (bus: ServiceBusManager, { shards }: ShardLayout, n: number) =>
  Promise.all(AGENTS.map((agent) => bus.sendToShard(getShardId(agent, shards), message(agent, n))));

async function until(look: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 20_000;
  while (!(await look())) {
    if (performance.now() > end) throw new Error(`did not happen: ${look}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const eventsOf = (handled: readonly { agent: string; event: string }[], agent: string) =>
  handled.filter((one) => one.agent === agent).map(({ event }) => Number(event.split(':')[1]));

describe('the number of shards', () => {
  it('changes between runs, from 10 to 11, to 10, to 3: nothing is lost or overtaken, though messages wait', async () => {
    const { start, store, handled } = await useSystem();
    let round = 0;
    for (const shards of [10, 11, 10, 3]) {
      const [one, two] = [await start('replica-1', shards), await start('replica-2', shards)];
      expect(one.layout).toEqual(two.layout);
      expect(one.layout).toMatchObject({ shards, sessions: Math.max(10, one.layout.sessions) });
      // Waits in the sessions of this layout when the next one begins, in front of its fences …
      await sendRound(one.bus, one.layout, round++);
      // … while these are sent before anybody holds a shard again.
      await sendRound(two.bus, two.layout, round++);
      await Promise.all([one.run(), two.run()]);
      await until(async () => (await store.readLayout())?.layout.previous === undefined);
      await until(() => handled.length === AGENTS.length * round);
      await until(() => one.worker.shards.length + two.worker.shards.length === one.layout.sessions);
      await Promise.all([one.stop(), two.stop()]);
      const late = await start('replica-1', shards);
      await sendRound(late.bus, late.layout, round++);
      await late.stop();
    }
    const last = await start('replica-1', 3);
    await last.run();
    await until(() => handled.length === AGENTS.length * round);
    for (const agent of AGENTS) expect(eventsOf(handled, agent)).toEqual(Array.from({ length: round }, (_, n) => n));
    await last.stop();
  }, 60_000);

  it('sends a scheduled message on to the shard that its agent lives in when it is due', async () => {
    const { start, store, handled } = await useSystem();
    const agent = AGENTS.find((id) => getShardId(id, 10) !== getShardId(id, 3))!;
    const before = await start('replica-1', 10);
    const at = new Date(Date.now() + 3000);
    await before.bus.scheduleToShard(getShardId(agent, 10), message(agent, 2), at);
    await before.stop();
    const after = await start('replica-1', 3);
    await after.bus.sendToShard(getShardId(agent, 3), message(agent, 1));
    await after.run();
    await until(async () => (await store.readLayout())?.layout.previous === undefined);
    await until(() => handled.length === 2);
    expect(Date.now()).toBeGreaterThanOrEqual(at.getTime());
    expect(eventsOf(handled, agent)).toEqual([1, 2]);
    await after.stop();
  });

  it('stays while a replica lives that runs with another one, and until the last change is finished', async () => {
    const { start } = await useSystem();
    const first = await start('replica-1', 10);
    await first.run();
    const second = await start('replica-2', 11);
    expect(second.layout).toMatchObject({ epoch: 0, shards: 10 });
    await Promise.all([first.stop(), second.stop()]);

    const third = await start('replica-1', 11);
    expect(third.layout).toMatchObject({ epoch: 1, shards: 11, previous: 10 });
    await third.stop();
    // Nobody has held a session: no fence has passed.
    const fourth = await start('replica-1', 12);
    expect(fourth.layout).toMatchObject({ epoch: 1, shards: 11, previous: 10 });
    await fourth.run();
    await until(async () => fourth.worker.shards.length === 11);
    await fourth.stop();
  });

  it('is agreed on by replicas that start at the same moment with different ones', async () => {
    const { start, store } = await useSystem();
    await (await start('replica-1', 10)).stop();
    for (const pair of [
      [11, 11],
      [12, 13],
    ] as const) {
      const [one, two] = await Promise.all([start('replica-1', pair[0]), start('replica-2', pair[1])]);
      expect(one.layout).toEqual(two.layout);
      await Promise.all([one.run(), two.run()]);
      await until(async () => (await store.readLayout())?.layout.previous === undefined);
      await Promise.all([one.stop(), two.stop()]);
    }
  });

  it('ends the part of a replica that was silent while the others changed it', async () => {
    const { start } = await useSystem();
    const silent = await start('replica-1', 10);
    await silent.run();
    // As if it had been paused until the others took it for lost, and had no lock any more.
    silent.fallSilent();
    const after = await start('replica-2', 11);
    expect(after.layout.epoch).toBe(1);
    await until(() => silent.worker.shards.length === 0);
    await after.run();
    await until(() => after.worker.shards.length === 11);
    await after.stop();
    await silent.bus.dispose();
  });
});

describe('a stopped agent', () => {
  const agent = AGENTS.find((id) => getShardId(id, 10) !== getShardId(id, 3))!;
  const sendTo = async (bus: ServiceBusManager, { shards }: ShardLayout, ...events: number[]) => {
    for (const n of events) await bus.sendToShard(getShardId(agent, shards), message(agent, n));
  };

  /** The agent is stopped and has three events when its replica ends; two more come by the layout of the next one. */
  async function useStopped() {
    const { start, store, handled, broker } = await useSystem();
    const before = await start('replica-1', 10);
    await before.switches.turn(agent, 'stop');
    await before.run();
    await sendTo(before.bus, before.layout, 0, 1, 2);
    const deferred = async () => (await broker.stats()).find(({ name }) => name === AGENT_MESSAGES)?.deferred;
    await until(async () => (await deferred()) === 3);
    expect(await store.listDeferred(getShardId(agent, 10))).toHaveLength(3);
    await before.stop();
    const after = await start('replica-2', 3);
    await sendTo(after.bus, after.layout, 3, 4);
    return { after, store, handled, deferred };
  }

  it('takes what waits for it along when the number of shards changes, in front of what came later', async () => {
    const { after, store, handled, deferred } = await useStopped();
    await after.run();
    await until(async () => (await store.readLayout())?.layout.previous === undefined);
    await until(async () => (await deferred()) === 5);
    expect(await store.listDeferred(getShardId(agent, 10))).toEqual([]);
    expect(handled).toEqual([]);
    await after.switches.turn(agent, 'start');
    await until(() => handled.length === 5);
    expect(eventsOf(handled, agent)).toEqual([0, 1, 2, 3, 4]);
    await until(async () => (await store.listDeferred(getShardId(agent, 3))).length === 0);
    await after.stop();
  });

  it('is overtaken by nothing, though it is started before the change is finished', async () => {
    const { after, store, handled } = await useStopped();
    await after.switches.turn(agent, 'start');
    await after.run();
    await until(() => handled.length === 5);
    expect(eventsOf(handled, agent)).toEqual([0, 1, 2, 3, 4]);
    for (const shards of [10, 3])
      await until(async () => (await store.listDeferred(getShardId(agent, shards))).length === 0);
    await after.stop();
  });
});
