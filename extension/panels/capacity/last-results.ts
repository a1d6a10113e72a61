import { z } from 'zod';
import { type BenchmarkResult, benchmarkResultSchema } from '../../../runtime/contracts/benchmark.ts';
import { type ResultSummary, resultSummarySchema } from '../../../runtime/contracts/results.ts';
import { type Endpoint, sendJson } from '../../client/http.ts';

/** What the runtime keeps of past measurements, as far as a plan can use it. */
export interface LastResults {
  /** The run that was set as baseline, else the newest complete one of a real engine. */
  benchmark: ResultSummary | undefined;
  /** It was set as baseline. */
  isBaseline: boolean;
  /** There are runs of any kind. */
  hasBenchmarks: boolean;
  /** The newest run is of a simulated engine. */
  isSimulated: boolean;
  /** ISO 8601; null: no load test is kept. */
  loadTestAt: string | null;
}

/** As many as a runtime keeps at most. */
const ALL = 1000;

/** @param baselineId of the run that was set as baseline; one that is not kept any more counts as none */
export async function lastResults(endpoint: Endpoint, baselineId: string | null): Promise<LastResults> {
  const list = (query: string) =>
    sendJson(endpoint, { method: 'GET', path: `/api/results?${query}` }, z.array(resultSummarySchema));
  const [benchmarks, [load]] = await Promise.all([list(`kind=benchmark&limit=${ALL}`), list('kind=load&limit=1')]);
  const isReal = ({ conditions }: ResultSummary) => conditions !== null && conditions.engine !== 'simulated';
  const baseline = benchmarks.find(({ id }) => id === baselineId);
  return {
    benchmark: baseline ?? benchmarks.find((run) => run.state === 'complete' && isReal(run)),
    isBaseline: baseline !== undefined,
    hasBenchmarks: benchmarks.length > 0,
    isSimulated: benchmarks[0] !== undefined && !isReal(benchmarks[0]),
    loadTestAt: load?.started_at ?? null,
  };
}

export function benchmarkResult(endpoint: Endpoint, id: string): Promise<BenchmarkResult> {
  const path = `/api/results/${encodeURIComponent(id)}`;
  return sendJson(endpoint, { method: 'GET', path }, benchmarkResultSchema);
}
