import { z } from 'zod';
import { histogramSchema, percentilesSchema, scenarioSchema, windowSchema } from './benchmark.ts';
import { errorCodeSchema } from './errors.ts';
import { historyLimitSchema, resultSchema } from './results.ts';

/**
 * What passes, over IPC, between whoever wants figures and the process that measures them (`main benchmark`). It measures
 * one job and ends; when the channel closes it stops and keeps nothing.
 */

/** What is left out is as the scenario has it. */
export const loadChoiceSchema = z.discriminatedUnion('mode', [
  z.strictObject({
    mode: z.literal('open'),
    rate_per_s: z.number().gt(0).optional(),
    ramp_to_per_s: z.number().gt(0).optional(),
    duration_s: z.number().gt(0).optional(),
    warm_up_s: z.number().min(0).optional(),
  }),
  z.strictObject({ mode: z.literal('serial'), requests: z.int().min(1).optional() }),
]);
export type LoadChoice = z.infer<typeof loadChoiceSchema>;

const targetSchema = z.strictObject({ url: z.url(), token: z.string() });

export const measuringJobSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('benchmark'),
    target: targetSchema,
    /** Connection strings of the services themselves; null where only the API can be reached. */
    services: z.strictObject({ serviceBus: z.string(), storage: z.string() }).nullable(),
    /** Folder of the workspace that is measured: its commit is recorded. */
    folder: z.string().nullable(),
    /** Null: all, which is the guide's baseline. */
    scenarios: z.array(scenarioSchema).nullable(),
    /** Null: the first agent. */
    agent_id: z.string().nullable(),
    load: loadChoiceSchema,
    history_limit: historyLimitSchema.optional(),
  }),
  z.strictObject({
    kind: z.literal('load'),
    /** Stands for the origin of the plan's endpoints; null: as the plan names them, without a token. */
    target: targetSchema.nullable(),
    plan_file: z.string(),
    /** Origins that are not this machine and whose owner has said that they may be loaded. */
    allowed_origins: z.array(z.string()),
    /** Seconds, instead of what the plan says. */
    duration_s: z.number().gt(0).optional(),
    history_limit: historyLimitSchema.optional(),
  }),
]);
export type MeasuringJob = z.infer<typeof measuringJobSchema>;

export const toMeasuringSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('start'), job: measuringJobSchema }),
  /** What was measured until then comes as the result, with state `cancelled`. */
  z.strictObject({ type: z.literal('cancel') }),
]);
export type ToMeasuring = z.infer<typeof toMeasuringSchema>;

/** Twice a second. */
export const measuringProgressSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('benchmark'),
    scenario: scenarioSchema,
    /** Place of the scenario in the run, from 0, and how many there are. */
    index: z.int(),
    count: z.int(),
    phase: z.enum(['check', 'warm_up', 'measure']),
    done: z.int(),
    planned: z.int(),
    errors: z.int(),
    errors_by_code: z.record(z.string(), z.int()),
    /** Of this phase: seconds until now, and until its planned end. Null: that cannot be told (yet). */
    elapsed_s: z.number(),
    remaining_s: z.number().nullable(),
    /** Share of requests that the generator sent more than 10 ms late, 0 to 1; null in serial mode. */
    late_share: z.number().nullable(),
    /** Requests that are on their way now, sent and not answered yet; null in serial mode. */
    waiting: z.int().nullable(),
    window_s: z.number(),
    /** Windows that ended since the last report. */
    windows: z.array(windowSchema),
    /** Of all until now, in ms; null before the first answer. */
    so_far: percentilesSchema.nullable(),
    histogram: histogramSchema,
  }),
  z.strictObject({
    kind: z.literal('load'),
    elapsed_s: z.number(),
    duration_s: z.number(),
    items: z.array(z.object({ name: z.string(), requests: z.int(), errors: z.int(), p95_ms: z.number().nullable() })),
  }),
]);
export type MeasuringProgress = z.infer<typeof measuringProgressSchema>;

export const fromMeasuringSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('progress'), progress: measuringProgressSchema }),
  z.strictObject({
    type: z.literal('result'),
    result: resultSchema,
    /** Whether the runtime keeps it (complete runs only, and where a runtime was measured). */
    kept: z.boolean(),
  }),
  z.strictObject({ type: z.literal('failed'), code: errorCodeSchema, message: z.string() }),
]);
export type FromMeasuring = z.infer<typeof fromMeasuringSchema>;
