import type { HistogramData } from '../../runtime/contracts/benchmark.ts';
import { type Bin, binsOf } from '../../runtime/contracts/histogram.ts';

/** Percentiles by name, and where they stand on the axis of the curve: −log10(1 − p). */
export const percentileTicks = [0.5, 0.9, 0.99, 0.999, 0.9999].map((share) => ({ share, x: tailOf(share) }));

/** Where a share of all stands on the axis of a curve: each nine is as wide as the one before. */
export function tailOf(share: number): number {
  return -Math.log10(1 - share);
}

/** `p50`, `p99.9`; between the nines with one digit more. @param x of the curve's axis */
export function percentileName(x: number): string {
  const percent = 100 * (1 - 10 ** -x);
  return `p${Number(percent.toFixed(Math.max(0, Math.ceil(x - 1e-9))))}`;
}

export interface Curve {
  /** Of the axis, rising. */
  xs: number[];
  /** Milliseconds. */
  values: number[];
  /** Beyond, fewer than one of the samples lies: nothing can be said. */
  end: number;
  count: number;
}

const CURVE_STEP = 0.025;
const CURVE_END = 4;

/** The percentile curve, read at even steps of its axis and at the named percentiles. */
export function curveOf(histogram: HistogramData): Curve {
  const bins = binsOf(histogram);
  const count = bins.reduce((sum, bin) => sum + bin.count, 0);
  const end = count === 0 ? 0 : Math.min(CURVE_END, Math.log10(count));
  const steps = Array.from({ length: Math.floor(end / CURVE_STEP + 1e-9) + 1 }, (_, i) => i * CURVE_STEP);
  const named = [...percentileTicks.map(({ x }) => x), tailOf(0.95), end].filter((x) => x <= end);
  const xs = count === 0 ? [] : [...new Set([...steps, ...named])].sort((a, b) => a - b);
  return { xs, values: valuesAt(bins, count, xs), end, count };
}

/** Nearest rank, as the figures are: the least value that the share does not exceed. */
function valuesAt(bins: readonly Bin[], count: number, xs: readonly number[]): number[] {
  let index = 0;
  let reached = bins[0]?.count ?? 0;
  return xs.map((x) => {
    const rank = Math.max(1, Math.ceil((1 - 10 ** -x) * count - 1e-9));
    while (reached < rank && index < bins.length - 1) reached += bins[++index]!.count;
    return middleOf(bins[index]!);
  });
}

const middleOf = ({ fromMs, toMs }: Bin) => (fromMs + toMs) / 2;

export interface Distribution {
  widthMs: number;
  /** Requests from `index * widthMs` on. */
  counts: number[];
  /** Slower than the last bin. */
  beyond: number;
}

const BARS = 44;
/** Of all; the few that are slower would press the others together. */
const SHOWN_SHARE = 0.998;
const ROUND = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

/** About 44 bars of a round width, up to p99.8. */
export function distributionOf(histogram: HistogramData): Distribution {
  const bins = binsOf(histogram);
  const count = bins.reduce((sum, bin) => sum + bin.count, 0);
  if (count === 0) return { widthMs: 1, counts: [], beyond: 0 };
  const [last] = valuesAt(bins, count, [tailOf(SHOWN_SHARE)]);
  const widthMs = roundUp(last! / BARS);
  const counts: number[] = Array(Math.floor(last! / widthMs) + 1).fill(0);
  let beyond = 0;
  for (const bin of bins) {
    const at = Math.floor(middleOf(bin) / widthMs);
    if (at < counts.length) counts[at]! += bin.count;
    else beyond += bin.count;
  }
  return { widthMs, counts, beyond };
}

function roundUp(width: number): number {
  const power = 10 ** Math.floor(Math.log10(width));
  return power * ROUND.find((factor) => factor * power >= width * (1 - 1e-9))!;
}
