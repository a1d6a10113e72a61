import { z } from 'zod';
import { benchmarkResultSchema, conditionsSchema, runStateSchema, scenarioSchema, verdictSchema } from './benchmark.ts';
import { idSchema } from './ids.ts';
import { loadResultSchema } from './load-test.ts';

/**
 * Results of benchmarks and load tests as a runtime keeps them: `GET /api/results` lists summaries, newest first;
 * `GET /api/results/{id}` gives a whole result (`BenchmarkResult` or `LoadResult`); `PUT /api/results/{id}` keeps one
 * (201, the same again 200, another result under its id 409) and drops the oldest ones beyond `keep`;
 * `PATCH /api/results/{id}` changes its note; `DELETE /api/results/{id}`.
 */
export const resultSchema = z.discriminatedUnion('kind', [benchmarkResultSchema, loadResultSchema]);
export type Result = z.infer<typeof resultSchema>;

export const resultIdSchema = idSchema;

/** A run of a day has a window for each second, which are 7 MiB. */
export const MAX_RESULT_BYTES = 16 * 1024 * 1024;

/** Results of a runtime that are kept. */
export const historyLimitSchema = z.int().min(1).max(1000);
export const DEFAULT_HISTORY_LIMIT = 50;

export const resultSummarySchema = z.object({
  id: z.string(),
  kind: z.enum(['benchmark', 'load']),
  /** Counts the results of this runtime, from 1: "run 14". */
  number: z.int(),
  started_at: z.string(),
  state: runStateSchema,
  /** What was measured: a scenario, `null` for several (the baseline), the plan's name for a load test. */
  scenario: scenarioSchema.nullable(),
  name: z.string().nullable(),
  /** `open, 20/s for 60 s`, `serial, 1,000 requests`, `50 threads`. */
  load: z.string(),
  p50_ms: z.number().nullable(),
  p95_ms: z.number().nullable(),
  throughput_per_s: z.number(),
  errors: z.int(),
  requests: z.int(),
  /** Null for load tests, which do not ask for it. */
  conditions: conditionsSchema.nullable(),
  /** The worst of its rows; `meets`/`misses` for a load test. */
  verdict: verdictSchema,
  note: z.string(),
});
export type ResultSummary = z.infer<typeof resultSummarySchema>;

/** Query of `GET /api/results`. */
export const resultsQuerySchema = z.strictObject({
  kind: resultSummarySchema.shape.kind.optional(),
  limit: z.coerce.number().pipe(historyLimitSchema).default(DEFAULT_HISTORY_LIMIT),
});

/** Query of `PUT /api/results/{id}`. */
export const keepQuerySchema = z.strictObject({
  keep: z.coerce.number().pipe(historyLimitSchema).default(DEFAULT_HISTORY_LIMIT),
});

export const resultPatchSchema = z.strictObject({ note: z.string().max(500) });
