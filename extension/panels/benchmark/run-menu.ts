import * as vscode from 'vscode';
import type { BenchmarkWish } from '../../../runtime/contracts/benchmark-panel.ts';
import type { ResultSummary } from '../../../runtime/contracts/results.ts';
import { answered } from '../../commands/register.ts';
import { t } from '../../l10n.ts';
import type { Studio } from '../../studio.ts';
import { showLoadResult } from './load-document.ts';
import { exportResult } from './result-export.ts';
import type { WindowBenchmark } from './window-benchmark.ts';

/** Asks what to do with a kept result, and does it. @throws Cancelled */
export async function showRowMenu(
  studio: Studio,
  benchmark: WindowBenchmark,
  id: string,
  wish: (wish: BenchmarkWish) => void,
): Promise<void> {
  const runs = benchmark.session.history.runs ?? [];
  const run = runs.find((one) => one.id === id);
  if (!run) return;
  const actions: { label: string; act(): unknown }[] = [
    { label: t('Open'), act: () => openRun(studio, benchmark, run) },
    ...(run.kind === 'benchmark'
      ? [
          { label: t('Compare with…'), act: async () => wish(await compareWish(runs, run)) },
          { label: t('Export…'), act: () => exportRun(studio, benchmark, id) },
          plannerAction(benchmark, id),
        ]
      : []),
    { label: t('Delete'), act: () => deleteRun(benchmark, run) },
  ];
  const chosen = answered(await vscode.window.showQuickPick(actions, { title: t('Run {0}', run.number) }));
  await chosen.act();
}

/** The run may give the planner its figures, or, where it does, no longer. */
function plannerAction(benchmark: WindowBenchmark, id: string) {
  return benchmark.plannerRun === id
    ? { label: t('No Longer Baseline for the Capacity Planner'), act: () => benchmark.setPlannerRun(null) }
    : { label: t('Set as Baseline for the Capacity Planner'), act: () => benchmark.setPlannerRun(id) };
}

/** Shows a kept result: of a benchmark in the panel, of a load test as a document. */
async function openRun(
  studio: Studio,
  { session, target }: WindowBenchmark,
  { id, kind }: ResultSummary,
): Promise<void> {
  if (kind === 'benchmark') return session.show(id);
  const result = await (await target.client()).result(id);
  if (result.kind === 'load') await showLoadResult(studio, result);
}

async function compareWish(runs: readonly ResultSummary[], run: ResultSummary): Promise<BenchmarkWish> {
  const other = await pickRun(
    runs.filter(({ id, kind }) => kind === 'benchmark' && id !== run.id),
    t('Compare run {0} with', run.number),
  );
  const [before, after] = other.number < run.number ? [other, run] : [run, other];
  return { tab: 'history', scenario: null, agentId: null, compare: [before.id, after.id] };
}

/** Asks for one of the runs. @throws Cancelled; Error if there is none */
export async function pickRun(runs: readonly ResultSummary[], title: string): Promise<ResultSummary> {
  if (runs.length === 0) throw new Error(t('There is no other run.'));
  const items = runs.map((run) => ({ label: t('Run {0}', run.number), description: describe(run), run }));
  return answered(await vscode.window.showQuickPick(items, { title, matchOnDescription: true })).run;
}

function describe({ started_at, scenario, name, load, note }: ResultSummary): string {
  const when = new Date(started_at).toLocaleString();
  return [when, scenario ?? name ?? t("Guide's baseline"), load, note].filter(Boolean).join(' · ');
}

async function deleteRun(benchmark: WindowBenchmark, { id, number }: ResultSummary): Promise<void> {
  const detail = t('It cannot be brought back.');
  const question = t('Delete run {0}?', number);
  answered(await vscode.window.showWarningMessage(question, { modal: true, detail }, t('Delete')));
  await benchmark.session.delete(id);
  if (benchmark.plannerRun === id) await benchmark.setPlannerRun(null);
}

/**
 * Asks what to export of a kept result, or of the one that is shown.
 * @param id null: the one that is shown, else the newest
 * @throws Cancelled; Error if there is none
 */
export async function exportRun(studio: Studio, { session }: WindowBenchmark, id: string | null): Promise<void> {
  const runs = session.history.runs ?? [];
  const incomplete = session.run.kind === 'incomplete' ? session.run.result : undefined;
  const newest = runs.find(({ kind }) => kind === 'benchmark');
  const wanted = id ?? incomplete?.id ?? session.shown?.id ?? newest?.id;
  if (wanted === undefined) throw new Error(t('There is no result yet. Run the benchmark first.'));
  const number = runs.find((run) => run.id === wanted)?.number;
  const name = number === undefined ? t('this run') : t('run {0}', number);
  await exportResult(studio, await session.benchmark(wanted), name);
}
