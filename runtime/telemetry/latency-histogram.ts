/** Buckets per octave; a power of two. The middle of a bucket is at most 1/128 (0.8 %) from any value in it. */
const PER_OCTAVE = 64;
const BITS = Math.log2(PER_OCTAVE);
/** Integer microseconds below 2^31 (36 minutes): more is counted as that. */
const MAX_MICROSECONDS = 2 ** 31 - 1;

/**
 * Counts latencies in log-linear buckets: constant memory, exact counts, quantiles within 0.8 %. Histograms of several
 * replicas can be added, which quantiles themselves cannot.
 */
export class LatencyHistogram {
  readonly #counts = new Map<number, number>();
  #count = 0;

  /** @param text what `toJSON` gave */
  static parse(text: string): LatencyHistogram {
    const histogram = new LatencyHistogram();
    for (const [bucket, count] of JSON.parse(text) as [number, number][]) histogram.#add(bucket, count);
    return histogram;
  }

  static merge(parts: Iterable<LatencyHistogram>): LatencyHistogram {
    const sum = new LatencyHistogram();
    for (const part of parts) for (const [bucket, count] of part.#counts) sum.#add(bucket, count);
    return sum;
  }

  get count(): number {
    return this.#count;
  }

  /** @param ms milliseconds, ≥ 0 */
  record(ms: number): void {
    this.#add(bucketOf(Math.min(MAX_MICROSECONDS, Math.max(0, Math.round(ms * 1000)))), 1);
  }

  /**
   * @param p 0 … 1, e.g. 0.95
   * @returns milliseconds; NaN when nothing was recorded
   */
  quantile(p: number): number {
    let rank = Math.max(1, Math.ceil(p * this.#count));
    for (const [bucket, count] of this.#sorted()) {
      rank -= count;
      if (rank <= 0) return middleOf(bucket) / 1000;
    }
    return Number.NaN;
  }

  toJSON(): string {
    return JSON.stringify(this.#sorted());
  }

  #add(bucket: number, count: number): void {
    this.#counts.set(bucket, (this.#counts.get(bucket) ?? 0) + count);
    this.#count += count;
  }

  #sorted(): [number, number][] {
    return [...this.#counts].sort(([a], [b]) => a - b);
  }
}

function bucketOf(microseconds: number): number {
  const octave = 31 - Math.clz32(microseconds);
  if (octave < BITS) return microseconds;
  return ((octave - BITS + 1) << BITS) + ((microseconds >>> (octave - BITS)) & (PER_OCTAVE - 1));
}

function middleOf(bucket: number): number {
  if (bucket < PER_OCTAVE) return bucket;
  const width = 2 ** ((bucket >> BITS) - 1);
  const start = (PER_OCTAVE + (bucket & (PER_OCTAVE - 1))) * width;
  return start + (width - 1) / 2;
}
