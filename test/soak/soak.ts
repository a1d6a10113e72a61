import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Cluster, type Replica, startCluster } from '../integration/support/cluster.ts';
import { readRecord, writeRecorder, wrongsOf } from '../integration/support/ownership.ts';

const AGENTS = 100;
const LOCK_MS = 60_000;
/** Senders at a time. */
const SENDERS = 64;
const MEASURE_MS = 10_000;

export interface SoakResult {
  sent: number;
  perSecond: number;
  /** Events that were lost, overtaken or handled again. */
  wrongs: string[];
  drainedMs: number;
  memoryBytes: number;
  /** Growth of the median memory from the second quarter of the run to the last one: 0.1 is 10 %. */
  growth: number;
  log: string;
}

/**
 * Sends events to a hundred agents on two replicas at a steady rate.
 * @param options `ratePerS`: events a second; default: half of what the two can do, which is measured first
 */
export async function soak(options: {
  minutes: number;
  ratePerS?: number;
  say?: (line: string) => void;
}): Promise<SoakResult> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'aos-soak-'));
  await writeRecorder(folder, AGENTS);
  const cluster = await startCluster(folder, { lockDurationMs: LOCK_MS });
  try {
    const replicas = await Promise.all([cluster.start('replica-1'), cluster.start('replica-2')]);
    return await run({ ...options, cluster, replicas, folder });
  } finally {
    await cluster.dispose();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function run(
  options: Parameters<typeof soak>[0] & { cluster: Cluster; replicas: readonly Replica[]; folder: string },
): Promise<SoakResult> {
  const { minutes, ratePerS: wanted, say = () => undefined, cluster, replicas, folder } = options;
  const sender = senderOf(cluster);
  const ratePerS = wanted ?? (await measureLimit(sender, folder)) / 2;
  say(`${ratePerS.toFixed(0)} events/s for ${minutes} min`);

  const samples: number[] = [];
  const startAt = performance.now();
  const before = sender.sent;
  const endAt = startAt + minutes * 60_000;
  const sampling = (async () => {
    for (let tick = 0; performance.now() < endAt; tick++) {
      const memory = await Promise.all(replicas.map((replica) => replica.memoryBytes()));
      if (memory.every((bytes) => bytes !== undefined)) samples.push(memory.reduce((sum, bytes) => sum + bytes, 0));
      if (tick % 10 === 0) say(`${sender.sent - before} sent, ${Math.round((samples.at(-1) ?? 0) / 2 ** 20)} MiB`);
      await pause(1000);
    }
  })();
  const pending = new Set<Promise<void>>();
  while (performance.now() < endAt) {
    const due = ((performance.now() - startAt) / 1000) * ratePerS;
    while (sender.sent - before < due && pending.size < SENDERS) {
      const one: Promise<void> = sender.next().finally(() => pending.delete(one));
      pending.add(one);
    }
    await pause(5);
  }
  await Promise.all([...pending, sampling]);
  const elapsedMs = performance.now() - startAt;
  const sent = sender.sent - before;
  const wrongs = await settled(sender.counts, folder);
  return {
    ...{ sent, wrongs },
    perSecond: (sent * 1000) / elapsedMs,
    drainedMs: performance.now() - startAt - elapsedMs,
    memoryBytes: samples.at(-1) ?? 0,
    growth: growthOf(samples),
    log: cluster.log,
  };
}

/** Sends to the agents in turn; the next event of an agent goes out when the bus has its last one. */
function senderOf(to: Cluster) {
  const counts = Array.from({ length: AGENTS }, () => 0);
  const last = Array.from({ length: AGENTS }, () => Promise.resolve());
  const sender = {
    sent: 0,
    counts,
    next(): Promise<void> {
      const agent = sender.sent++ % AGENTS;
      const n = counts[agent]!++;
      last[agent] = last[agent]!.then(() =>
        to.send(`agent_${agent}`, { type: 'Work', data: { n, ms: 0 }, id: `agent_${agent}:${n}` }),
      );
      return last[agent];
    },
  };
  return sender;
}

/** Events per second that are sent and handled when there are always some to send. */
async function measureLimit(sender: ReturnType<typeof senderOf>, folder: string): Promise<number> {
  const startAt = performance.now();
  const lane = async () => {
    while (performance.now() - startAt < MEASURE_MS) await sender.next();
  };
  await Promise.all(Array.from({ length: SENDERS }, lane));
  await settled(sender.counts, folder);
  return sender.sent / ((performance.now() - startAt) / 1000);
}

/** Waits until all that was sent is handled. @returns what is wrong with it, or still missing after a minute */
async function settled(counts: readonly number[], folder: string): Promise<string[]> {
  const endAt = performance.now() + 60_000;
  for (;;) {
    const records = counts.map(async (count, agent) => wrongsOf(await readRecord(folder, agent), [], count));
    const wrongs = (await Promise.all(records)).flat();
    if (!wrongs.some((wrong) => wrong.endsWith('is lost')) || performance.now() > endAt) return wrongs;
    await pause(200);
  }
}

function growthOf(samples: readonly number[]): number {
  const quarter = (index: number) => {
    const part = samples.slice(
      Math.floor((index * samples.length) / 4),
      Math.floor(((index + 1) * samples.length) / 4),
    );
    return part.toSorted((a, b) => a - b)[Math.floor(part.length / 2)] ?? 0;
  };
  return quarter(3) / quarter(1) - 1;
}
