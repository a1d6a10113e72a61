import { t } from '../l10n.ts';
import { openBenchmark } from '../panels/benchmark/benchmark-panel.ts';
import { exportRun, pickRun } from '../panels/benchmark/run-menu.ts';
import { windowBenchmark } from '../panels/benchmark/window-benchmark.ts';
import type { Studio } from '../studio.ts';
import { agentIdOf } from './agents.ts';

/** Runs what the fields of the panel say, and shows it. */
export async function runBenchmark(studio: Studio): Promise<void> {
  openBenchmark(studio);
  const benchmark = windowBenchmark(studio);
  await benchmark.run({ config: benchmark.currentConfig(), longer: null });
}

export function stopBenchmark(studio: Studio): void {
  windowBenchmark(studio).session.cancel();
}

/** Shows the panel ready to measure the answers of one agent. */
export async function benchmarkAgent(studio: Studio, target: unknown): Promise<void> {
  const { id } = studio.runtimeOf(target);
  const agentId = await agentIdOf(studio, target);
  studio.use(id);
  openBenchmark(studio, { tab: 'result', scenario: 'inference-uncached', agentId });
}

/** Asks for two runs, and shows them beside each other. */
export async function compareRuns(studio: Studio): Promise<void> {
  const { session } = windowBenchmark(studio);
  await session.refresh();
  const runs = (session.history.runs ?? []).filter(({ kind }) => kind === 'benchmark');
  const first = await pickRun(runs, t('First run to compare'));
  const second = await pickRun(
    runs.filter(({ id }) => id !== first.id),
    t('Compare run {0} with', first.number),
  );
  const [before, after] = first.number < second.number ? [first, second] : [second, first];
  openBenchmark(studio, { tab: 'history', compare: [before.id, after.id] });
}

export async function exportBenchmark(studio: Studio): Promise<void> {
  const benchmark = windowBenchmark(studio);
  if (benchmark.session.history.runs === null) await benchmark.session.refresh();
  await exportRun(studio, benchmark, null);
}
