import { z } from 'zod';
import { errorCodeSchema } from './errors.ts';
import { idSchema } from './ids.ts';
import { eventTypeSchema } from './messages.ts';

/** Also the start of the ids of all events of a run, which have at most 128 characters. */
export const runIdSchema = idSchema.max(64, 'must have at most 64 characters');

export const runStatusSchema = z.enum(['pending', 'running', 'completed', 'failed', 'cancelled']);
export type RunStatus = z.infer<typeof runStatusSchema>;
export const stepStatusSchema = z.enum([...runStatusSchema.options, 'skipped']);
export type StepStatus = z.infer<typeof stepStatusSchema>;

const failureSchema = z.object({ error: z.string(), code: errorCodeSchema });

export const stepViewSchema = z.object({
  step_id: z.string(),
  kind: z.enum(['agent', 'infer', 'wait', 'timer', 'for_each', 'approval']),
  /** Null for a step that no agent does. */
  agent: z.string().nullable(),
  depends_on: z.array(z.string()),
  status: stepStatusSchema,
  /** Tries begun. */
  attempts: z.int(),
  started_at: z.string().nullable(),
  finished_at: z.string().nullable(),
  /** Null until it has ended. */
  duration_ms: z.number().nullable(),
  /** When the next try begins, the timer fires or the time is up, whichever comes first; null: nothing of this. */
  due_at: z.string().nullable(),
  /** What a person is asked (approval), or the correlation that is waited for (wait), while it runs. */
  waiting_for: z.string().nullable(),
  /** Only of a completed step. */
  result: z.unknown().optional(),
  /** Why it failed; while it runs, why the last try did. */
  error: failureSchema.nullable(),
  /** Only of a fan-out that has begun. */
  items: z.object({ total: z.int(), completed: z.int(), running: z.int() }).nullable(),
  /** Null until it was begun. */
  compensation: z.object({ status: stepStatusSchema, attempts: z.int(), error: failureSchema.nullable() }).nullable(),
});
export type StepView = z.infer<typeof stepViewSchema>;

/** `GET /api/workflows/runs/{id}`. */
export const runViewSchema = z.object({
  run_id: z.string(),
  workflow: z.string(),
  status: runStatusSchema,
  /** It has failed or was cancelled, and its steps are being undone; `status` is `running` until they are. */
  compensating: z.boolean(),
  shard: z.int(),
  input: z.unknown().optional(),
  /** Only of a completed run. */
  output: z.unknown().optional(),
  error: failureSchema.nullable(),
  created_at: z.string(),
  started_at: z.string().nullable(),
  finished_at: z.string().nullable(),
  duration_ms: z.number().nullable(),
  steps: z.array(stepViewSchema),
});
export type RunView = z.infer<typeof runViewSchema>;

/** An entry of `GET /api/workflows/{name}/runs`, newest first. An unfinished run counts as `running`. */
export const runSummarySchema = z.object({
  run_id: z.string(),
  workflow: z.string(),
  status: runStatusSchema,
  created_at: z.string(),
  finished_at: z.string().nullable(),
});
export type RunSummary = z.infer<typeof runSummarySchema>;

/** `POST /api/workflows/{name}` → 202 with the run. The same run_id again is the same run. */
export const startWorkflowRequestSchema = z.strictObject({
  run_id: runIdSchema.optional(),
  input: z.unknown().optional(),
});
export type StartWorkflowRequest = z.infer<typeof startWorkflowRequestSchema>;

/** `POST /api/workflows/runs/{id}/cancel` → 202. Its effects are compensated. */
export const cancelRunRequestSchema = z.strictObject({
  reason: z.string().min(1).max(1000).default('Cancelled on request.'),
});
export type CancelRunRequest = z.infer<typeof cancelRunRequestSchema>;

/** `POST /api/workflows/runs/{id}/approvals/{step}` → 202; 409 when nobody waits for it. */
export const decideRequestSchema = z.strictObject({
  decision: z.enum(['approve', 'reject']),
  comment: z.string().max(10_000).optional(),
  /** Who decided, for the record. */
  by: z.string().min(1).max(200).optional(),
});
export type DecideRequest = z.infer<typeof decideRequestSchema>;

/** `POST /api/workflows/runs/{id}/events` → 202. An event that comes before its step begins is kept for it. */
export const raiseEventRequestSchema = z.strictObject({
  type: eventTypeSchema,
  data: z.unknown().optional(),
  correlation: z.string().min(1).max(500).optional(),
  /** At most 128 characters; the same id again is the same event. */
  id: z.string().min(1).max(128).optional(),
});
export type RaiseEventRequest = z.infer<typeof raiseEventRequestSchema>;
