import type { BenchmarkResult } from '../../runtime/contracts/benchmark.ts';
import { formatDay } from '../../runtime/contracts/figures.ts';
import type { ResultChange, ResultComparison } from '../../runtime/contracts/result-comparison.ts';
import type { ResultSummary } from '../../runtime/contracts/results.ts';
import { formatTime } from '../../runtime/contracts/units.ts';
import { t } from '../l10n.ts';
import { scenarioName, usesModel } from './words.ts';

const DAY_MS = 86_400_000;

/** `Today 11:42`, `Yesterday 17:31`, `23 Nov 2026 17:31`; in the reader's zone. */
export function whenText(iso: string, now: number): string {
  const at = Date.parse(iso);
  const time = formatTime(at).slice(0, 5);
  const days = Math.round((midnightOf(now) - midnightOf(at)) / DAY_MS);
  if (days === 0) return t('Today {0}', time);
  if (days === 1) return t('Yesterday {0}', time);
  return `${formatDay(dayOf(at))} ${time}`;
}

const midnightOf = (epochMs: number) => new Date(epochMs).setHours(0, 0, 0, 0);

function dayOf(epochMs: number): string {
  const at = new Date(epochMs);
  return [at.getFullYear(), at.getMonth() + 1, at.getDate()].map((part) => String(part).padStart(2, '0')).join('-');
}

export function runName({ kind, scenario, name }: ResultSummary): string {
  if (kind === 'load') return t('Load test {0}', name ?? '');
  return scenarioName(scenario ?? 'baseline');
}

export type EngineFace = { kind: 'simulated' } | { kind: 'text'; text: string };

/** What computed the answers; a scenario without a model does not care. */
export function engineFace({ conditions, scenario }: ResultSummary): EngineFace {
  if (!conditions) return { kind: 'text', text: '' };
  if (scenario !== null && !usesModel(scenario)) return { kind: 'text', text: t('no model used') };
  if (conditions.engine === 'simulated') return { kind: 'simulated' };
  return { kind: 'text', text: conditions.engine === 'llama' ? `llama · ${conditions.model}` : conditions.model };
}

/** Two runs are compared: a third takes the place of the one that was chosen first. */
export function withChosen(chosen: readonly string[], id: string, on: boolean): string[] {
  const others = chosen.filter((one) => one !== id);
  return on ? [...others, id].slice(-2) : others;
}

/** The chosen ones as A and B, the earlier run first; undefined: there are not two. */
export function pairOf(
  chosen: readonly string[],
  runs: readonly ResultSummary[],
): [ResultSummary, ResultSummary] | undefined {
  const [a, b] = chosen
    .flatMap((id) => runs.find((run) => run.id === id) ?? [])
    .sort((one, other) => one.number - other.number);
  return a && b && [a, b];
}

/** `+20.2 %`, `−5.2 %` */
export function changeText(change: number): string {
  const text = Math.abs(change * 100).toFixed(1);
  if (Number(text) === 0) return '0 %';
  return `${change < 0 ? '−' : '+'}${text} %`;
}

export function changeInterval({ change }: ResultChange): string {
  const bare = (value: number) => changeText(value).replace(' %', '');
  return t('{0} to {1} %', bare(change.low), bare(change.high));
}

export const statisticName = (statistic: ResultChange['statistic']): string =>
  statistic === 'mean' ? t('Mean') : statistic.replace('_', '.');

export function readingFace(reading: ResultChange['reading']): { icon: string; text: string } {
  switch (reading) {
    case 'faster':
      return { icon: 'arrow-down', text: t('Faster') };
    case 'slower':
      return { icon: 'arrow-up', text: t('Slower') };
    case 'no clear difference':
      return { icon: 'dash', text: t('No clear difference') };
  }
}

/** What else differs between the runs, which their change may come from. */
export function differencesText({ differences }: ResultComparison): string {
  if (differences.length === 0) return t('Nothing in the conditions differs, so the two can be compared.');
  return t('What changed between them: {0}.', differences.join('; '));
}

/** Why the two say little about each other; undefined: they measured the same in the same way. */
export function comparisonWarning(a: BenchmarkResult, b: BenchmarkResult): string | undefined {
  const both = a.measurements.some(({ scenario }) => b.measurements.some((one) => one.scenario === scenario));
  if (!both) return t('The two measured different scenarios. There is nothing to compare.');
  if (a.conditions.engine !== b.conditions.engine) return t('The two ran on different engines.');
  if (a.conditions.load !== b.conditions.load) return t('The two ran under different loads.');
  if (a.conditions.infrastructure !== b.conditions.infrastructure) return t('The two ran on different machines.');
  return undefined;
}
