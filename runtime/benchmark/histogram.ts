import type { HistogramData } from '../contracts/benchmark.ts';

/** Buckets for each doubling; a power of two. The middle of a bucket is at most 1/256 (0.4 %) from any value in it. */
const PER_OCTAVE = 128;
const BITS = Math.log2(PER_OCTAVE);
/** Whole microseconds below 2^31 (36 minutes): more is counted as that. */
const MAX_US = 2 ** 31 - 1;
const BUCKETS = (31 - BITS + 1) << BITS;

/**
 * Latencies in log-linear buckets (the layout of HdrHistogram): constant memory, one increment to record, exact counts,
 * least, greatest, mean and deviation; percentiles within 0.4 %.
 */
export class Histogram {
  readonly #counts = new Uint32Array(BUCKETS);
  #count = 0;
  #sum = 0;
  #squares = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = 0;

  /** Exact figures that buckets alone do not keep are those of the buckets' middles then. */
  static from(data: HistogramData): Histogram {
    const histogram = new Histogram();
    if (data.per_octave !== PER_OCTAVE) {
      throw new RangeError(`A histogram has ${data.per_octave} buckets an octave; ${PER_OCTAVE} can be read.`);
    }
    for (const [bucket, count] of data.buckets) histogram.#add(bucket, count, middleOf(bucket));
    return histogram;
  }

  /** All values of several histograms; nothing is lost. */
  static sum(parts: readonly Histogram[]): Histogram {
    const total = new Histogram();
    for (const part of parts) {
      for (let bucket = 0; bucket < BUCKETS; bucket++) total.#counts[bucket]! += part.#counts[bucket]!;
      total.#count += part.#count;
      total.#sum += part.#sum;
      total.#squares += part.#squares;
      total.#min = Math.min(total.#min, part.#min);
      total.#max = Math.max(total.#max, part.#max);
    }
    return total;
  }

  get count(): number {
    return this.#count;
  }

  /** Milliseconds; NaN when nothing was recorded. */
  get mean(): number {
    return this.#count === 0 ? Number.NaN : this.#sum / this.#count / 1000;
  }

  get min(): number {
    return this.#count === 0 ? Number.NaN : this.#min / 1000;
  }

  get max(): number {
    return this.#count === 0 ? Number.NaN : this.#max / 1000;
  }

  /** Sample standard deviation, ms; 0 for one sample. */
  get stdDev(): number {
    if (this.#count < 2) return this.#count === 0 ? Number.NaN : 0;
    const variance = (this.#squares - (this.#sum * this.#sum) / this.#count) / (this.#count - 1);
    return Math.sqrt(Math.max(0, variance)) / 1000;
  }

  /** @param ms milliseconds; below 0 counts as 0 */
  record(ms: number): void {
    const us = Math.min(MAX_US, Math.max(0, Math.round(ms * 1000)));
    this.#add(bucketOf(us), 1, us);
  }

  /** The value of a rank, 1 … count, in rising order. Ranks outside are the nearest inside. @returns ms; NaN when empty */
  atRank(rank: number): number {
    if (this.#count === 0) return Number.NaN;
    let left = Math.min(this.#count, Math.max(1, Math.round(rank)));
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      left -= this.#counts[bucket]!;
      // The ends are known exactly.
      if (left <= 0) return Math.min(this.#max, Math.max(this.#min, middleOf(bucket))) / 1000;
    }
    return this.max;
  }

  /**
   * Nearest rank: the least value that at least the share `p` of all values does not exceed.
   * @param p 0 … 1
   */
  percentile(p: number): number {
    // 0.95 × 100 is 95.00000000000001 as a double, and the rank must not become 96.
    return this.atRank(Math.ceil(p * this.#count - 1e-9));
  }

  toData(): HistogramData {
    const buckets: [number, number][] = [];
    this.#counts.forEach((count, bucket) => {
      if (count > 0) buckets.push([bucket, count]);
    });
    return { unit: 'us', per_octave: PER_OCTAVE, buckets };
  }

  #add(bucket: number, count: number, us: number): void {
    this.#counts[bucket]! += count;
    this.#count += count;
    this.#sum += us * count;
    this.#squares += us * us * count;
    if (us < this.#min) this.#min = us;
    if (us > this.#max) this.#max = us;
  }
}

function bucketOf(us: number): number {
  const octave = 31 - Math.clz32(us);
  if (octave < BITS) return us;
  return ((octave - BITS + 1) << BITS) + ((us >>> (octave - BITS)) & (PER_OCTAVE - 1));
}

function middleOf(bucket: number): number {
  if (bucket < PER_OCTAVE) return bucket;
  const width = 2 ** ((bucket >> BITS) - 1);
  const start = (PER_OCTAVE + (bucket & (PER_OCTAVE - 1))) * width;
  return start + (width - 1) / 2;
}
