/**
 * Two replicas at half of what they can do, for ten minutes (`--minutes N`): no event may be lost or overtaken, what waits
 * must not grow, and neither may memory. Prints a line every ten seconds, then the figures; ends with 1 if something is wrong.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Cluster, type Replica, startCluster } from '../integration/support/cluster.ts';
import { readRecord, writeRecorder, wrongsOf } from '../integration/support/ownership.ts';

const AGENTS = 100;
const LOCK_MS = 60_000;
/** Senders at a time while the limit is looked for. */
const SENDERS = 64;
const MEASURE_MS = 10_000;
/** Memory may grow by this much from the second quarter of the run to the last one: the collector's own ups and downs. */
const MAX_GROWTH = 0.15;
const MIB = 1024 * 1024;

interface Sample {
  at: number;
  memoryBytes: number;
}

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } });
const minutes = Number(values.minutes);
if (!(minutes > 0)) throw new Error(`--minutes must be a number above 0, and is ${values.minutes}.`);

const folder = await mkdtemp(path.join(os.tmpdir(), 'aos-soak-'));
await writeRecorder(folder, AGENTS);
const cluster = await startCluster(folder, { lockDurationMs: LOCK_MS });
try {
  process.exitCode = await soak(await Promise.all([cluster.start('replica-1'), cluster.start('replica-2')]));
} finally {
  await cluster.dispose();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

async function soak(replicas: readonly Replica[]): Promise<number> {
  const sender = senderOf(cluster);
  const limitPerS = await measureLimit(sender);
  const ratePerS = limitPerS / 2;
  console.log(`limit ${limitPerS.toFixed(0)} events/s; ${ratePerS.toFixed(0)} events/s for ${minutes} min`);

  const samples: Sample[] = [];
  const startAt = performance.now();
  const before = sender.sent;
  const endAt = startAt + minutes * 60_000;
  const sampling = (async () => {
    for (let tick = 0; performance.now() < endAt; tick++) {
      const memory = await Promise.all(replicas.map((replica) => replica.memoryBytes()));
      const memoryBytes = memory.reduce((sum, bytes) => sum + bytes, 0);
      samples.push({ at: performance.now(), memoryBytes });
      if (tick % 10 === 0) console.log(`${sender.sent - before} sent, ${(memoryBytes / MIB).toFixed(0)} MiB`);
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
  const elapsedS = (performance.now() - startAt) / 1000;

  const wrongs = await settled(sender.counts);
  const growth = growthOf(samples);
  console.log(`sent       ${sender.sent - before} events, ${((sender.sent - before) / elapsedS).toFixed(0)}/s`);
  console.log(`wrong      ${wrongs.length}`);
  console.log(`drained in ${(performance.now() - startAt - elapsedS * 1000).toFixed(0)} ms`);
  console.log(
    `memory     ${(samples.at(-1)!.memoryBytes / MIB).toFixed(0)} MiB, grown by ${(growth * 100).toFixed(1)} %`,
  );
  for (const wrong of wrongs.slice(0, 20)) console.log(`  ${wrong}`);
  if (wrongs.length > 0) console.log(cluster.log);
  return wrongs.length === 0 && growth <= MAX_GROWTH ? 0 : 1;
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
async function measureLimit(sender: ReturnType<typeof senderOf>): Promise<number> {
  const startAt = performance.now();
  const lane = async () => {
    while (performance.now() - startAt < MEASURE_MS) await sender.next();
  };
  await Promise.all(Array.from({ length: SENDERS }, lane));
  await settled(sender.counts);
  return sender.sent / ((performance.now() - startAt) / 1000);
}

/** Waits until all that was sent is handled. @returns what is wrong with it, or still missing after a minute */
async function settled(counts: readonly number[]): Promise<string[]> {
  const endAt = performance.now() + 60_000;
  for (;;) {
    const records = counts.map(async (count, agent) => wrongsOf(await readRecord(folder, agent), [], count));
    const wrongs = (await Promise.all(records)).flat();
    if (!wrongs.some((wrong) => wrong.endsWith('is lost')) || performance.now() > endAt) return wrongs;
    await pause(200);
  }
}

/** Growth of the median memory from the second quarter of the run to the last one. */
function growthOf(samples: readonly Sample[]): number {
  const quarter = (index: number) => {
    const part = samples.slice(
      Math.floor((index * samples.length) / 4),
      Math.floor(((index + 1) * samples.length) / 4),
    );
    return part.map(({ memoryBytes }) => memoryBytes).sort((a, b) => a - b)[Math.floor(part.length / 2)]!;
  };
  return quarter(3) / quarter(1) - 1;
}
