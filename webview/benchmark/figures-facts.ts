import type { Measurement } from '../../runtime/contracts/benchmark.ts';
import {
  type BenchmarkProgress,
  leavesTraces,
  type RunningBenchmark,
} from '../../runtime/contracts/benchmark-panel.ts';
import { formatFigure } from '../../runtime/contracts/figures.ts';
import { formatCount } from '../../runtime/contracts/units.ts';
import { t } from '../l10n.ts';
import { rowsOf } from './benchmark-model.ts';
import { intervalText, unitOf } from './words.ts';

export interface KeyFigure {
  label: string;
  value: string;
  unit: string;
  /** Its interval, or what it is held against. */
  note: string;
  /** It is a number of failures, and not 0. */
  bad?: boolean;
  /** What more there is to say: its tooltip. */
  title?: string;
  /** Why the traces behind it cannot be shown; null: they can; left out: there is nothing to look for. */
  noTraces?: string | null;
}

const NOTHING = '–';

/** The figures of a measurement, with their intervals. @param noTraces why those of its errors cannot be shown; null: they can */
export function resultFigures(measurement: Measurement, noTraces: string | null): KeyFigure[] {
  const { latency, requests, errors, errors_by_code, throughput_per_s } = measurement;
  const percentile = (name: 'p50' | 'p95' | 'p99'): KeyFigure => ({
    label: name,
    value: latency ? formatFigure(latency[name].value) : NOTHING,
    unit: 'ms',
    note: latency ? intervalText({ ...latency[name], value: 0 }) : '',
  });
  return [
    percentile('p50'),
    percentile('p95'),
    percentile('p99'),
    throughput(measurement, throughput_per_s),
    errorsFigure(errors, requests, errors_by_code, noTraces),
    lastFigure(measurement),
  ];
}

/** What the open loop asked for; the serial one asks for nothing but the next answer. */
export function askedRate({ load }: Pick<Measurement, 'load'>): number | null {
  return load.mode === 'open' && load.ramp_to_per_s === null ? load.rate_per_s : null;
}

function throughput(measurement: Pick<Measurement, 'scenario' | 'load'>, perSecond: number): KeyFigure {
  const asked = askedRate(measurement);
  return {
    ...{ label: t('Throughput'), value: formatFigure(perSecond), unit: `${unitOf(measurement.scenario)}/s` },
    note: asked === null ? t('one after the other') : t('asked {0}', formatFigure(asked)),
  };
}

function errorsFigure(errors: number, of: number, byCode: Record<string, number>, noTraces: string | null): KeyFigure {
  const note = commonest(byCode) ?? t('of {0}', formatCount(of));
  const figure = { label: t('Errors'), value: formatCount(errors), unit: '', note };
  return errors === 0 ? figure : { ...figure, bad: true, noTraces };
}

/** `31 × AOS_BREAKER_OPEN` */
function commonest(byCode: Record<string, number>): string | undefined {
  const [first] = Object.entries(byCode).sort(([, a], [, b]) => b - a);
  return first && `${formatCount(first[1])} × ${first[0]}`;
}

/**
 * What tells most besides: how long messages wait for each other; of a model's answers the part that is AOS's own, which is
 * the one honest figure of a simulated run; else the slowest.
 */
function lastFigure({ scenario, queue, outside_model, first_token, tokens_per_s, latency }: Measurement): KeyFigure {
  if (scenario === 'message-latency' && queue) return queueFigure(formatFigure(queue.mean), queue.longest);
  if (outside_model) {
    const more = [
      first_token && t('First token, p95: {0} ms.', formatFigure(first_token.p95_ms)),
      tokens_per_s !== null && t('{0} tokens/s.', formatFigure(tokens_per_s)),
    ];
    return {
      ...{ label: t('AOS share, p95'), value: formatFigure(outside_model.p95_ms), unit: 'ms' },
      ...{ note: t('time outside the model'), title: more.filter(Boolean).join(' ') },
    };
  }
  return {
    ...{ label: t('Slowest'), value: latency ? formatFigure(latency.max_ms) : NOTHING, unit: 'ms' },
    note: latency ? t('mean {0}', formatFigure(latency.mean.value)) : '',
  };
}

/** Messages that are sent and have not arrived. */
function queueFigure(value: string, longest: number): KeyFigure {
  return {
    ...{ label: t('Queue length'), value, unit: '', note: t('at most {0}', formatCount(longest)) },
    title: t('Messages that were sent and had not arrived yet: the mean over the time.'),
  };
}

/** The figures until now: held against the targets, without a word on how sure they are. */
export function runningFigures({ progress, plan }: RunningBenchmark): KeyFigure[] {
  if (!progress) return [];
  const { so_far, scenario, done, errors, errors_by_code, elapsed_s, phase } = progress;
  const rows = rowsOf(scenario);
  const percentile = (name: 'p50' | 'p95' | 'p99'): KeyFigure => {
    const target = rows.find(({ statistic }) => statistic === name);
    return {
      label: name,
      value: so_far ? formatFigure(so_far[`${name}_ms`]) : NOTHING,
      unit: 'ms',
      note: target ? t('target < {0}', formatCount(target.max_ms)) : '',
    };
  };
  const perSecond = phase === 'measure' && elapsed_s > 0 ? formatFigure((done - errors) / elapsed_s) : NOTHING;
  // The scenarios of the baseline have rates of their own, which nobody has told yet.
  const asked = plan.config.scenario === scenario && plan.config.mode === 'open' ? plan.config.ratePerS : null;
  return [
    percentile('p50'),
    percentile('p95'),
    percentile('p99'),
    {
      ...{ label: t('Throughput'), value: perSecond, unit: `${unitOf(scenario)}/s` },
      note: asked === null ? '' : t('asked {0}', formatFigure(asked)),
    },
    errorsFigure(
      errors,
      done,
      errors_by_code,
      leavesTraces(scenario) ? null : t('The runtime has no traces of what this scenario asks for.'),
    ),
    ...waitingFigure(progress),
  ];
}

/** In the serial load one at a time is on its way. */
function waitingFigure({ waiting, scenario }: BenchmarkProgress): KeyFigure[] {
  if (waiting === null) return [];
  const note = scenario === 'message-latency' ? t('in the queue') : t('for their answers');
  return [{ label: t('Waiting'), value: formatCount(waiting), unit: '', note }];
}
