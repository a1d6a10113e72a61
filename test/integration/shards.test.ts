import { describe, expect, it, onTestFinished } from 'vitest';
import { type Cluster, startCluster } from './support/cluster.ts';
import {
  countOutcomes,
  disturb,
  type Fault,
  randomOf,
  readRecord,
  writeConfig,
  writeRecorder,
  wrongsOf,
} from './support/ownership.ts';
import { eventually, useTemporaryFolder } from './support/system.ts';

const AGENTS = 20;
const LOCK_MS = 5000;

async function useCluster(agents: number): Promise<{ folder: string; cluster: Cluster }> {
  const folder = await useTemporaryFolder();
  await writeRecorder(folder, agents);
  const cluster = await startCluster(folder, { lockDurationMs: LOCK_MS });
  onTestFinished(() => cluster.dispose());
  return { folder, cluster };
}

/** Sends an agent's events one after the other, for as long as `goOn` says. @returns how many */
async function sendWhile(cluster: Cluster, agent: number, goOn: () => boolean): Promise<number> {
  let n = 0;
  for (; goOn(); n++) {
    await cluster.send(`agent_${agent}`, { type: 'Work', data: { n, ms: 20 }, id: `agent_${agent}:${n}` });
    await new Promise((resolve) => setTimeout(resolve, 400));
  }
  return n;
}

const agents = Array.from({ length: AGENTS }, (_, i) => i);

/** Resolves when every event has been handled, and says what is wrong with the records. */
async function judge(folder: string, sent: readonly number[], faults: readonly Fault[]): Promise<string[]> {
  const wrongs = async () =>
    (await Promise.all(agents.map(async (i) => wrongsOf(await readRecord(folder, i), faults, sent[i]!)))).flat();
  await eventually(async () => !(await wrongs()).some((wrong) => wrong.endsWith('is lost')), 30_000);
  return wrongs();
}

describe('the ownership of shards', () => {
  it('holds while replicas are killed, paused beyond their lock, stopped and started', async () => {
    const { folder, cluster } = await useCluster(AGENTS);
    await Promise.all([cluster.start('replica-1'), cluster.start('replica-2')]);
    const outcomes = countOutcomes(cluster);
    let disturbed = false;
    const disturbing = disturb(cluster, { random: randomOf(4), rounds: 1, lockDurationMs: LOCK_MS }).finally(() => {
      disturbed = true;
    });
    const sent = await Promise.all(agents.map((agent) => sendWhile(cluster, agent, () => !disturbed)));
    const faults = await disturbing;
    expect(await judge(folder, sent, faults), `${JSON.stringify(faults)}\n${cluster.log}`).toEqual([]);
    // What was published twice, since a replica died or was paused in between, is one message for whoever listens.
    const total = sent.reduce((sum, count) => sum + count, 0);
    await eventually(async () => outcomes.counts.size === total);
    expect([...outcomes.counts.values()].every((count) => count === 1)).toBe(true);
    await outcomes.close();
  });

  it('follows a change of runtime.shards between two runs, while messages wait in the old shards', async () => {
    const { folder, cluster } = await useCluster(AGENTS);
    const first = await cluster.start('replica-1');
    let rounds = 0;
    const send = (count: number) => {
      const start = rounds;
      rounds += count;
      return Promise.all(
        agents.map(async (agent) => {
          for (let n = start; n < start + count; n++)
            await cluster.send(`agent_${agent}`, { type: 'Work', data: { n, ms: 20 }, id: `agent_${agent}:${n}` });
        }),
      );
    };
    await send(10);
    await first.kill();
    const faults: Fault[] = [{ at: Date.now(), pid: first.pid, what: 'kill' }];
    await writeConfig(folder, AGENTS, 3);
    const second = await cluster.start('replica-2');
    await send(5);
    // Killed in the middle of the change.
    await second.kill();
    faults.push({ at: Date.now(), pid: second.pid, what: 'kill' });
    await cluster.start('replica-3');
    await send(5);
    expect(
      await judge(
        folder,
        agents.map(() => rounds),
        faults,
      ),
    ).toEqual([]);
  });
});
