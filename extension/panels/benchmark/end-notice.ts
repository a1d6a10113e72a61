import * as vscode from 'vscode';
import { formatDuration, formatPlural } from '../../../runtime/contracts/units.ts';
import { t } from '../../l10n.ts';
import { commands } from '../../manifest.ts';
import type { Studio } from '../../studio.ts';
import type { BenchmarkEnd } from './benchmark-session.ts';

/** Tells how a run ended, if nobody saw it. */
export function reportEnd(studio: Studio, end: BenchmarkEnd, seen: boolean): void {
  studio.notifications.forget('benchmark:');
  const show = { [t('Show Results')]: () => vscode.commands.executeCommand(commands.openBenchmark) };
  if (end.kind === 'complete' && !end.kept) {
    const message = t('The runtime could not keep the result of the benchmark. Export it from the panel.');
    studio.notifications.warn({ cause: 'benchmark:notKept', message, actions: show });
  }
  if (seen) return;
  if (end.kind === 'complete')
    studio.notifications.info({ cause: 'benchmark:finished', message: finished(end), actions: show });
  else if (end.kind === 'failed')
    studio.notifications.error({ cause: 'benchmark:failed', message: end.message, actions: show });
  else if (!isCancelled(end)) {
    const start = { [t('Start Runtime')]: () => vscode.commands.executeCommand(commands.start) };
    const actions = studio.state.kind === 'running' ? show : { ...show, ...start };
    studio.notifications.error({ cause: 'benchmark:stopped', message: stopped(end), actions });
  }
}

/** `Benchmark finished: p95 2.07 s, 0 errors, not judged.` */
function finished({ result: { measurements, baseline } }: Extract<BenchmarkEnd, { kind: 'complete' }>): string {
  const errors = measurements.reduce((sum, one) => sum + one.errors, 0);
  const [only, ...others] = measurements;
  const judged = baseline.some(({ verdict }) => verdict !== 'not_measured' && verdict !== 'not_judged');
  const parts = [
    others.length === 0 && only?.latency
      ? `p95 ${formatDuration(only.latency.p95.value)}`
      : formatPlural(measurements.length, 'measurement'),
    formatPlural(errors, 'error'),
    judged ? undefined : t('not judged'),
  ];
  return t('Benchmark finished: {0}.', parts.filter((part) => part !== undefined).join(', '));
}

function stopped({ result }: Extract<BenchmarkEnd, { kind: 'incomplete' }>): string {
  const ended = result.measurements.find(({ state }) => state !== 'complete');
  return t('Benchmark stopped: {0}', ended?.reason ?? t('it was not complete.'));
}

function isCancelled({ result }: Extract<BenchmarkEnd, { kind: 'incomplete' }>): boolean {
  return !result.measurements.some(({ state }) => state === 'target_gone' || state === 'refused');
}
