export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  /** What follows the metric's name. */
  suffix: '' | '_bucket' | '_sum' | '_count';
  labels: Labels;
  value: number;
}

export interface Metric {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary';
  /** None: it is left out, as LoRAX leaves out what never happened. */
  samples(): Sample[];
}

export class Counter implements Metric {
  readonly name: string;
  readonly type = 'counter';
  readonly #values = new Map<string, Sample>();

  constructor(name: string) {
    this.name = name;
  }

  add(labels: Labels = {}, by = 1): void {
    const key = labelText(labels);
    const value = (this.#values.get(key)?.value ?? 0) + by;
    this.#values.set(key, { suffix: '', labels, value });
  }

  samples(): Sample[] {
    return [...this.#values.values()];
  }
}

interface Distribution {
  labels: Labels;
  /** Values at or below the bound of the same index, and above the one before. */
  counts: number[];
  sum: number;
  count: number;
}

/** Counts values by upper bounds; without bounds it is a summary of sum and count, as in LoRAX. */
export class Histogram implements Metric {
  readonly name: string;
  readonly type: 'histogram' | 'summary';
  readonly #bounds: readonly number[];
  readonly #distributions = new Map<string, Distribution>();

  constructor(name: string, bounds: readonly number[] = []) {
    this.name = name;
    this.type = bounds.length > 0 ? 'histogram' : 'summary';
    this.#bounds = bounds;
  }

  record(value: number, labels: Labels = {}): void {
    const key = labelText(labels);
    const empty = { labels, counts: this.#bounds.map(() => 0), sum: 0, count: 0 };
    const distribution = this.#distributions.get(key) ?? empty;
    this.#distributions.set(key, distribution);
    const bucket = this.#bounds.findIndex((bound) => value <= bound);
    if (bucket >= 0) distribution.counts[bucket] = (distribution.counts[bucket] ?? 0) + 1;
    distribution.sum += value;
    distribution.count++;
  }

  samples(): Sample[] {
    return [...this.#distributions.values()].flatMap((distribution) => this.#samplesOf(distribution));
  }

  #samplesOf({ labels, counts, sum, count }: Distribution): Sample[] {
    let total = 0;
    const buckets = this.#bounds.map((bound, index): Sample => {
      total += counts[index] ?? 0;
      return { suffix: '_bucket', labels: { ...labels, le: String(bound) }, value: total };
    });
    const all: Sample = { suffix: '_bucket', labels: { ...labels, le: '+Inf' }, value: count };
    return [
      ...(this.type === 'histogram' ? [...buckets, all] : []),
      { suffix: '_sum', labels, value: sum },
      { suffix: '_count', labels, value: count },
    ];
  }
}

/** Is read when somebody asks. */
export function gauge(name: string, read: () => { labels?: Labels; value: number }[]): Metric {
  const samples = () => read().map(({ labels = {}, value }): Sample => ({ suffix: '', labels, value }));
  return { name, type: 'gauge', samples };
}

/** `{a="1",b="2"}`, or nothing. */
export function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length > 0 ? `{${pairs.join(',')}}` : '';
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
