import {
  type BenchmarkResult,
  benchmarkResultSchema,
  type HistogramData,
  histogramSchema,
} from '../contracts/benchmark.ts';
import { type LoadResult, loadResultSchema } from '../contracts/load-test.ts';
import { AosError } from '../core/errors.ts';

export type Result = BenchmarkResult | LoadResult;

/** Where results are kept: a row of a table for the summary, a blob for the histograms, which do not fit into a row. */
export interface ResultStore {
  putSummary(row: { id: string; kind: Result['kind']; startedAt: string; summary: string }): Promise<void>;
  putHistograms(id: string, text: string): Promise<void>;
  /** Newest first. */
  listSummaries(): AsyncIterable<{ id: string; kind: Result['kind']; startedAt: string; summary: string }>;
  getSummary(id: string): Promise<string | undefined>;
  getHistograms(id: string): Promise<string | undefined>;
}

const NO_BUCKETS: HistogramData['buckets'] = [];

/** Keeps a result. The summary comes last: what is listed is whole, also when a write is cut off. */
export async function keepResult(store: ResultStore, result: Result): Promise<void> {
  await store.putHistograms(result.id, JSON.stringify(histogramsOf(result)));
  const bare = structuredClone(result);
  for (const histogram of histogramsOf(bare)) histogram.buckets = NO_BUCKETS;
  const summary = JSON.stringify(bare);
  await store.putSummary({ id: result.id, kind: result.kind, startedAt: result.started_at, summary });
}

/** @throws AosError AOS_NOT_FOUND */
export async function loadResult(store: ResultStore, id: string): Promise<Result> {
  const [summary, histograms] = [await store.getSummary(id), await store.getHistograms(id)];
  if (summary === undefined || histograms === undefined) {
    throw new AosError('AOS_NOT_FOUND', `There is no result ${id}. It may have been deleted.`);
  }
  const result = parseResult(summary);
  const kept = histogramSchema.array().parse(JSON.parse(histograms));
  histogramsOf(result).forEach((histogram, index) => {
    histogram.buckets = kept[index]?.buckets ?? NO_BUCKETS;
  });
  return result;
}

/**
 * A result from its JSON.
 * @throws AosError AOS_BAD_REQUEST
 */
export function parseResult(text: string): Result {
  try {
    const value: unknown = JSON.parse(text);
    const load = loadResultSchema.safeParse(value);
    return load.success ? load.data : benchmarkResultSchema.parse(value);
  } catch (cause) {
    throw new AosError(
      'AOS_BAD_REQUEST',
      'This is no result of aos bench or aos load. Write one with: aos bench --json > FILE',
      { cause },
    );
  }
}

/** Always in the same order. */
function histogramsOf(result: Result): HistogramData[] {
  if (result.kind === 'benchmark') return result.measurements.map(({ histogram }) => histogram);
  return [result.total, ...result.items].map(({ histogram }) => histogram);
}
