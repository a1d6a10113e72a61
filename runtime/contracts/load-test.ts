import { z } from 'zod';
import { histogramSchema, latencySchema, runStateSchema } from './benchmark.ts';

export const criterionAggregateSchema = z.union([
  z.enum(['avg', 'min', 'max', 'percentage', 'count']),
  z.string().regex(/^p\d{1,2}(\.\d+)?$/),
]);
export const criterionMetricSchema = z.enum(['response_time', 'errors', 'requests', 'requests_per_sec']);

/** A condition of success, e.g. `avg(response_time) < 2000`. Times are milliseconds, percentages 0 to 100. */
export const criterionSchema = z.object({
  /** As written, without its comment. */
  text: z.string(),
  aggregate: criterionAggregateSchema,
  metric: criterionMetricSchema,
  operator: z.enum(['<', '<=', '>', '>=']),
  threshold: z.number(),
});
export type Criterion = z.infer<typeof criterionSchema>;

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'] as const;

/** One group of workers of the guide's test-plan.yaml; all groups run at the same time. */
export const testPlanItemSchema = z.strictObject({
  name: z.string().min(1).describe('Shown in results and exports.'),
  type: z.literal('http').default('http'),
  endpoint: z.url({ protocol: /^https?$/ }).describe('Whole URL; its origin can be replaced when the plan is run.'),
  method: z.enum(METHODS).default('GET'),
  body: z
    .string()
    .optional()
    .describe(`Sent as JSON. \${__counter} becomes 1, 2, 3, … with every request of the item.`),
  threads: z.int().min(1).max(10_000).describe('Workers, each with one request at a time.'),
  duration: z
    .number()
    .gt(0)
    .max(7 * 86_400)
    .describe('Seconds.'),
});
export type TestPlanItem = z.infer<typeof testPlanItemSchema>;

/** The guide's test-plan.yaml. */
export const testPlanSchema = z.strictObject({
  version: z.literal('v0.1'),
  testName: z.string().min(1),
  testPlan: z.array(testPlanItemSchema).min(1),
  successCriteria: z.array(z.string()).default([]).describe('e.g. avg(response_time) < 2000 (milliseconds).'),
});

/** A plan that was read: its criteria understood. */
export interface TestPlan {
  name: string;
  items: TestPlanItem[];
  criteria: Criterion[];
}

/** What a group of workers, or all together, has measured. `response_time` counts failed requests too, as Azure does. */
export const loadFiguresSchema = z.object({
  requests: z.int(),
  errors: z.int(),
  errors_by_code: z.record(z.string(), z.int()),
  seconds: z.number(),
  requests_per_s: z.number(),
  latency: latencySchema.nullable(),
  histogram: histogramSchema,
});
export type LoadFigures = z.infer<typeof loadFiguresSchema>;

export const judgedCriterionSchema = criterionSchema.extend({
  /** Null: nothing was measured that it speaks of; it does not hold then. */
  actual: z.number().nullable(),
  holds: z.boolean(),
});
export type JudgedCriterion = z.infer<typeof judgedCriterionSchema>;

export const loadResultSchema = z.object({
  kind: z.literal('load'),
  id: z.string(),
  name: z.string(),
  started_at: z.string(),
  target: z.string(),
  state: runStateSchema,
  reason: z.string().nullable(),
  items: z.array(loadFiguresSchema.extend({ name: z.string(), threads: z.int() })),
  total: loadFiguresSchema,
  criteria: z.array(judgedCriterionSchema),
  /** Complete, and every criterion holds. */
  passed: z.boolean(),
});
export type LoadResult = z.infer<typeof loadResultSchema>;
