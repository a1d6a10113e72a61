import { z } from 'zod';
import { engineSchema } from './inference.ts';

/** What can be measured: the rows of the guide's baseline table, one scenario for each kind of operation. */
export const scenarioSchema = z.enum([
  'agent-start',
  'message-latency',
  'inference-cached',
  'inference-uncached',
  'storage',
  'authentication',
  'workflow-step',
]);
export type ScenarioId = z.infer<typeof scenarioSchema>;

/** A figure with the ends of its 95 % interval. Milliseconds. */
export const estimateSchema = z.object({ value: z.number(), low: z.number(), high: z.number() });
export type Estimate = z.infer<typeof estimateSchema>;

/**
 * Latencies as counts in log-linear buckets of whole microseconds: `per_octave` buckets for each doubling. Sparse:
 * [bucket, count], rising. Enough to draw curves, compare runs and read any percentile later.
 */
export const histogramSchema = z.object({
  unit: z.literal('us'),
  per_octave: z.int(),
  buckets: z.array(z.tuple([z.int(), z.int()])),
});
export type HistogramData = z.infer<typeof histogramSchema>;

/** Null where nothing was measured. Milliseconds; failed requests are outside. */
export const latencySchema = z.object({
  min_ms: z.number(),
  max_ms: z.number(),
  mean: estimateSchema,
  stddev_ms: z.number(),
  p50: estimateSchema,
  p90: estimateSchema,
  p95: estimateSchema,
  p99: estimateSchema,
  p99_9: estimateSchema,
  p99_99: estimateSchema,
});
export type Latency = z.infer<typeof latencySchema>;

export const loadModeSchema = z.discriminatedUnion('mode', [
  /** Latency counts from the moment a request was due, whether or not it could be sent then. */
  z.object({
    mode: z.literal('open'),
    rate_per_s: z.number(),
    /** The rate at the end, where it rises or falls evenly. */
    ramp_to_per_s: z.number().nullable(),
    duration_s: z.number(),
    warm_up_s: z.number(),
  }),
  /** The guide's loop: one request after the other. It cannot see what happens while it waits. */
  z.object({ mode: z.literal('serial'), requests: z.int() }),
]);
export type LoadMode = z.infer<typeof loadModeSchema>;

/** How the run ended. Only `complete` is judged and kept by itself. */
export const runStateSchema = z.enum(['complete', 'cancelled', 'target_gone', 'refused']);
export type RunState = z.infer<typeof runStateSchema>;

export const windowSchema = z.object({
  start_s: z.number(),
  done: z.int(),
  errors: z.int(),
  p50_ms: z.number().nullable(),
  p95_ms: z.number().nullable(),
  p99_ms: z.number().nullable(),
});
export type MeasureWindow = z.infer<typeof windowSchema>;

export const percentilesSchema = z.object({ p50_ms: z.number(), p95_ms: z.number(), p99_ms: z.number() });
export type Percentiles = z.infer<typeof percentilesSchema>;

/** The load generator's own doing: figures it spoils itself are refused. */
export const generatorSchema = z.object({
  /** How much later than due requests were sent. */
  schedule_error_p99_ms: z.number(),
  /** Requests sent more than 10 ms late, */
  late: z.int(),
  /** and their share, 0 to 1. */
  late_share: z.number(),
  /** Requests sent per second. */
  kept_rate_per_s: z.number(),
});
export type GeneratorReport = z.infer<typeof generatorSchema>;

/** Requests that were on their way, sent and not answered yet. */
export const queueSchema = z.object({
  /** Over the time that was measured. */
  mean: z.number(),
  longest: z.int(),
});
export type QueueReport = z.infer<typeof queueSchema>;

export const measurementSchema = z.object({
  scenario: scenarioSchema,
  /** ISO 8601: from when on requests counted. Null: nothing was measured, or a version that did not tell. */
  started_at: z.string().nullable().default(null),
  load: loadModeSchema,
  state: runStateSchema,
  /** What ended the run early; null if it is complete. */
  reason: z.string().nullable(),
  /** Requests that came to an end, failed ones included. */
  requests: z.int(),
  errors: z.int(),
  errors_by_code: z.record(z.string(), z.int()),
  seconds: z.number(),
  /** Requests answered well, per second. */
  throughput_per_s: z.number(),
  latency: latencySchema.nullable(),
  histogram: histogramSchema,
  window_s: z.number(),
  windows: z.array(windowSchema),
  /** Answers by where they came from; null for scenarios without a model. */
  cache: z.object({ exact: z.int(), semantic: z.int(), none: z.int() }).nullable(),
  /** Tokens of answers that were not cached, per second of the run; null for scenarios without a model. */
  tokens_per_s: z.number().nullable(),
  first_token: percentilesSchema.nullable(),
  /** What of the latency was not the model's own time; null for scenarios without a model. */
  outside_model: percentilesSchema.nullable().default(null),
  /** Null in serial mode, which keeps no schedule. */
  generator: generatorSchema.nullable(),
  /** Null in serial mode, where one at a time is on its way. */
  queue: queueSchema.nullable().default(null),
  /** The guide's block, to the letter; only in serial mode. */
  guide_report: z.string().nullable(),
  how: z.string(),
});
export type Measurement = z.infer<typeof measurementSchema>;

export const verdictSchema = z.enum(['meets', 'misses', 'unsure', 'not_judged', 'not_measured']);
export type Verdict = z.infer<typeof verdictSchema>;

/** One row of the guide's baseline table beside what was measured. */
export const baselineRowSchema = z.object({
  id: z.string(),
  metric: z.string(),
  target: z.string(),
  scenario: scenarioSchema,
  /** Which statistic stands for the row. */
  statistic: z.enum(['p50', 'p95', 'p99']),
  max_ms: z.number(),
  measured: estimateSchema.nullable(),
  verdict: verdictSchema,
  /** How it was measured, or why it was not. */
  note: z.string(),
});
export type BaselineRow = z.infer<typeof baselineRowSchema>;

/** R10: recorded with every result. */
export const conditionsSchema = z.object({
  infrastructure: z.string(),
  region: z.string(),
  load: z.string(),
  duration: z.string(),
  network: z.string(),
  node: z.string(),
  aos_version: z.string(),
  engine: engineSchema,
  model: z.string(),
  replicas: z.int(),
  /** Commit of the workspace that was measured; null where it is not known. */
  commit: z.string().nullable(),
});
export type Conditions = z.infer<typeof conditionsSchema>;

/** A promise of the guide about its own practices, beside what it comes to here. */
export const claimSchema = z.object({
  id: z.string(),
  claim: z.string(),
  /** As the guide has it, e.g. `5–10×`. */
  guide: z.string(),
  /** In `unit`; null: not measured. */
  measured: z.number().nullable(),
  unit: z.string(),
  /** How it was measured, or why it was not. */
  note: z.string(),
});
export type Claim = z.infer<typeof claimSchema>;

export const benchmarkResultSchema = z.object({
  kind: z.literal('benchmark'),
  id: z.string(),
  started_at: z.string(),
  target: z.string(),
  conditions: conditionsSchema,
  measurements: z.array(measurementSchema),
  baseline: z.array(baselineRowSchema),
  /** Measured with the whole baseline, where the services can be reached. */
  claims: z.array(claimSchema).default([]),
  notes: z.array(z.string()),
});
export type BenchmarkResult = z.infer<typeof benchmarkResultSchema>;

/** A workflow of steps that do nothing, which every runtime has; the name is not free in aos.json. */
export const BENCHMARK_WORKFLOW = 'aos.benchmark';

export const guideConditions = {
  infrastructure: 'Azure Standard D4s v3',
  region: 'West US 2 (single region)',
  load: '50 % sustained capacity',
  duration: '24 h',
  network: 'Azure backbone (intra-region)',
} as const satisfies Partial<Record<keyof Conditions, string>>;

export const GUIDE_CAVEAT =
  'Actual performance varies based on workload, configuration, data volume, and infrastructure tier.';
