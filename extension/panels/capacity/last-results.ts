import { z } from 'zod';
import { type BenchmarkResult, benchmarkResultSchema } from '../../../runtime/contracts/benchmark.ts';
import { type ResultSummary, resultSummarySchema } from '../../../runtime/contracts/results.ts';
import { type Endpoint, sendJson } from '../../client/http.ts';

/** What the runtime keeps of past measurements, as far as a plan can use it. */
export interface LastResults {
  /** The newest complete run of a real engine. */
  benchmark: ResultSummary | undefined;
  /** There are runs of any kind. */
  hasBenchmarks: boolean;
  /** The newest run is of a simulated engine. */
  isSimulated: boolean;
  /** ISO 8601; null: no load test is kept. */
  loadTestAt: string | null;
}

export async function lastResults(endpoint: Endpoint): Promise<LastResults> {
  const list = (query: string) =>
    sendJson(endpoint, { method: 'GET', path: `/api/results?${query}` }, z.array(resultSummarySchema));
  const [benchmarks, [load]] = await Promise.all([list('kind=benchmark'), list('kind=load&limit=1')]);
  const isReal = ({ conditions }: ResultSummary) => conditions !== null && conditions.engine !== 'simulated';
  return {
    benchmark: benchmarks.find((run) => run.state === 'complete' && isReal(run)),
    hasBenchmarks: benchmarks.length > 0,
    isSimulated: benchmarks[0] !== undefined && !isReal(benchmarks[0]),
    loadTestAt: load?.started_at ?? null,
  };
}

export function benchmarkResult(endpoint: Endpoint, id: string): Promise<BenchmarkResult> {
  const path = `/api/results/${encodeURIComponent(id)}`;
  return sendJson(endpoint, { method: 'GET', path }, benchmarkResultSchema);
}
