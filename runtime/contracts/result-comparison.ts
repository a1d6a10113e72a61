import { z } from 'zod';
import { estimateSchema, scenarioSchema } from './benchmark.ts';

/** `GET /api/results/{a}/compare/{b}`: what changed from the earlier result `a` to the later result `b`. */
export const resultChangeSchema = z.object({
  scenario: scenarioSchema,
  statistic: z.enum(['mean', 'p50', 'p95', 'p99', 'p99_9']),
  /** Milliseconds. */
  before: z.number(),
  after: z.number(),
  /** Relative, with its 95 % interval: 0.1 is 10 % slower. */
  change: estimateSchema,
  reading: z.enum(['faster', 'slower', 'no clear difference']),
});
export type ResultChange = z.infer<typeof resultChangeSchema>;

export const resultComparisonSchema = z.object({
  changes: z.array(resultChangeSchema),
  /** What differs between the runs besides the code, e.g. `replicas: 1 → 2`. */
  differences: z.array(z.string()),
});
export type ResultComparison = z.infer<typeof resultComparisonSchema>;
