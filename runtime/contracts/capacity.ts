import { z } from 'zod';
import type { RegionId } from './azure-regions.ts';
import {
  capacityChoices,
  capacityFields,
  type InputGroup,
  type InputSource,
  type NumberKey,
  numberKeys,
} from './capacity-inputs.ts';
import { type MeterKey, meterKeys } from './prices.ts';
import { formatCount } from './units.ts';

/** What is allowed in a field: `1 to 1,024 shards, whole`. */
export function allowedText(key: NumberKey): string {
  const { allowed, min, max, unit, whole, label } = capacityFields[key];
  const noun = unit || label.toLowerCase();
  if (allowed) return `${allowed.join(', ')} ${noun}`;
  return `${number(min)} to ${number(max)} ${noun}${whole ? ', whole' : ''}`;
}

const number = (value: number) => (Number.isInteger(value) ? formatCount(value) : String(value));

function schemaOf(key: NumberKey): z.ZodOptional<z.ZodNumber> {
  const { allowed, min, max, whole, from } = capacityFields[key];
  const fits = (value: number) =>
    allowed ? allowed.includes(value) : value >= min && value <= max && (!whole || Number.isInteger(value));
  return z
    .number({ error: allowedText(key) })
    .refine(fits, allowedText(key))
    .optional()
    .describe(`${capacityFields[key].label}: ${allowedText(key)} (${from})`);
}

const numberSchemas = Object.fromEntries(numberKeys.map((key) => [key, schemaOf(key)])) as {
  [K in NumberKey]: z.ZodOptional<z.ZodNumber>;
};

/** Input of a plan: what differs from the guide's example. Everything is optional. */
export const planInputSchema = z.strictObject({
  ...numberSchemas,
  bus_tier: z.enum(capacityChoices.bus_tier.options).optional(),
  region: z.enum(capacityChoices.region.options).optional(),
  reservation: z.enum(capacityChoices.reservation.options).optional(),
  /** Prices of yours, in USD per unit of the meter; they go before the price list's. */
  prices: z.partialRecord(z.enum(meterKeys), z.number().min(0)).optional(),
});
export type PlanInput = z.infer<typeof planInputSchema>;

/** All inputs with their values. */
export type PlanValues = Record<Exclude<NumberKey, 'gpu_tokens_per_second'>, number> & {
  gpu_tokens_per_second: number | undefined;
  bus_tier: (typeof capacityChoices.bus_tier.options)[number];
  region: RegionId;
  reservation: (typeof capacityChoices.reservation.options)[number];
};

const measuredValueSchema = z.object({
  value: z.number(),
  /** 95 % interval, or the p10 and p90 that were seen. */
  low: z.number().optional(),
  high: z.number().optional(),
});

/** Figures of a benchmark that fill inputs. */
export const measuredSchema = z.object({
  /** Id of the run. */
  run: z.string().min(1),
  /** ISO 8601. */
  at: z.iso.datetime({ offset: true }),
  /** True: of the simulated engine; such figures say nothing about a GPU and are refused. */
  simulated: z.boolean(),
  values: z.partialRecord(z.enum(numberKeys as [NumberKey, ...NumberKey[]]), measuredValueSchema),
});
export type Measured = z.infer<typeof measuredSchema>;

/** An input as a plan used it. */
export interface PlannedInput {
  key: NumberKey | keyof typeof capacityChoices;
  group: InputGroup;
  label: string;
  unit: string;
  value: number | string | null;
  source: InputSource;
  /** Where the value comes from, for a tooltip. */
  from: string;
  /** What "reset" goes back to. */
  default: number | string | null;
  /** Ends for the sensitivity, and for the random draws if the value is measured or assumed. */
  range: readonly [low: number, high: number] | null;
  options: readonly (number | string)[] | null;
}

/** Money of a month, in USD: what is known, and the meters whose price is not. Never take `amount` for the whole if there are some. */
export interface Amount {
  amount: number;
  unknown: readonly MeterKey[];
}

/** The guide's three numbers by its own formulas, and its lines as it prints them (R63–R66). */
export interface GuideNumbers {
  instances: number;
  rps: number;
  storage_gb: number;
  lines: readonly [string, string, string];
}

export type NeedId = 'replicas' | 'gpu' | 'bus' | 'storage' | 'writes' | 'monitoring' | 'egress';

/** A row of "What you need". */
export interface Need {
  id: NeedId;
  resource: string;
  tier: string;
  /** `10 to 30`, `1.00 MB/s`. */
  needed: string;
  /** How full it is at peak: 1 is full. Null: it has no limit. */
  fill: { share: number; of: string } | null;
  cost: Amount;
  note: string | null;
}

/** Bounds of the KEDA rule on the queue. */
export interface ScaleBounds {
  min_replicas: number;
  /** At most one replica per shard can have work. */
  max_replicas: number;
  message_count: number;
  polling_seconds: number;
  cooldown_seconds: number;
}

/** Another place for the same replicas. */
export interface HostingPlan {
  id: 'container-apps' | 'flex' | 'premium-ep2' | 'consumption-y1';
  label: string;
  /** Instances at peak. */
  instances: number;
  limit: number;
  fits: boolean;
  cost: Amount | null;
  note: string;
}

export interface Saving {
  without: Amount;
  with: Amount;
  /** Null while a price is unknown. */
  saving: number | null;
  percent: number | null;
  /** What the guide claims, in percent. */
  guide_percent: readonly [low: number, high: number];
}

export interface PlanSavings {
  /** One GPU per adapter against LoRAX (R22), GPU cost only. */
  gpu: Saving & { gpus_without: number; gpus_with: number; guide_saving: readonly [low: number, high: number] };
  /** What the cache saves (R28): calls that never reach a model, and whole GPUs. */
  cache: Saving & {
    calls_avoided_per_month: number;
    calls_avoided_percent: number;
    gpus_without: number;
    gpus_with: number;
  };
  /** All data hot against the lifecycle policy (R33), once retention is reached. */
  lifecycle: Saving & { hot_gb: number; cool_gb: number; archive_gb: number };
  /** All traces against the sampled ones (R40). */
  sampling: Saving & { full_gb: number; sampled_gb: number };
}

/** The guide's reservation (R68) against paying by the hour. */
export interface Reservation {
  instances: number;
  pay_as_you_go: Amount;
  reserved: Amount;
  saving: number | null;
  /** Share of the hours that the machines must run for the reservation to pay. */
  break_even_percent: number | null;
}

/** Where paying per execution (FC1) and always-on replicas cost the same. */
export interface Crossover {
  /** Null: a price is unknown, or one is always cheaper. */
  requests_per_hour: number | null;
  cheaper_now: 'consumption' | 'always on' | null;
  unknown: readonly MeterKey[];
}

/** A row of the tornado: one input at its stated ends, all else as planned. */
export interface Sensitivity {
  key: NumberKey;
  label: string;
  unit: string;
  /** Value with the lower cost, value with the higher one. */
  at: readonly [lower: number, higher: number];
  /** Change of the month's cost, in USD. */
  change: readonly [lower: number, higher: number];
}

export interface Range {
  p10: number;
  p50: number;
  p90: number;
}

/** What the random draws gave; every measured or assumed input with a range varies in it. */
export interface PlanRanges {
  draws: number;
  varied: readonly NumberKey[];
  gpus: Range;
  in_flight: Range;
  cost: Range;
}

/** What a deployment takes over. */
export interface DeploymentInputs extends ScaleBounds {
  region: string;
  bus_tier: string;
  messaging_units: number;
  shards: number;
  gpus: number;
  vcpu: number;
  memory_gib: number;
  cool_after_days: number;
  archive_after_days: number;
  sampling_ratio: number;
}

export interface Plan {
  inputs: readonly PlannedInput[];
  values: PlanValues;
  /** Prices of someone's own that went before the list's. */
  own_prices: NonNullable<PlanInput['prices']>;
  guide: GuideNumbers;
  /** The same numbers for the peak with headroom; storage follows the average, as retention does. */
  planned: { factor: number; instances: number; rps: number; storage_gb: number };
  needs: readonly Need[];
  total: Amount;
  scale: ScaleBounds;
  hosting: readonly HostingPlan[];
  savings: PlanSavings;
  reservation: Reservation;
  crossover: Crossover;
  sensitivity: readonly Sensitivity[];
  ranges: PlanRanges;
  deployment: DeploymentInputs;
  prices: { as_of: string | null; source: string; region: string; currency: string };
}

export type Fix =
  | { kind: 'inputs'; label: string; set: PlanInput }
  | { kind: 'config'; label: string; path: readonly (string | number)[]; value: unknown }
  | { kind: 'command'; label: string; command: 'aos bench' | 'aos load test-plan.yaml' }
  | { kind: 'price'; label: string; meter: MeterKey }
  | { kind: 'advice'; label: string };

/** One check of the advisor. */
export interface Check {
  id: string;
  /** Number of the guide's best practice; null: an anti-pattern. */
  practice: number | null;
  title: string;
  verdict: 'meets' | 'misses' | 'unsure' | 'not measured';
  severity: 'error' | 'warning' | 'lightbulb' | 'info';
  /** The plan cannot work while this stands. */
  blocking: boolean;
  finding: string;
  why: string;
  /** USD a month that the fix saves; null: none, or unknown. */
  saving: number | null;
  /** Undefined for a check that is met. */
  fix?: Fix;
}
