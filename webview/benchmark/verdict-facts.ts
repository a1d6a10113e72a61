import { targets } from '../../runtime/contracts/baseline-targets.ts';
import type {
  BaselineRow,
  BenchmarkResult,
  Measurement,
  ScenarioId,
  Verdict,
} from '../../runtime/contracts/benchmark.ts';
import type { RunningBenchmark } from '../../runtime/contracts/benchmark-panel.ts';
import { t } from '../l10n.ts';
import { rowsOf } from './benchmark-model.ts';
import { listed, usesModel, verdictIcons } from './words.ts';

/** Whether it is good enough: an icon with its colour, a word, and what it is held against. */
export interface VerdictFace {
  icon: string;
  tone: Verdict | 'running';
  title: string;
  detail: string;
}

const WORST_FIRST = ['misses', 'unsure', 'not_judged', 'meets', 'not_measured'] as const satisfies readonly Verdict[];

/** @param when e.g. `Run 11, 11:20` @param part of a run that did not come to its end */
export function resultVerdict(
  result: BenchmarkResult,
  { scenario }: Measurement,
  when: string,
  part: boolean,
): VerdictFace {
  const rows = result.baseline.filter((row) => row.scenario === scenario);
  const verdict = part
    ? 'not_judged'
    : (WORST_FIRST.find((one) => rows.some((row) => row.verdict === one)) ?? 'not_measured');
  return {
    icon: verdictIcons[verdict],
    tone: verdict,
    title: part ? t('Not judged: incomplete') : verdictTitle(verdict, rows, result),
    detail: `${when} · ${askedText(scenario)}`,
  };
}

function verdictTitle(verdict: Verdict, rows: readonly BaselineRow[], { conditions }: BenchmarkResult): string {
  const one = rows.length === 1;
  switch (verdict) {
    case 'meets':
      return one ? t('Meets its target') : t('Meets its targets');
    case 'misses':
      return one ? t('Misses its target') : t('Misses a target');
    case 'unsure':
      return t('Unsure: measure longer');
    case 'not_judged':
      return conditions.engine === 'simulated' && rows.some((row) => usesModel(row.scenario))
        ? t('Not judged: simulated')
        : t('Not judged');
    case 'not_measured':
      return t('Not measured');
  }
}

function askedText(scenario: ScenarioId): string {
  const text = targetsText(scenario);
  return rowsOf(scenario).length === 1 ? t('the guide asks for {0}', text) : text;
}

/** `1–3 s`, or `p50 < 50, p95 < 100, p99 < 200 ms`. */
export function targetsText(scenario: ScenarioId): string {
  const rows = rowsOf(scenario);
  if (rows.length === 1) return rows[0]!.target;
  return `${listed(rows.map(({ statistic, max_ms }) => `${statistic} < ${max_ms}`))} ms`;
}

/** Never a final word: there are no intervals yet. */
export function runningVerdict({ progress }: RunningBenchmark, simulated: boolean): VerdictFace {
  const face = { icon: 'sync', tone: 'running' } as const;
  if (!progress) return { ...face, title: t('Starting'), detail: '' };
  const detail = targetsText(progress.scenario);
  if (simulated && usesModel(progress.scenario)) return { ...face, title: t('Not judged: simulated'), detail };
  if (!progress.so_far) return { ...face, title: t('Nothing measured yet'), detail };
  const figures = { p50: progress.so_far.p50_ms, p95: progress.so_far.p95_ms, p99: progress.so_far.p99_ms };
  const within = rowsOf(progress.scenario).every(({ statistic, max_ms }) => figures[statistic] < max_ms);
  return { ...face, title: within ? t('Within targets so far') : t('Outside targets so far'), detail };
}

/** Of the guide's whole table. */
export function baselineVerdict({ baseline }: BenchmarkResult, when: string): VerdictFace {
  const count = (verdict: Verdict) => baseline.filter((row) => row.verdict === verdict).length;
  const others = [
    count('misses') > 0 && t('{0} missed', count('misses')),
    count('unsure') > 0 && t('{0} unsure', count('unsure')),
    count('not_judged') > 0 && t('{0} not judged', count('not_judged')),
    count('not_measured') > 0 && t('{0} not measured', count('not_measured')),
  ].filter((part) => part !== false);
  const tone = WORST_FIRST.find((verdict) => count(verdict) > 0) ?? 'not_measured';
  return {
    ...{ icon: verdictIcons[tone], tone },
    title: t('{0} of {1} targets met', count('meets'), targets.length),
    detail: [listed(others), when].filter(Boolean).join(' · '),
  };
}

export interface NextStep {
  finding: string;
  /** Scenarios whose intervals cross their targets, to be measured for longer. */
  longer: ScenarioId[];
}

/** What to do after the whole baseline, at most two lines. */
export function nextSteps({ baseline }: BenchmarkResult): NextStep[] {
  const worst = baseline
    .filter(({ verdict, measured }) => verdict === 'misses' && measured)
    .sort((a, b) => b.measured!.value / b.max_ms - a.measured!.value / a.max_ms)[0];
  const unsure = baseline.filter(({ verdict }) => verdict === 'unsure');
  return [
    ...(worst
      ? [
          {
            finding: t(
              '{0} is {1}× its target of {2}.',
              worst.metric,
              (worst.measured!.value / worst.max_ms).toFixed(1),
              worst.target,
            ),
            longer: [],
          },
        ]
      : []),
    ...(unsure.length > 0
      ? [
          {
            finding:
              unsure.length === 1
                ? t('The interval of {0} crosses its target:', unsure[0]!.metric)
                : t('{0} intervals cross their targets:', unsure.length),
            longer: [...new Set(unsure.map(({ scenario }) => scenario))],
          },
        ]
      : []),
  ];
}
