import type { HistogramData } from './benchmark.ts';

/** Latencies that count alike: `count` of them from `fromMs` on, below `toMs`. */
export interface Bin {
  fromMs: number;
  toMs: number;
  count: number;
}

/** The buckets of a result's histogram, rising: linear below one octave, then `per_octave` to each doubling. */
export function binsOf({ per_octave, buckets }: HistogramData): Bin[] {
  return buckets.map(([bucket, count]) => {
    const octave = Math.floor(bucket / per_octave);
    const width = octave === 0 ? 1 : 2 ** (octave - 1);
    const from = octave === 0 ? bucket : (per_octave + (bucket % per_octave)) * width;
    return { fromMs: from / 1000, toMs: (from + width) / 1000, count };
  });
}
