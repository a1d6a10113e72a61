import { z } from 'zod';
import { deploymentChoiceSchema } from './deployment.ts';
import { errorCodeSchema } from './errors.ts';
import { priceBookSchema } from './prices.ts';

/**
 * What passes, over IPC, between whoever deploys and the process that talks to Azure (`main deploy`). It does one job and
 * ends. It never signs in by itself: it asks for a token whenever it needs one. A deployment that has begun goes on in
 * Azure when the channel closes; job `follow` finds it again.
 */

/** A cloud of Azure: the public one, a sovereign one, or one of somebody's own. */
export const azureCloudSchema = z.strictObject({
  name: z.string(),
  /** e.g. `https://management.azure.com` */
  resource_manager: z.url({ protocol: /^https$/ }),
  /** e.g. `https://portal.azure.com`; null: it has none. */
  portal: z.url({ protocol: /^https$/ }).nullable(),
});
export type AzureCloud = z.infer<typeof azureCloudSchema>;

/** `complete` also deletes what the resource group holds and the template does not name. */
export const deploymentModeSchema = z.enum(['incremental', 'complete']);
export type DeploymentMode = z.infer<typeof deploymentModeSchema>;

const placeSchema = { cloud: azureCloudSchema, subscription_id: z.uuid() };

export const deployJobSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('subscriptions'), cloud: azureCloudSchema }),
  /** Regions of a subscription, and whether each has what the choice needs. */
  z.strictObject({ kind: z.literal('regions'), ...placeSchema, needs_gpu: z.boolean() }),
  /** Validation, then what-if: nothing is created but the resource group's name is looked up. */
  z.strictObject({
    kind: z.literal('preview'),
    ...placeSchema,
    folder: z.string(),
    choice: deploymentChoiceSchema,
    mode: deploymentModeSchema.default('incremental'),
    /** By which it tells the cost; null: those that ship. */
    prices: priceBookSchema.nullable(),
  }),
  z.strictObject({
    kind: z.literal('deploy'),
    ...placeSchema,
    folder: z.string(),
    choice: deploymentChoiceSchema,
    mode: deploymentModeSchema.default('incremental'),
    smoke_test: z.boolean(),
  }),
  /** Takes up a deployment that was begun before: after a reload of the window, or from another machine. */
  z.strictObject({
    kind: z.literal('follow'),
    ...placeSchema,
    resource_group: z.string(),
    deployment: z.string(),
    smoke_test: z.boolean(),
  }),
  z.strictObject({ kind: z.literal('smoke_test'), ...placeSchema, resource_group: z.string(), deployment: z.string() }),
  /** What a teardown would delete. */
  z.strictObject({ kind: z.literal('inventory'), ...placeSchema, resource_group: z.string() }),
  /** The whole group if everything in it is ours, else our resources one by one. */
  z.strictObject({ kind: z.literal('delete'), ...placeSchema, resource_group: z.string() }),
]);
export type DeployJob = z.infer<typeof deployJobSchema>;

export const toDeploySchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('start'), job: deployJobSchema }),
  z.strictObject({ type: z.literal('token'), id: z.int(), token: z.string(), expires_at_ms: z.number() }),
  /** Nobody is signed in, or the person has refused. */
  z.strictObject({ type: z.literal('no_token'), id: z.int(), message: z.string() }),
  z.strictObject({ type: z.literal('cancel') }),
]);
export type ToDeploy = z.infer<typeof toDeploySchema>;

export const changeTypeSchema = z.enum(['create', 'modify', 'delete', 'no_change', 'ignore', 'unsupported']);

/** One resource of a what-if. */
export const plannedChangeSchema = z.object({
  resource_id: z.string(),
  /** Azure's type, e.g. `Microsoft.ServiceBus/namespaces`; name; and what people call it. */
  type: z.string(),
  name: z.string(),
  label: z.string(),
  change: changeTypeSchema,
  /** Of a modification: path, before, after (JSON as text; secrets masked). */
  properties: z.array(z.object({ path: z.string(), before: z.string().nullable(), after: z.string().nullable() })),
  /** USD a month; null: unknown; 0 for what costs nothing of its own. */
  cost_usd: z.number().nullable(),
});
export type PlannedChange = z.infer<typeof plannedChangeSchema>;

export const previewSchema = z.object({
  resource_group: z.string(),
  /** False: the deployment creates it. */
  group_exists: z.boolean(),
  changes: z.array(plannedChangeSchema),
  /** Sum of the known prices in USD a month, and how many are unknown. */
  month_usd: z.number(),
  unknown_prices: z.int(),
  prices_as_of: z.string().nullable(),
});
export type Preview = z.infer<typeof previewSchema>;

export const operationStateSchema = z.enum(['waiting', 'running', 'succeeded', 'failed', 'cancelled']);

/** One resource of a deployment that runs. */
export const operationSchema = z.object({
  resource_id: z.string(),
  type: z.string(),
  name: z.string(),
  label: z.string(),
  state: operationStateSchema,
  seconds: z.number().nullable(),
  /** The cause as Azure gives it, and what to do. */
  error: z.object({ code: z.string(), message: z.string(), advice: z.string().nullable() }).nullable(),
});
export type Operation = z.infer<typeof operationSchema>;

export const smokeCheckSchema = z.object({
  id: z.enum(['health', 'sign_in', 'register', 'first_answer', 'cached_answer', 'event']),
  label: z.string(),
  /** The guide's target, e.g. `< 200 ms`; null: it names none. */
  target: z.string().nullable(),
  state: z.enum(['waiting', 'running', 'passed', 'failed', 'skipped']),
  measured_ms: z.number().nullable(),
  message: z.string().nullable(),
});
export type SmokeCheck = z.infer<typeof smokeCheckSchema>;

export const deploymentResultSchema = z.object({
  resource_group: z.string(),
  deployment: z.string(),
  /** URL of the deployed runtime's API. */
  api: z.string().nullable(),
  outputs: z.record(z.string(), z.string()),
  changes: z.int(),
  seconds: z.number(),
  smoke: z.array(smokeCheckSchema),
});
export type DeploymentResult = z.infer<typeof deploymentResultSchema>;

/** What a teardown finds in a resource group. */
export const inventorySchema = z.object({
  resource_group: z.string(),
  ours: z.array(z.object({ id: z.string(), type: z.string(), name: z.string(), label: z.string() })),
  others: z.array(z.object({ id: z.string(), type: z.string(), name: z.string() })),
});
export type Inventory = z.infer<typeof inventorySchema>;

export const subscriptionSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  tenant_id: z.string(),
  state: z.string(),
});
export type Subscription = z.infer<typeof subscriptionSchema>;

export const regionSchema = z.object({
  name: z.string(),
  label: z.string(),
  /** Why it cannot be used; null: it can. */
  obstacle: z.string().nullable(),
});
export type Region = z.infer<typeof regionSchema>;

export const fromDeploySchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('token_wanted'),
    id: z.int(),
    scopes: z.array(z.string()),
    tenant_id: z.string().nullable(),
  }),
  /** `deployment` is set as soon as Azure has taken it: from then on it can be followed. */
  z.strictObject({
    type: z.literal('progress'),
    phase: z.enum(['template', 'group', 'validate', 'what_if', 'image', 'deploy', 'smoke_test', 'delete']),
    message: z.string(),
    deployment: z.string().nullable(),
    operations: z.array(operationSchema),
    smoke: z.array(smokeCheckSchema),
  }),
  z.strictObject({
    type: z.literal('result'),
    result: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('subscriptions'), subscriptions: z.array(subscriptionSchema) }),
      z.object({ kind: z.literal('regions'), regions: z.array(regionSchema) }),
      z.object({ kind: z.literal('preview'), preview: previewSchema }),
      z.object({ kind: z.literal('deployed'), deployed: deploymentResultSchema }),
      z.object({ kind: z.literal('smoke_test'), smoke: z.array(smokeCheckSchema) }),
      z.object({ kind: z.literal('inventory'), inventory: inventorySchema }),
      z.object({ kind: z.literal('deleted'), deleted: z.int() }),
    ]),
  }),
  z.strictObject({
    type: z.literal('failed'),
    code: errorCodeSchema,
    /** One sentence that says what to do. */
    message: z.string(),
    operations: z.array(operationSchema),
  }),
]);
export type FromDeploy = z.infer<typeof fromDeploySchema>;
