import type { Metrics } from '../contracts/http.ts';
import { type MeterReading, mergeReadings, subtractReadings } from './metrics.ts';

export interface MetricsHistoryOptions {
  /** One sample per this time. Default 10,000. */
  sampleMs?: number;
  /** How far it goes back. Default 6. */
  hours?: number;
}

export interface HistoryQuery {
  /** Only the metric of this name. */
  name?: string | undefined;
  /** From this time on (inclusive), milliseconds since the Unix epoch. Default: the oldest sample. */
  sinceMs?: number | undefined;
  /** Before this time (exclusive). Default: all. */
  untilMs?: number | undefined;
  /** Samples are added up to this time, e.g. 300,000 for five minutes; at least, and by default, one sample. */
  stepMs?: number | undefined;
  /** Default 1,000. */
  limit?: number | undefined;
}

/** What was counted in one step, by all replicas together; quantiles are those of the step. */
export interface MetricsSample extends Metrics {
  /** Begin of the step, ISO 8601. */
  at: string;
}

export interface HistoryPage {
  /** The oldest first. Steps in which nothing was counted are left out. */
  samples: MetricsSample[];
  /** `sinceMs` of the next page; undefined after the last one. */
  nextSinceMs: number | undefined;
}

const HOUR_MS = 3_600_000;
const DEFAULT_LIMIT = 1000;

/** Metrics over time, in memory: what the meters of all replicas have counted in each sample, for a bounded time. */
export class MetricsHistory {
  readonly #sampleMs: number;
  readonly #keptMs: number;
  /** By their begin, in order of time. */
  readonly #samples = new Map<number, MeterReading[]>();
  readonly #last = new Map<string, { reading: MeterReading; atMs: number }>();

  constructor({ sampleMs = 10_000, hours = 6 }: MetricsHistoryOptions = {}) {
    this.#sampleMs = sampleMs;
    this.#keptMs = hours * HOUR_MS;
  }

  /** Number of samples that are kept; at most hours ÷ sampleMs, and one that is being filled. */
  get size(): number {
    return this.#samples.size;
  }

  /**
   * Takes what the meters of a replica show. The first reading of a replica is where its count begins: for one that has
   * just started, an empty one.
   * @param atMs when it was read, milliseconds since the Unix epoch; never earlier than the reading before
   */
  record(replica: string, reading: MeterReading, atMs: number): void {
    const before = this.#last.get(replica);
    this.#last.set(replica, { reading, atMs });
    if (before) {
      const begin = startOf(atMs, this.#sampleMs);
      const sample = this.#samples.get(begin) ?? [];
      sample.push(subtractReadings(reading, before.reading));
      this.#samples.set(begin, sample);
    }
    this.#forget(atMs - this.#keptMs);
  }

  query({ name, sinceMs = 0, untilMs = Number.POSITIVE_INFINITY, stepMs = 0, limit }: HistoryQuery = {}): HistoryPage {
    const step = Math.max(stepMs, this.#sampleMs);
    const steps = new Map<number, MeterReading[]>();
    for (const [begin, readings] of this.#samples) {
      if (begin < sinceMs || begin >= untilMs) continue;
      const at = startOf(begin, step);
      if (!steps.has(at) && steps.size === (limit ?? DEFAULT_LIMIT))
        return { samples: samplesOf(steps, name), nextSinceMs: begin };
      steps.set(at, [...(steps.get(at) ?? []), ...readings]);
    }
    return { samples: samplesOf(steps, name), nextSinceMs: undefined };
  }

  #forget(beforeMs: number): void {
    for (const begin of this.#samples.keys()) {
      if (begin > beforeMs) break;
      this.#samples.delete(begin);
    }
    for (const [replica, { atMs }] of this.#last) if (atMs <= beforeMs) this.#last.delete(replica);
  }
}

function samplesOf(steps: ReadonlyMap<number, readonly MeterReading[]>, name: string | undefined): MetricsSample[] {
  return [...steps]
    .map(([at, readings]) => ({ at: new Date(at).toISOString(), ...mergeReadings(readings.map((r) => only(r, name))) }))
    .filter(({ counters, histograms }) => counters.length + histograms.length > 0);
}

function only(reading: MeterReading, name: string | undefined): MeterReading {
  if (name === undefined) return reading;
  return {
    counters: reading.counters.filter((counter) => counter.name === name),
    histograms: reading.histograms.filter((histogram) => histogram.name === name),
  };
}

const startOf = (atMs: number, stepMs: number) => Math.floor(atMs / stepMs) * stepMs;
