import type { HistogramData, MeasureWindow, ScenarioId } from '../../runtime/contracts/benchmark.ts';
import { formatFigure } from '../../runtime/contracts/figures.ts';
import { formatCount } from '../../runtime/contracts/units.ts';
import type { ChartSpec, Series, YAxis } from '../charts/chart-spec.ts';
import { linearScale, niceStep } from '../charts/scales.ts';
import { t } from '../l10n.ts';
import { distributionOf } from './histogram-facts.ts';
import { type TargetRow, timeMarks } from './target-marks.ts';
import { unitOf } from './words.ts';

/** What the charts draw: of a measurement that is over, or of one that goes on. */
export interface Drawn {
  scenario: ScenarioId;
  simulated: boolean;
  /** Whether the figures are held against the targets. */
  judged: boolean;
  rows: readonly TargetRow[];
  windowS: number;
  windows: readonly MeasureWindow[];
  /** Of the axis: the whole planned duration while it goes on. */
  seconds: number;
  /** Requests a second that were asked for; null: as many as came. */
  askedPerS: number | null;
  histogram: HistogramData;
  percentiles: { p50_ms: number; p95_ms: number; p99_ms: number } | null;
  errors: number;
}

const LATENCY_PX = 168;
const THROUGHPUT_PX = 86;
/** As high as the two charts beside it. */
export const CURVE_PX = LATENCY_PX + THROUGHPUT_PX;
const DISTRIBUTION_PX = 152;

const secondsText = (value: number) => `${Number(value.toFixed(2))} s`;

/** p50, p95 and p99 of each window, and what was done a second below. */
export function latencyChart(drawn: Drawn): ChartSpec {
  const { windows, windowS, seconds, rows, judged, simulated, askedPerS, scenario, errors } = drawn;
  const times = windows.map(({ start_s }) => start_s + windowS);
  const end = Math.max(seconds, times.at(-1) ?? 0, 1);
  const step = niceStep(end / 6);
  const line = (label: string, style: Series['style'], read: (window: MeasureWindow) => number | null): Series => ({
    ...{ label, style, unit: 'ms', kind: 'line', labelled: true, format: formatFigure, values: windows.map(read) },
  });
  const series = [
    line('p50', 'first', ({ p50_ms }) => p50_ms),
    line('p95', 'second', ({ p95_ms }) => p95_ms),
    line('p99', 'third', ({ p99_ms }) => p99_ms),
  ];
  const marks = timeMarks(rows, judged);
  const slowest = Math.max(0, ...series.flatMap(({ values }) => values).map((value) => value ?? 0));
  const band = Math.max(0, ...marks.map((mark) => (mark.kind === 'band' ? mark.to : 0)));
  const done = windows.map((window) => window.done / windowS);
  const most = Math.max(askedPerS ?? 0, ...done);
  return {
    title: t('Latency over time'),
    caption: errors > 0 ? t('ms, {0} s windows, without failed requests', windowS) : t('ms, {0} s windows', windowS),
    simulated,
    x: {
      ...{ heading: t('Time'), values: times, min: 0, max: end, format: secondsText },
      splits: Array.from({ length: Math.floor(end / step + 1e-9) + 1 }, (_, i) => i * step),
    },
    panes: [
      { heightPx: LATENCY_PX, y: latencyAxis(linearScale(Math.max(slowest, band) || 1)), series, marks },
      {
        heightPx: THROUGHPUT_PX,
        y: {
          ...{ scale: 'linear', min: 0, max: (most || 1) * 1.15, format: formatRate },
          splits: [0, askedPerS ?? (niceStep((most || 1) / 2) || 1)],
        },
        series: [
          {
            ...{ label: t('done/s'), unit: `${unitOf(scenario)}/s`, style: 'done', kind: 'area', values: done },
            ...{ labelled: true, format: formatFigure },
          },
        ],
        marks: [],
      },
    ],
  };
}

const formatRate = (value: number) => (Number.isInteger(value) ? formatCount(value) : formatFigure(value));
export const latencyAxis = (scale: Omit<YAxis, 'scale' | 'format'>): YAxis => ({
  ...{ scale: 'linear', ...scale, format: formatTick },
});

/** Ticks are round: `5`, not `5.00`. */
const formatTick = (value: number) => (value < 10 ? String(Number(value.toPrecision(3))) : formatCount(value));

/** How many requests took how long. */
export function distributionChart({ histogram, simulated, scenario, percentiles }: Drawn): ChartSpec {
  const { widthMs, counts, beyond } = distributionOf(histogram);
  const end = Math.max(1, counts.length) * widthMs;
  const step = niceStep(end / 7);
  const lines = percentiles
    ? ([
        ['p50', 'first', percentiles.p50_ms],
        ['p95', 'second', percentiles.p95_ms],
        ['p99', 'third', percentiles.p99_ms],
      ] as const)
    : [];
  const caption = scenario === 'message-latency' ? t('messages per bin') : t('requests per bin');
  return {
    title: t('Distribution'),
    caption: beyond > 0 ? t('{0}; {1} are slower', caption, formatCount(beyond)) : caption,
    simulated,
    x: {
      ...{ heading: t('Latency'), values: counts.map((_, index) => (index + 0.5) * widthMs), min: 0, max: end },
      splits: Array.from({ length: Math.floor(end / step + 1e-9) + 1 }, (_, i) => i * step),
      format: (value) => `${formatTick(value)} ms`,
    },
    panes: [
      {
        heightPx: DISTRIBUTION_PX,
        y: { ...linearScale(Math.max(1, ...counts), 2), scale: 'linear', format: formatCount },
        series: [
          {
            ...{ label: t('requests'), unit: '', style: 'first', kind: 'bars', values: counts },
            ...{ labelled: false, format: formatCount },
          },
        ],
        marks: lines.map(([label, style, x]) => ({ kind: 'line', x, label, style })),
      },
    ],
  };
}
