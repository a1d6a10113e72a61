import type { HistogramData } from '../../runtime/contracts/benchmark.ts';
import { formatFigure } from '../../runtime/contracts/figures.ts';
import type { ChartSpec, Mark, Series } from '../charts/chart-spec.ts';
import { linearScale, logScale } from '../charts/scales.ts';
import { t } from '../l10n.ts';
import { CURVE_PX, type Drawn, latencyAxis } from './chart-specs.ts';
import { type Curve, curveOf, percentileName, percentileTicks } from './histogram-facts.ts';
import { curveMarks } from './target-marks.ts';

/** A target this many times the median leaves a linear curve flat on the ground. */
const LOG_FROM = 5;

/** How slow each share of the requests is at most. */
export function percentileChart({ histogram, rows, judged, simulated }: Drawn): ChartSpec {
  const curve = curveOf(histogram);
  const ceiling = Math.max(0, ...rows.map(({ max_ms }) => max_ms));
  const median = curve.values[curve.xs.findIndex((x) => x >= percentileTicks[0]!.x)] ?? ceiling;
  return curveChart({
    ...{ title: t('Percentile curve'), simulated, ceiling, logarithmic: ceiling > LOG_FROM * median },
    lines: [{ label: t('latency'), style: 'first', curve }],
    marks: curveMarks(rows, judged),
  });
}

interface NamedHistogram {
  label: string;
  histogram: HistogramData;
}

/** The curves of two runs, B solid and A dashed. They differ in their tails most of all: hence the logarithm. */
export function comparedChart({ a, b, simulated }: { a: NamedHistogram; b: NamedHistogram; simulated: boolean }) {
  return curveChart({
    ...{ title: t('Percentile curves'), simulated, ceiling: 0, logarithmic: true, marks: [] },
    lines: [
      { label: b.label, style: 'first', curve: curveOf(b.histogram) },
      { label: a.label, style: 'other', curve: curveOf(a.histogram) },
    ],
  });
}

function curveChart(options: {
  title: string;
  simulated: boolean;
  lines: readonly { label: string; style: Series['style']; curve: Curve }[];
  logarithmic: boolean;
  /** What the axis has to reach at least, ms. */
  ceiling: number;
  marks: readonly Mark[];
}): ChartSpec {
  const { title, simulated, lines, marks, ceiling } = options;
  const xs = [...new Set(lines.flatMap(({ curve }) => curve.xs))].sort((one, other) => one - other);
  const values = lines.flatMap(({ curve }) => curve.values);
  const logarithmic = options.logarithmic && values.length > 0;
  const top = Math.max(ceiling, ...values) || 1;
  const end = Math.max(...lines.map(({ curve }) => curve.end));
  const last = percentileTicks.at(-1)!.x;
  const hatch = { kind: 'hatch', from: end, label: [t('too few'), t('samples')] } as const;
  return {
    ...{ title, simulated, caption: t('ms, log tail') },
    x: {
      ...{ heading: t('Percentile'), values: xs, min: 0, max: last, format: percentileName },
      splits: percentileTicks.map(({ x }) => x),
    },
    panes: [
      {
        heightPx: CURVE_PX,
        y: logarithmic
          ? { ...latencyAxis(logScale(Math.max(MIN_MS, Math.min(...values)), top)), scale: 'log' }
          : latencyAxis(linearScale(top)),
        series: lines.map(({ label, style, curve }) => ({
          ...{ label, style, unit: 'ms', kind: 'line', labelled: false, format: formatFigure },
          values: valuesAt(curve, xs),
        })),
        marks: [...marks, ...(end < last ? [hatch] : [])],
      },
    ],
  };
}

/** The least that is told apart, a microsecond: a logarithm knows no 0. */
const MIN_MS = 0.001;

/** A curve read where another has points: its last value until then, and nothing beyond its end. */
function valuesAt({ xs, values, end }: Curve, wanted: readonly number[]): (number | null)[] {
  let at = 0;
  return wanted.map((x) => {
    while (at < xs.length - 1 && xs[at + 1]! <= x) at++;
    return x > end || values.length === 0 ? null : Math.max(MIN_MS, values[at]!);
  });
}
