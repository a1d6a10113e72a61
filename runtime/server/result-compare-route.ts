import type { FastifyInstance, FastifyRequest } from 'fastify';
import { compareRuns } from '../benchmark/compare.ts';
import type { BenchmarkResult } from '../contracts/benchmark.ts';
import type { ResultComparison } from '../contracts/result-comparison.ts';
import { resultIdSchema } from '../contracts/results.ts';
import { AosError } from '../core/errors.ts';
import { param } from './http-server.ts';
import type { ResultStore } from './results.ts';

/** Holds a kept benchmark against an earlier one. */
export function addResultCompareRoute(server: FastifyInstance, results: Pick<ResultStore, 'get'>): void {
  server.get('/api/results/:id/compare/:other', async (request): Promise<ResultComparison> => {
    const [before, after] = await Promise.all([
      benchmarkOf(results, request, 'id'),
      benchmarkOf(results, request, 'other'),
    ]);
    return compareRuns(before, after);
  });
}

/** @throws AosError AOS_NOT_FOUND; AOS_BAD_REQUEST for the result of a load test */
async function benchmarkOf(
  results: Pick<ResultStore, 'get'>,
  request: FastifyRequest,
  name: string,
): Promise<BenchmarkResult> {
  const id = resultIdSchema.safeParse(param(request, name));
  if (!id.success) throw new AosError('AOS_NOT_FOUND', `There is no result ${JSON.stringify(param(request, name))}.`);
  const result = await results.get(id.data);
  if (result.kind === 'benchmark') return result;
  throw new AosError('AOS_BAD_REQUEST', `${id.data} is the result of a load test. Only benchmarks can be compared.`);
}
