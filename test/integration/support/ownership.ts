import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ServiceBusClient } from '@azure/service-bus';
import { AGENT_EVENTS, DEFAULT_SUBSCRIPTION } from '../../../runtime/messaging/entities.ts';
import type { Cluster, Replica } from './cluster.ts';

/** One line of an agent's record. `stored`: the replica could write the agent's state, so the bus let it own the shard. */
export interface Line {
  at: number;
  pid: number;
  what: 'begin' | 'stored';
  n: number;
  /** Of `begin`: the event that the agent's state names then; -1: none. */
  saw: number;
}

/**
 * A process that was killed or paused; what it was doing until then may be done again by another. The time is that after the
 * signal: a busy machine may stop this process between the two, and the other one goes on until it has the signal.
 */
export interface Fault {
  at: number;
  pid: number;
  what: 'kill' | 'pause' | 'stop' | 'start' | 'short pause';
}

/** A workspace whose agents append a line when they begin to handle an event and when they have kept it in their state. */
export async function writeRecorder(folder: string, agents: number): Promise<void> {
  await mkdir(path.join(folder, 'records'));
  await writeFile(
    path.join(folder, 'recorder.ts'),
    `import { appendFileSync } from 'node:fs';
     import { defineAgent } from 'aos-studio';
     export const agent = defineAgent({ on: {
       Work: async (event: { data: { n: number; ms: number } }, context) => {
         const write = (what: string, saw: number) =>
           appendFileSync(${JSON.stringify(path.join(folder, 'records'))} + '/' + context.agentId,
             [Date.now(), process.pid, what, event.data.n, saw].join(' ') + '\\n');
         write('begin', (await context.state.get<number>('last')) ?? -1);
         await new Promise((resolve) => setTimeout(resolve, event.data.ms));
         await context.state.set('last', event.data.n);
         write('stored', event.data.n);
       },
     } });`,
  );
  await writeConfig(folder, agents, 10);
}

export async function writeConfig(folder: string, agents: number, shards: number): Promise<void> {
  const definitions = Array.from({ length: agents }, (_, i) => ({
    id: `agent_${i}`,
    purpose: `Task execution agent ${i}`,
    handler: 'recorder.ts',
  }));
  const config = { name: 'recorder', runtime: { shards }, agents: definitions };
  await writeFile(path.join(folder, 'aos.json'), JSON.stringify(config));
}

export async function readRecord(folder: string, agent: number): Promise<Line[]> {
  const text = await readFile(path.join(folder, 'records', `agent_${agent}`), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [at, pid, what, n, saw] = line.split(' ');
      return { at: Number(at), pid: Number(pid), what: what as Line['what'], n: Number(n), saw: Number(saw) };
    });
}

/**
 * What is wrong with an agent's record.
 *
 * At-least-once lets an event be handled again only if the process that had begun it was killed or paused since. A paused
 * process cannot know that its time is over: when it wakes, the code of its handler goes on for a moment with what it had
 * read before, so the first line of it may be a begin that is long past. But it must not begin another event, nor write
 * state, while another replica handles the agent. What it had written before its pause, the others have seen when they began.
 */
export function wrongsOf(lines: readonly Line[], faults: readonly Fault[], sent: number): string[] {
  const wrongs: string[] = [];
  const say = (what: string, line: Line) => wrongs.push(`${what}: ${JSON.stringify(line)}`);
  const faultedSince = ({ pid, at }: Line) => faults.some((fault) => fault.pid === pid && fault.at >= at - 5);
  const record = lines.filter((line, index) => !isEcho(line, index, lines, faults));
  const done = new Map<number, Line>();
  let open: Line | undefined;
  let highest = -1;
  for (const [index, line] of record.entries()) {
    if (line.what === 'begin') {
      if (open && !faultedSince(open)) say(`begins while process ${open.pid} handles event ${open.n}`, line);
      const before = done.get(line.n);
      if (before && !faultedSince(before)) say(`is handled again after process ${before.pid} had done it`, line);
      if (line.n > highest + 1) say(`overtakes event ${highest + 1}`, line);
      if (line.n < highest && !before) say(`comes after event ${highest}`, line);
      highest = Math.max(highest, line.n);
      open = line;
    } else {
      const begun = record.slice(0, index).findLastIndex(({ pid, n }) => pid === line.pid && n === line.n);
      const others = record.slice(begun, index).filter(({ what, pid }) => what === 'begin' && pid !== line.pid);
      if (begun < 0) say('writes state without having begun', line);
      if (others.some(({ saw }) => saw < line.n)) say('writes state after another replica has begun', line);
      if (open?.pid === line.pid && open.n === line.n) open = undefined;
      done.set(line.n, line);
    }
  }
  for (let n = 0; n < sent; n++) if (!done.has(n)) wrongs.push(`event ${n} is lost`);
  return wrongs;
}

/** Whether a line tells of what a process had begun before it was paused, and what came to nothing when it woke. */
function isEcho(line: Line, index: number, lines: readonly Line[], faults: readonly Fault[]): boolean {
  const ownBefore = lines.slice(0, index).findLast(({ pid }) => pid === line.pid);
  const ownAfter = lines.slice(index + 1).find(({ pid }) => pid === line.pid);
  const cameToNothing = line.what === 'begin' && !(ownAfter?.what === 'stored' && ownAfter.n === line.n);
  const pausedBefore = ({ pid, at, what }: Fault) =>
    pid === line.pid && what.endsWith('pause') && at <= line.at && at >= (ownBefore?.at ?? 0);
  return cameToNothing && faults.some(pausedBefore);
}

/** Counts the outcomes of events: how often each was published. */
export function countOutcomes(cluster: Cluster): { counts: Map<string, number>; close: () => Promise<void> } {
  const client = new ServiceBusClient(cluster.cloud.serviceBus);
  const receiver = client.createReceiver(AGENT_EVENTS, DEFAULT_SUBSCRIPTION, { receiveMode: 'receiveAndDelete' });
  const counts = new Map<string, number>();
  receiver.subscribe({
    processMessage: async ({ subject, correlationId }) => {
      if (subject !== 'Work.handled') return;
      counts.set(String(correlationId), (counts.get(String(correlationId)) ?? 0) + 1);
    },
    processError: async () => undefined,
  });
  return { counts, close: () => client.close() };
}

/** Reproducible randomness (mulberry32, Tommy Ettinger 2017, public domain). */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const KINDS = ['kill', 'pause', 'short pause', 'stop', 'start'] as const;

/**
 * Kills, pauses, stops and starts replicas, each kind once a round, in an order and at moments that `random` says. One
 * replica at least stays awake, and there are never more than four awake. Ends with all of them awake.
 */
export async function disturb(
  cluster: Cluster,
  { random, rounds, lockDurationMs }: { random: () => number; rounds: number; lockDurationMs: number },
): Promise<Fault[]> {
  const faults: Fault[] = [];
  const note = (what: Fault['what'], pid: number) => faults.push({ at: Date.now(), pid, what });
  const awake = () => cluster.replicas.filter(({ state }) => state === 'running');
  const start = async () => note('start', (await cluster.start(`replica-${cluster.replicas.length + 1}`)).pid);
  const sleep = async (replica: Replica, what: 'pause' | 'short pause', ms: number) => {
    replica.pause();
    note(what, replica.pid);
    await pause(ms);
    note(what, replica.pid);
    replica.resume();
  };
  for (let round = 0; round < rounds; round++) {
    for (const kind of shuffled(KINDS, random)) {
      await pause(300 + 900 * random());
      if (awake().length < 2) await start();
      const replica = awake()[Math.floor(random() * awake().length)]!;
      if (kind === 'start' && awake().length < 4) await start();
      if (kind === 'pause') await sleep(replica, kind, 1.6 * lockDurationMs);
      if (kind === 'short pause') await sleep(replica, kind, 0.3 * lockDurationMs);
      if (kind !== 'kill' && kind !== 'stop') continue;
      if (kind === 'stop') note(kind, replica.pid);
      await replica[kind]();
      if (kind === 'kill') note(kind, replica.pid);
    }
  }
  return faults;
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const left = [...items];
  return items.map(() => left.splice(Math.floor(random() * left.length), 1)[0]!);
}
