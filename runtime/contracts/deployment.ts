import { z } from 'zod';
import type { Amount, DeploymentInputs } from './capacity.ts';

/** Where the replicas run: Container Apps (the default), Functions Flex Consumption (FC1), or the guide's Premium plan (EP2). */
export const deploymentHosts = ['container-apps', 'functions-flex', 'functions-premium'] as const;
export type DeploymentHost = (typeof deploymentHosts)[number];

/** The guide's `--max-workers` (R13). */
export const GUIDE_WORKERS = 20;

const count = (min: number, max: number, what: string) =>
  z
    .int({ error: `${what} is a whole number` })
    .min(min, `${what} is ${min} at least`)
    .max(max, `${what} is ${max} at most`);

/** What the capacity plan sets; the bounds are those of the services. */
const capacitySchema = z
  .strictObject({
    region: z.string().regex(/^[a-z0-9]+$/),
    bus_tier: z.enum(['Premium', 'Standard'], {
      error: 'the tier is Premium or Standard: Basic has no topics and no sessions',
    }),
    messaging_units: z.literal([1, 2, 4, 8, 16], { error: 'Premium has 1, 2, 4, 8 or 16 messaging units' }),
    shards: count(1, 1024, 'the number of shards'),
    min_replicas: count(1, 1000, 'the lower bound of the replicas'),
    max_replicas: count(1, 1000, 'the upper bound of the replicas'),
    message_count: count(1, 100_000, 'the messages per replica'),
    polling_seconds: count(1, 3600, 'the polling interval'),
    cooldown_seconds: count(0, 86_400, 'the cooldown'),
    gpus: count(0, 100, 'the number of GPUs'),
    vcpu: z.number().min(0.25).max(4),
    memory_gib: z.number().min(0.5).max(8),
    cool_after_days: count(0, 3650, 'the days until cool'),
    archive_after_days: count(0, 3650, 'the days until archive'),
    sampling_ratio: z.number().min(0).max(1),
  })
  .superRefine(({ min_replicas, max_replicas, shards, vcpu, memory_gib }, context) => {
    const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (max_replicas > shards)
      refuse(
        'max_replicas',
        `is ${max_replicas}, but ${shards} shards keep only ${shards} replicas busy: raise the shards or lower it`,
      );
    if (min_replicas > max_replicas) refuse('min_replicas', `is ${min_replicas}, above max_replicas ${max_replicas}`);
    if (memory_gib !== 2 * vcpu || !Number.isInteger(vcpu * 4))
      refuse(
        'memory_gib',
        `Container Apps want steps of 0.25 vCPU with 2 GiB per vCPU; ${vcpu} vCPU go with ${2 * vcpu} GiB`,
      );
  }) satisfies z.ZodType<DeploymentInputs>;

/** Who may call the deployed API: tokens of this tenant for this audience. */
const authSchema = z.strictObject({
  tenant_id: z.uuid('is the id of a Microsoft Entra tenant'),
  /** Application id, or application id URI, of the API's app registration. */
  audience: z.string().min(1),
});

const modelSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    /** LoRAX on serverless A100 GPUs; a T4 has no bfloat16. */
    kind: z.literal('lorax'),
    /** Whether LoRAX gets a token of the Hugging Face hub: gated base models, such as Llama, need one. */
    hub_token: z.boolean().default(true),
  }),
  z.strictObject({
    kind: z.literal('endpoint'),
    url: z.url({ protocol: /^https?$/, error: 'is the http(s) URL of a LoRAX or OpenAI-compatible endpoint' }),
  }),
]);

const budgetSchema = z.strictObject({
  /** USD a month; alerts go out at 50, 80 and 100 % (as AOS's own template does), and when 100 % is forecast. */
  monthly_usd: z.number().positive('is an amount of USD above 0'),
  /** First of a month, `2026-11-01`; it never changes once the budget exists. Default: the month of the first deployment. */
  start: z
    .string()
    .regex(/^\d{4}-(0[1-9]|1[0-2])-01$/, 'is the first of a month, like 2026-11-01')
    .optional(),
});

/** Everything a person decides about a deployment. */
export const deploymentChoiceSchema = z
  .strictObject({
    /** Prefix of all names. Short, since a storage account's name has 24 characters. */
    name: z
      .string()
      .min(2, 'has 2 characters at least')
      .max(11, 'has 11 characters at most')
      .regex(
        /^[a-z](?:[a-z0-9]|-(?=[a-z0-9]))*$/,
        'holds small letters, digits and single hyphens, and starts with a letter',
      ),
    resource_group: z
      .string()
      .max(90, 'has 90 characters at most')
      .regex(/^[-\w.()]*[-\w()]$/, 'holds letters, digits, "-", "_", "." and parentheses, and does not end with a "."'),
    /** Azure's name of the region, e.g. `westus2`. */
    location: z.string().regex(/^[a-z][a-z0-9]+$/, 'is a region as Azure names it, like westus2'),
    host: z.enum(deploymentHosts).default('container-apps'),
    model: modelSchema,
    capacity: capacitySchema,
    budget: budgetSchema.nullable().default(null),
    /** Where alerts and budget warnings go; null: to nobody by mail. */
    alert_email: z.email('is an e-mail address').nullable().default(null),
    tags: z
      .record(
        z
          .string()
          .min(1)
          .max(512)
          .regex(/^[^<>%&\\?/]+$/, 'a tag’s name must not hold < > % & \\ ? /'),
        z.string().max(256),
      )
      .default({}),
    /** Null: the API has no app registration yet and refuses every token. */
    auth: authSchema.nullable().default(null),
    /**
     * Image of the runtime with its workspace, `<registry>.azurecr.io/aos-runtime:<tag>`. Null: it is not built yet, and
     * everything but the runtime itself is created.
     */
    image: z
      .string()
      .regex(/^[a-z0-9][\w.-]*\/[\w./-]+(?::[\w.-]+|@sha256:[0-9a-f]{64})$/, 'is an image with its registry and tag')
      .nullable()
      .default(null),
  })
  .superRefine(({ host, model }, context) => {
    if (host === 'container-apps' || model.kind !== 'lorax') return;
    context.addIssue({
      code: 'custom',
      path: ['model'],
      message: `must be an endpoint on ${host}: LoRAX asks for no token, so it is reached from its Container Apps environment only`,
    });
  });

/** As written: what has a default may be left out. */
export type DeploymentChoiceInput = z.input<typeof deploymentChoiceSchema>;
export type DeploymentChoice = z.infer<typeof deploymentChoiceSchema>;

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** A resource of a template. Strings in brackets are ARM expressions. */
export interface ArmResource {
  readonly type: string;
  readonly apiVersion: string;
  readonly name: string;
  readonly location?: string;
  readonly condition?: boolean | string;
  readonly scope?: string;
  readonly kind?: string;
  readonly identity?: JsonObject;
  readonly sku?: JsonObject;
  readonly tags?: JsonObject | string;
  readonly dependsOn?: readonly string[];
  readonly properties?: JsonObject;
}

export interface ArmParameter {
  readonly type: 'string' | 'securestring' | 'int' | 'bool' | 'object' | 'array';
  readonly defaultValue?: Json;
  readonly allowedValues?: readonly Json[];
  readonly minValue?: number;
  readonly maxValue?: number;
  readonly maxLength?: number;
  readonly metadata: { readonly description: string };
}

export interface ArmTemplate {
  readonly $schema: string;
  readonly contentVersion: string;
  readonly metadata: JsonObject;
  readonly parameters: Readonly<Record<string, ArmParameter>>;
  readonly variables: JsonObject;
  readonly resources: readonly ArmResource[];
  readonly outputs: Readonly<Record<string, { readonly type: 'string' | 'int'; readonly value: string }>>;
}

/** A parameter file; `parameters` is also what a deployment request takes. Secrets are never in it. */
export interface ArmParameters {
  readonly $schema: string;
  readonly contentVersion: string;
  readonly parameters: Readonly<Record<string, { readonly value: Json }>>;
}

export interface BuiltTemplate {
  template: ArmTemplate;
  parameters: ArmParameters;
}

/** What a resource costs: `month` whether used or not, `use` as estimated by the plan, `included` nothing of its own. */
export interface ResourceCost {
  /** Name of the resource before it is evaluated, as in the template. */
  name: string;
  type: string;
  basis: 'month' | 'use' | 'included';
  /** Null: unknown, there is no price for it. */
  cost: Amount | null;
}

export interface DeploymentCost {
  resources: readonly ResourceCost[];
  /** Sums of what is known, in USD a month. */
  month: Amount;
  use: Amount;
  /** False: the sums are lower ends. */
  complete: boolean;
}
