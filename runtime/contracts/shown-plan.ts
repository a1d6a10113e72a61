import { z } from 'zod';
import type { Amount, PlannedInput, Saving } from './capacity.ts';
import { type ChoiceKey, capacityChoices, inputGroups, type NumberKey, numberKeys } from './capacity-inputs.ts';
import { meterKeys } from './prices.ts';

/** What of a plan the Capacity planner shows; the planner itself stays with the host. */

export const inputKeySchema = z.enum([
  ...(numberKeys as [NumberKey, ...NumberKey[]]),
  ...(Object.keys(capacityChoices) as [ChoiceKey, ...ChoiceKey[]]),
]);

const pair = z.tuple([z.number(), z.number()]);
const amount = z.object({ amount: z.number(), unknown: z.array(z.enum(meterKeys)) }) satisfies z.ZodType<Amount>;
const range = z.object({ p10: z.number(), p50: z.number(), p90: z.number() });
const nullable = z.number().nullable();

const plannedInput = z.object({
  key: inputKeySchema,
  group: z.enum(inputGroups),
  label: z.string(),
  unit: z.string(),
  value: z.union([z.number(), z.string()]).nullable(),
  source: z.enum(['guide', 'measured', 'assumed', 'yours']),
  from: z.string(),
  default: z.union([z.number(), z.string()]).nullable(),
  range: pair.nullable(),
  options: z.array(z.union([z.number(), z.string()])).nullable(),
}) satisfies z.ZodType<PlannedInput>;

const need = z.object({
  id: z.enum(['replicas', 'gpu', 'bus', 'storage', 'writes', 'monitoring', 'egress']),
  resource: z.string(),
  tier: z.string(),
  needed: z.string(),
  fill: z.object({ share: z.number(), of: z.string() }).nullable(),
  cost: amount,
  note: z.string().nullable(),
});

const saving = z.object({
  without: amount,
  with: amount,
  saving: nullable,
  percent: nullable,
  guide_percent: pair,
}) satisfies z.ZodType<Saving>;

const savings = z.object({
  gpu: saving.extend({ gpus_without: z.number(), gpus_with: z.number(), guide_saving: pair }),
  cache: saving.extend({
    calls_avoided_per_month: z.number(),
    calls_avoided_percent: z.number(),
    gpus_without: z.number(),
    gpus_with: z.number(),
  }),
  lifecycle: saving.extend({ hot_gb: z.number(), cool_gb: z.number(), archive_gb: z.number() }),
  sampling: saving.extend({ full_gb: z.number(), sampled_gb: z.number() }),
});

/** A check of the advisor; what its fix does stays with the host. */
const check = z.object({
  id: z.string(),
  practice: nullable,
  title: z.string(),
  verdict: z.enum(['meets', 'misses', 'unsure', 'not measured']),
  severity: z.enum(['error', 'warning', 'lightbulb', 'info']),
  blocking: z.boolean(),
  finding: z.string(),
  why: z.string(),
  saving: nullable,
  fix: z.object({ kind: z.enum(['inputs', 'config', 'command', 'price', 'advice']), label: z.string() }).nullable(),
});
export type ShownCheck = z.infer<typeof check>;

export const shownPlanSchema = z.object({
  id: z.string(),
  /** By its place in the list: A, B, … */
  letter: z.string(),
  name: z.string(),
  inputs: z.array(plannedInput),
  guide: z.object({
    instances: z.number(),
    rps: z.number(),
    storage_gb: z.number(),
    lines: z.tuple([z.string(), z.string(), z.string()]),
  }),
  planned: z.object({ factor: z.number(), instances: z.number(), rps: z.number(), storage_gb: z.number() }),
  needs: z.array(need),
  total: amount,
  scale: z.object({ min_replicas: z.number(), max_replicas: z.number() }),
  hosting: z.array(
    z.object({
      label: z.string(),
      instances: z.number(),
      limit: z.number(),
      fits: z.boolean(),
      cost: amount.nullable(),
      note: z.string(),
    }),
  ),
  savings,
  reservation: z.object({ instances: z.number(), saving: nullable, break_even_percent: nullable }),
  crossover: z.object({
    requests_per_hour: nullable,
    cheaper_now: z.enum(['consumption', 'always on']).nullable(),
    unknown: z.array(z.enum(meterKeys)),
  }),
  sensitivity: z.array(
    z.object({
      key: z.enum(numberKeys as [NumberKey, ...NumberKey[]]),
      label: z.string(),
      unit: z.string(),
      at: pair,
      change: pair,
    }),
  ),
  ranges: z.object({ draws: z.number(), gpus: range, in_flight: range, cost: range }),
  checks: z.array(check),
});
export type ShownPlan = z.infer<typeof shownPlanSchema>;
