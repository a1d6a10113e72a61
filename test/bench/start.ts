import { spawnSync } from 'node:child_process';
import { type Figure, interleave, medianQuantile, mib, ms, timed } from './support/figures.ts';
import { type Running, residentBytes, up } from './support/processes.ts';

const ROUNDS = 5;

/** From nothing to a ready boardroom with two replicas, beside a bare Node that does nothing. */
export async function benchStart(folder: string): Promise<Figure[]> {
  const samples = await interleave(ROUNDS, {
    up: async () => {
      const system = await up(folder, ['--replicas', '2']);
      await system.stop();
      return [system.startMs];
    },
    node: () => timed(1, async () => spawnSync(process.execPath, ['-e', '0'])),
  });
  const [ours, node] = [medianQuantile(samples.up, 0.5), medianQuantile(samples.node, 0.5)];
  return [
    {
      name: 'cold start: cloud and two replicas ready',
      ours: ms(ours),
      peer: `node -e 0 ${ms(node)}`,
      ratio: ours / node,
    },
  ];
}

/** Resident memory of each process of a running system. */
export function benchMemory({ ready }: Running): Figure[] {
  const { launcher, cloud, replicas } = ready.pids;
  return [
    { name: 'memory: launcher', ours: mib(residentBytes(launcher)) },
    { name: 'memory: local cloud', ours: mib(residentBytes(cloud)) },
    ...replicas.map((pid, i) => ({ name: `memory: replica-${i + 1}`, ours: mib(residentBytes(pid)) })),
  ];
}
