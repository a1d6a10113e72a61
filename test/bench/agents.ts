import { statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ServiceBusClient } from '@azure/service-bus';
import { Effect, Queue } from 'effect';
import { createActor, fromTransition } from 'xstate';
import { AgentCatalog } from '../../runtime/agents/catalog.ts';
import { Mailbox } from '../../runtime/agents/mailbox.ts';
import type { StateStore } from '../../runtime/agents/state-store.ts';
import { parseConfig } from '../../runtime/contracts/config-file.ts';
import { agentViewSchema } from '../../runtime/contracts/http.ts';
import { systemClock } from '../../runtime/core/clock.ts';
import { AGENT_MESSAGES, sessionOf } from '../../runtime/messaging/entities.ts';
import { getShardId } from '../../runtime/sharding/shard-id.ts';
import { type Figure, interleave, median, medianQuantile, ms, timed } from './support/figures.ts';
import { type Running, temporaryWorkspace, up } from './support/processes.ts';

const AGENTS = 1000;
const EVENTS = 10_000;
const ROUNDS = 7;
/** Until the compiler has made of it what it makes of what runs all day. */
const WARM_UP_ROUNDS = 20;
const BUS_AGENTS = 1000;
const BUS_EVENTS = 10_000;
const SHARDS = 10;
const REGISTERED = 10_000;
const BUS_ROUNDS = 3;
const COUNT_FILE = 'handled';
/** Agents of aos.json are not looked up in storage. */
const NO_STORE = {} as StateStore;

/** Events to agents: mailboxes in this process beside other actor systems, and through the local Service Bus end to end. */
export async function benchAgents(): Promise<Figure[]> {
  return [...(await inProcess()), await shardIds(), ...(await registered()), ...(await throughBus())];
}

async function inProcess(): Promise<Figure[]> {
  const samples = await interleave(ROUNDS, { ours: oursPerSecond, xstate: xstatePerSecond, effect: effectPerSecond });
  const at = (name: keyof typeof samples) => medianQuantile(samples[name], 0.5);
  const rate = (value: number) => `${Math.round(value).toLocaleString('en')} events/s`;
  return (['effect', 'xstate'] as const).map((peer) => ({
    name: `${EVENTS.toLocaleString('en')} events to ${AGENTS.toLocaleString('en')} agents, in process`,
    ours: rate(at('ours')),
    peer: `${peer} ${rate(at(peer))}`,
    ratio: at('ours') / at(peer),
  }));
}

const perSecond = (events: number, startMs: number) => [(events * 1000) / (performance.now() - startMs)];

/** One event at a time for each agent, in order, as in a replica. */
async function oursPerSecond(): Promise<number[]> {
  let handled = 0;
  const done = Promise.withResolvers<void>();
  const handle = async () => {
    if (++handled === EVENTS) done.resolve();
    return 'done' as const;
  };
  const mailboxes = Array.from({ length: AGENTS }, () => new Mailbox(handle, () => undefined));
  const startMs = performance.now();
  for (let n = 0; n < EVENTS; n++) mailboxes[n % AGENTS]?.add({ sequenceNumber: BigInt(n) });
  await done.promise;
  return perSecond(EVENTS, startMs);
}

async function xstatePerSecond(): Promise<number[]> {
  const logic = fromTransition((count: number) => count + 1, 0);
  const actors = Array.from({ length: AGENTS }, () => createActor(logic).start());
  const startMs = performance.now();
  for (let n = 0; n < EVENTS; n++) actors[n % AGENTS]?.send({ type: 'work' });
  return perSecond(EVENTS, startMs);
}

/** A queue and a fiber for each agent. */
async function effectPerSecond(): Promise<number[]> {
  const program = Effect.gen(function* () {
    const queues = yield* Effect.all(Array.from({ length: AGENTS }, () => Queue.unbounded<number>()));
    let handled = 0;
    const done = Promise.withResolvers<void>();
    for (const queue of queues) {
      const work = Effect.gen(function* () {
        yield* Queue.take(queue);
        if (++handled === EVENTS) done.resolve();
      });
      yield* Effect.forkDetach(Effect.forever(work));
    }
    const startMs = performance.now();
    for (let n = 0; n < EVENTS; n++) yield* Queue.offer(queues[n % AGENTS] as (typeof queues)[number], n);
    yield* Effect.promise(() => done.promise);
    const rate = perSecond(EVENTS, startMs);
    for (const queue of queues) yield* Queue.shutdown(queue);
    return rate;
  });
  return Effect.runPromise(program);
}

async function shardIds(): Promise<Figure> {
  const ids = Array.from({ length: EVENTS }, (_, n) => `agent_${n}`);
  const run = async () => {
    const startMs = performance.now();
    for (const id of ids) getShardId(id, SHARDS);
    return [((performance.now() - startMs) * 1e6) / ids.length];
  };
  for (let round = 0; round < WARM_UP_ROUNDS; round++) await run();
  const samples = await interleave(ROUNDS * 3, { run });
  return { name: 'getShardId', ours: `${medianQuantile(samples.run, 0.5).toFixed(0)} ns` };
}

/** An aos.json with ten thousand agents: read, checked, and known. */
async function registered(): Promise<Figure[]> {
  const agents = Array.from({ length: REGISTERED }, (_, n) => ({ id: `agent_${n}`, purpose: `Work on part ${n}.` }));
  const text = JSON.stringify({ name: 'bench', agents });
  const register = () => {
    const parsed = parseConfig(text);
    if (!parsed.ok) throw new Error('the configuration of the benchmark is wrong');
    const catalog = new AgentCatalog({ store: NO_STORE, clock: systemClock });
    catalog.setConfig(parsed.config);
    return catalog;
  };
  const samples = await interleave(ROUNDS, { register: () => timed(1, async () => register()) });
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  const catalog = register();
  globalThis.gc?.();
  const bytes = (process.memoryUsage().heapUsed - before) / REGISTERED;
  await catalog.find('agent_0');
  return [
    {
      name: `${REGISTERED.toLocaleString('en')} agents of an aos.json, read, checked and registered`,
      ours: ms(medianQuantile(samples.register, 0.5)),
    },
    ...(globalThis.gc ? [{ name: 'memory of each', ours: `${Math.round(bytes)} bytes` }] : []),
  ];
}

/** Sent straight to the queue, so that the receiving side is what is measured: session, thread of the handler, outcome. */
async function throughBus(): Promise<Figure[]> {
  const workspace = temporaryWorkspace();
  const agents = Array.from({ length: BUS_AGENTS }, (_, n) => ({
    ...{ id: `agent_${n}`, purpose: 'Work.', handler: 'worker.js' },
  }));
  writeFileSync(path.join(workspace.folder, 'worker.js'), handlerThatCounts(path.join(workspace.folder, COUNT_FILE)));
  writeFileSync(path.join(workspace.folder, 'aos.json'), JSON.stringify({ name: 'bench', agents }));
  const replicas =
    (count: number, env: Record<string, string> = {}) =>
    async () => {
      const system = await up(workspace.folder, ['--replicas', String(count)], env);
      const rates = [
        await eventsPerSecond(system, workspace.folder, 1),
        await eventsPerSecond(system, workspace.folder, 2),
      ];
      await system.stop();
      return rates;
    };
  // Here all traces are recorded, unless the environment says otherwise.
  const runs = { one: replicas(1), two: replicas(2), untraced: replicas(1, { OTEL_TRACES_SAMPLER_ARG: '0' }) };
  const samples = await interleave(BUS_ROUNDS, runs);
  workspace.remove();
  const rate = (name: keyof typeof runs, time: number) => median(samples[name].map((rates) => rates[time - 1] ?? 0));
  const perSecond = (value: number) => `${Math.round(value).toLocaleString('en')} events/s`;
  const row = (name: string, ours: number, label: string, peer: number): Figure => ({
    ...{ name, ours: perSecond(ours), peer: `${label} ${perSecond(peer)}`, ratio: ours / peer },
  });
  const events = BUS_EVENTS.toLocaleString('en');
  const [one, two, untraced] = [rate('one', 2), rate('two', 2), rate('untraced', 2)];
  return [
    row(
      `${events} events through the local Service Bus, one replica`,
      one,
      'the first ones after its start',
      rate('one', 1),
    ),
    row('the same, two replicas on the same processors', two, 'one replica', one),
    row('the same on one replica, all traces recorded', one, 'no trace', untraced),
  ];
}

/** Each event adds a character to the file: its size can be looked at as often as one likes, without asking the runtime. */
const handlerThatCounts = (file: string) =>
  `import { appendFileSync } from 'node:fs';
   import { defineAgent } from 'aos-studio';
   export const agent = defineAgent({ on: { Work: () => appendFileSync(${JSON.stringify(file)}, '.') } });`;

/** Until all events are handled, and the runtime's own count says so too. @param time the first, the second … since its start */
async function eventsPerSecond({ ready }: Running, folder: string, time: number): Promise<number> {
  const countFile = path.join(folder, COUNT_FILE);
  writeFileSync(countFile, '');
  const client = new ServiceBusClient(ready.serviceBus);
  const sender = client.createSender(AGENT_MESSAGES);
  const shards = Map.groupBy(
    Array.from({ length: BUS_EVENTS }, (_, n) => ({ n, agent: `agent_${n % BUS_AGENTS}` })),
    ({ agent }) => getShardId(agent, SHARDS),
  );
  const startMs = performance.now();
  for (const [shard, events] of shards) {
    const messages = events.map(({ n, agent }) => ({
      body: { event_id: `e${time}-${n}`, agent_id: agent, type: 'Work', sent_at: new Date().toISOString() },
      ...{ messageId: `e${time}-${n}`, sessionId: sessionOf(shard), contentType: 'application/json' },
    }));
    for (let at = 0; at < messages.length; at += 500) await sender.sendMessages(messages.slice(at, at + 500));
  }
  while (statSync(countFile).size < BUS_EVENTS) await pause(10);
  const rate = (BUS_EVENTS * 1000) / (performance.now() - startMs);
  const all = time * BUS_EVENTS;
  for (let handled = 0; handled < all; await pause(100)) {
    const response = await fetch(`${ready.http}/api/agents`, { headers: { authorization: `Bearer ${ready.token}` } });
    handled = agentViewSchema
      .array()
      .parse(await response.json())
      .reduce((sum, { wake_count }) => sum + wake_count, 0);
    if (handled > all) throw new Error(`${handled} events were handled of ${all}`);
  }
  await client.close();
  return rate;
}
