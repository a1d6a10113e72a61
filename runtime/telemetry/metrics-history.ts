import type { MetricsHistory, MetricsSample } from '../contracts/http.ts';
import { type MeterReading, mergeReadings } from './metrics.ts';

/** Every replica writes down what its meters have counted in each of these steps. */
export const SAMPLE_MS = 10_000;

export interface HistoryQuery {
  /** Only the metric of this name. */
  name?: string | undefined;
  /** From this time on (inclusive), milliseconds since the Unix epoch. Default: the oldest sample. */
  sinceMs?: number | undefined;
  /** Before this time (exclusive). Default: all. */
  untilMs?: number | undefined;
  /** Samples are added up to this time, e.g. 300,000 for five minutes; at least, and by default, one sample. */
  stepMs?: number | undefined;
  /** Steps at most. Default 1,000. */
  limit?: number | undefined;
}

/** What a replica has counted in a step that began at this time. */
export interface ReplicaSample {
  beginMs: number;
  reading: MeterReading;
}

const DEFAULT_LIMIT = 1000;

/**
 * Adds the samples of all replicas up to steps, the oldest first; steps in which nothing was counted are left out.
 * @param samples in order of time
 */
export async function historyOf(
  samples: AsyncIterable<ReplicaSample>,
  { name, sinceMs = 0, untilMs = Number.POSITIVE_INFINITY, stepMs = 0, limit = DEFAULT_LIMIT }: HistoryQuery = {},
): Promise<MetricsHistory> {
  const step = Math.max(stepMs, SAMPLE_MS);
  const steps = new Map<number, MeterReading[]>();
  for await (const { beginMs, reading } of samples) {
    if (beginMs < sinceMs || beginMs >= untilMs) continue;
    const wanted = only(reading, name);
    if (wanted.counters.length + wanted.histograms.length === 0) continue;
    const at = Math.floor(beginMs / step) * step;
    const known = steps.get(at);
    if (known) known.push(wanted);
    else if (steps.size === limit) return { samples: samplesOf(steps), next_since: new Date(beginMs).toISOString() };
    else steps.set(at, [wanted]);
  }
  return { samples: samplesOf(steps), next_since: null };
}

const samplesOf = (steps: ReadonlyMap<number, readonly MeterReading[]>): MetricsSample[] =>
  [...steps].map(([at, readings]) => ({ at: new Date(at).toISOString(), ...mergeReadings(readings) }));

function only(reading: MeterReading, name: string | undefined): MeterReading {
  if (name === undefined) return reading;
  return {
    counters: reading.counters.filter((counter) => counter.name === name),
    histograms: reading.histograms.filter((histogram) => histogram.name === name),
  };
}
