import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import * as vscode from 'vscode';
import type { MeasuringJob, MeasuringProgress } from '../../runtime/contracts/benchmark-process.ts';
import { formatFigure } from '../../runtime/contracts/figures.ts';
import type { LoadResult } from '../../runtime/contracts/load-test.ts';
import { formatCount, formatPlural } from '../../runtime/contracts/units.ts';
import { tokenOf } from '../client/http.ts';
import { isLoopback } from '../client/runtime-address.ts';
import { setLoadTestRunning } from '../context-keys.ts';
import { t } from '../l10n.ts';
import { settings } from '../manifest.ts';
import { showLoadResult } from '../panels/benchmark/load-document.ts';
import { startMeasuring } from '../panels/benchmark/measuring-process.ts';
import { confirmOrigin } from '../panels/benchmark/target-choice.ts';
import { measuringPlace, windowBenchmark } from '../panels/benchmark/window-benchmark.ts';
import { setting } from '../settings.ts';
import type { Studio } from '../studio.ts';
import { isConnected } from '../studio-state.ts';
import { nodeEnvironment } from '../supervisor/launch-options.ts';
import { answered } from './register.ts';

const PLANS = '**/*test{-,}plan*.{yaml,yml}';

let running = false;

/** Runs a test plan against the runtime, or the address of the settings. @returns undefined if nothing was measured */
export async function runLoadTest(studio: Studio, plan?: unknown): Promise<LoadResult | undefined> {
  const file = await planFile(plan);
  const benchmark = windowBenchmark(studio);
  // Two loads at once would measure each other.
  if (running || benchmark.session.run.kind === 'running')
    throw new Error(t('A benchmark or load test is running already.'));
  const job = await jobOf(studio, file, benchmark.historyLimit);
  running = true;
  setLoadTestRunning(true);
  try {
    const result = await measured(studio, job);
    await showLoadResult(studio, result);
    tell(studio, result);
    return result;
  } finally {
    running = false;
    setLoadTestRunning(false);
    void benchmark.session.refresh();
  }
}

/** Writes a test plan for JMeter, Locust and Azure Load Testing into a folder. @returns the folder */
export async function exportLoadTest(studio: Studio, plan?: unknown): Promise<string> {
  const file = await planFile(plan);
  const folders = answered(
    await vscode.window.showOpenDialog({
      title: t('Folder for the Files of the Load Test'),
      openLabel: t('Export'),
      canSelectFolders: true,
      canSelectFiles: false,
      defaultUri: vscode.Uri.file(path.dirname(file)),
    }),
  );
  const folder = answered(folders[0]).fsPath;
  const { main, cwd } = measuringPlace(studio);
  await promisify(execFile)(process.execPath, [main, 'export', 'load-test', file, folder, '--json'], {
    cwd,
    env: nodeEnvironment(process.env),
  }).catch((error: Error & { stderr?: string }) => {
    throw new Error(error.stderr?.trim() || error.message, { cause: error });
  });
  await vscode.window.showTextDocument(vscode.Uri.file(path.join(folder, 'load-test.yaml')));
  return folder;
}

/** The plan a command was called with, the one in the editor, or one of the workspace. @throws Cancelled */
async function planFile(plan: unknown): Promise<string> {
  if (plan instanceof vscode.Uri) return plan.fsPath;
  if (typeof plan === 'string') return plan;
  const active = vscode.window.activeTextEditor?.document.uri;
  const found = await vscode.workspace.findFiles(PLANS, '**/node_modules/**');
  if (active && found.some((uri) => uri.toString() === active.toString())) return active.fsPath;
  if (found.length === 0) throw new Error(t('This workspace has no test plan. One is a file named test-plan.yaml.'));
  const items = found.map((uri) => ({
    label: path.basename(uri.fsPath),
    description: vscode.workspace.asRelativePath(uri),
    uri,
  }));
  return answered(await vscode.window.showQuickPick(items, { title: t('Test Plan') })).uri.fsPath;
}

/** Asks before load goes to another machine. @throws Cancelled; RuntimeError AOS_NOT_RUNNING */
async function jobOf(studio: Studio, file: string, historyLimit: number): Promise<MeasuringJob> {
  await vscode.workspace.textDocuments.find(({ uri }) => uri.fsPath === file)?.save();
  const base = setting(settings.loadTestBaseUrl, studio.folder.workspace.folder);
  const plan = { kind: 'load', plan_file: file, history_limit: historyLimit } as const;
  if (base === '') {
    const { endpoint } = await studio.client();
    const { state } = studio;
    if (isConnected(state))
      await confirmOrigin(endpoint.baseUrl, t('{0} sends its requests to the deployed runtime.', path.basename(file)));
    return { ...plan, target: { url: endpoint.baseUrl, token: await tokenOf(endpoint) }, allowed_origins: [] };
  }
  if (!URL.canParse(base)) throw new Error(t('The setting aos.loadTest.baseUrl is no URL: {0}', base));
  const { origin } = new URL(base);
  await confirmOrigin(
    origin,
    t('{0} sends its requests there, as the setting aos.loadTest.baseUrl says.', path.basename(file)),
  );
  const token = answered(
    await vscode.window.showInputBox({
      title: t('Token of {0}', origin),
      prompt: t('Empty: it asks for none.'),
      password: true,
      ignoreFocusOut: true,
    }),
  );
  return { ...plan, target: { url: origin, token }, allowed_origins: isLoopback(origin) ? [] : [origin] };
}

/** @throws Error with what the process said */
async function measured(studio: Studio, job: MeasuringJob): Promise<LoadResult> {
  const outcome = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: t('Load test'), cancellable: true },
    (progress, token) => {
      let share = 0;
      const measuring = startMeasuring({
        ...measuringPlace(studio),
        job,
        onLog: (record) => studio.log.write(record),
        onProgress: (report) => {
          if (report.kind !== 'load') return;
          const next = Math.min(100, (100 * report.elapsed_s) / report.duration_s);
          progress.report({ message: progressLine(report), increment: next - share });
          share = next;
        },
      });
      token.onCancellationRequested(() => measuring.cancel());
      return measuring.ended;
    },
  );
  if (outcome.kind === 'failed') throw new Error(outcome.message);
  if (outcome.result.kind !== 'load') throw new Error(t('The result is not that of a load test.'));
  return outcome.result;
}

function progressLine({ elapsed_s, duration_s, items }: Extract<MeasuringProgress, { kind: 'load' }>): string {
  const sum = (read: (item: (typeof items)[number]) => number) => items.reduce((total, item) => total + read(item), 0);
  return t(
    '{0} of {1} s · {2}, {3}',
    Math.floor(elapsed_s),
    formatCount(duration_s),
    formatPlural(
      sum(({ requests }) => requests),
      'request',
    ),
    formatPlural(
      sum(({ errors }) => errors),
      'error',
    ),
  );
}

/** Whether it passed; where it did not, the first criterion that does not hold. */
function tell(studio: Studio, result: LoadResult): void {
  const { criteria, passed, state, reason } = result;
  studio.notifications.forget('loadTest:');
  const actions = { [t('Show Results')]: () => showLoadResult(studio, result) };
  if (state !== 'complete') {
    const message = t('Load test not complete: {0}', reason ?? state);
    studio.notifications.warn({ cause: 'loadTest:incomplete', message, actions });
    return;
  }
  if (passed) {
    const message = t('Load test passed: {0} of {0} criteria.', criteria.length);
    studio.notifications.info({ cause: 'loadTest:passed', message, actions });
    return;
  }
  const failed = criteria.find(({ holds }) => !holds);
  const actual = failed?.actual ?? null;
  const message = t(
    'Load test failed: {0} was {1}.',
    failed?.text ?? '',
    actual === null ? t('not measured') : formatFigure(actual),
  );
  studio.notifications.warn({ cause: 'loadTest:failed', message, actions });
}
