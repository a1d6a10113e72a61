import type { Measurement } from '../../runtime/contracts/benchmark.ts';
import type { RunningBenchmark } from '../../runtime/contracts/benchmark-panel.ts';
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
}

const NOTHING = '–';

/** The figures of a measurement, with their intervals. */
export function resultFigures(measurement: Measurement): KeyFigure[] {
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
    errorsFigure(errors, requests, commonest(errors_by_code)),
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

function errorsFigure(errors: number, of: number, commonestCode: string | undefined): KeyFigure {
  const note = commonestCode ?? t('of {0}', formatCount(of));
  return { label: t('Errors'), value: formatCount(errors), unit: '', note, bad: errors > 0 };
}

/** `31 × AOS_BREAKER_OPEN` */
function commonest(byCode: Record<string, number>): string | undefined {
  const [first] = Object.entries(byCode).sort(([, a], [, b]) => b - a);
  return first && `${formatCount(first[1])} × ${first[0]}`;
}

/** Where answers are streamed, when they begin; else the slowest. */
function lastFigure({ first_token, tokens_per_s, latency }: Measurement): KeyFigure {
  if (first_token) {
    return {
      ...{ label: t('First token, p95'), value: formatFigure(first_token.p95_ms), unit: 'ms' },
      note: tokens_per_s === null ? '' : t('{0} tokens/s', formatFigure(tokens_per_s)),
    };
  }
  return {
    ...{ label: t('Slowest'), value: latency ? formatFigure(latency.max_ms) : NOTHING, unit: 'ms' },
    note: latency ? t('mean {0}', formatFigure(latency.mean.value)) : '',
  };
}

/** The figures until now: held against the targets, without a word on how sure they are. */
export function runningFigures({ progress, plan }: RunningBenchmark): KeyFigure[] {
  if (!progress) return [];
  const { so_far, scenario, done, errors, elapsed_s, late_share, phase } = progress;
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
    errorsFigure(errors, done, undefined),
    // The serial load keeps no schedule, so it is never late.
    ...(late_share === null
      ? []
      : [{ label: t('Sent late'), value: formatFigure(late_share * 100), unit: '%', note: t('by this machine') }]),
  ];
}
