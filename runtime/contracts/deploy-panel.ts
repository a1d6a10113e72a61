import { z } from 'zod';
import {
  azureCloudSchema,
  deploymentModeSchema,
  deploymentResultSchema,
  fromDeploySchema,
  operationSchema,
  previewSchema,
  smokeCheckSchema,
  subscriptionSchema,
} from './deploy-process.ts';
import { deploymentChoiceSchema } from './deployment.ts';
import { errorCodeSchema } from './errors.ts';
import { formatDollars } from './figures.ts';
import type { PanelContract } from './panel-rpc.ts';

/** What is deployed, and where to: all that the questions before the panel have settled. No secrets. */
export const deployTargetSchema = z.strictObject({
  workspace: z.string(),
  folder: z.string(),
  cloud: azureCloudSchema,
  subscription: subscriptionSchema,
  /** As people call it, e.g. `West US 2`. */
  region: z.string(),
  choice: deploymentChoiceSchema,
  mode: deploymentModeSchema,
});
export type DeployTarget = z.infer<typeof deployTargetSchema>;

export const deployPhaseSchema = fromDeploySchema.options[1].shape.phase;
export type DeployPhase = z.infer<typeof deployPhaseSchema>;

/** How a resource of a preview is paid: by the month, by what is used, or with another one. */
export const costBasisSchema = z.enum(['month', 'use', 'included']);
export type CostBasis = z.infer<typeof costBasisSchema>;

/** Estimate of a month in USD, before what is paid by use; a lower end while prices are unknown. */
export const monthCostSchema = previewSchema.pick({ month_usd: true, unknown_prices: true });
export type MonthCost = z.infer<typeof monthCostSchema>;

/** `≈ $5,787`, or `≥ $5,787` while prices are unknown. */
export function formatMonth({ month_usd, unknown_prices }: MonthCost): string {
  return `${unknown_prices > 0 ? '≥' : '≈'} ${formatDollars(month_usd)}`;
}

const failureSchema = z.strictObject({ code: errorCodeSchema, message: z.string() });

/** A deployment that was begun, as it is kept over a reload of the window. */
export const deploymentRecordSchema = z.strictObject({
  target: deployTargetSchema,
  /** Azure's name of it. */
  deployment: z.string(),
  /** Epoch ms. */
  started_at: z.number(),
  ended_at: z.number().nullable(),
  /** `left`: nobody waits for it any more, it goes on in Azure. */
  state: z.enum(['running', 'left', 'succeeded', 'failed']),
  /** As the preview has said. */
  cost: monthCostSchema,
  changed: z.int(),
  unchanged: z.int(),
  operations: z.array(operationSchema),
  failure: failureSchema.nullable(),
  result: deploymentResultSchema.nullable(),
});
export type DeploymentRecord = z.infer<typeof deploymentRecordSchema>;

const linkSchema = z.strictObject({ label: z.string(), text: z.string(), url: z.url({ protocol: /^https$/ }) });
export type DeployLink = z.infer<typeof linkSchema>;

/** What the panel shows: one face at a time. Times are epoch ms. */
export const deployFaceSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('checking'), phase: deployPhaseSchema, message: z.string() }),
  z.strictObject({
    kind: z.literal('preview'),
    preview: previewSchema,
    /** By resource id; what is missing here has no price of its own. */
    bases: z.record(z.string(), costBasisSchema),
  }),
  z.strictObject({
    kind: z.literal('progress'),
    started_at: z.number(),
    phase: deployPhaseSchema,
    message: z.string(),
    operations: z.array(operationSchema),
    /** Azure was asked to cancel it. */
    cancelling: z.boolean(),
    /** False: nobody waits for it, it goes on in Azure. */
    followed: z.boolean(),
  }),
  z.strictObject({
    kind: z.literal('failed'),
    during: z.enum(['check', 'deploy', 'delete']),
    started_at: z.number(),
    ended_at: z.number(),
    failure: failureSchema,
    operations: z.array(operationSchema),
    /** Of everything, were it there; null: Azure has taken nothing. */
    cost: monthCostSchema.nullable(),
  }),
  z.strictObject({
    kind: z.literal('result'),
    started_at: z.number(),
    ended_at: z.number(),
    result: deploymentResultSchema,
    unchanged: z.int(),
    cost: monthCostSchema,
    links: z.array(linkSchema),
    smoke: z.array(smokeCheckSchema),
    testing: z.boolean(),
    /** The AOS views show it. */
    connected: z.boolean(),
  }),
]);
export type DeployFace = z.infer<typeof deployFaceSchema>;
export type FaceOf<K extends DeployFace['kind']> = Extract<DeployFace, { kind: K }>;

export const deployStateSchema = z.strictObject({ target: deployTargetSchema.nullable(), face: deployFaceSchema });
export type DeployState = z.infer<typeof deployStateSchema>;

/** Buttons and links of the panel that need nothing but themselves. */
export const deployActionSchema = z.enum([
  'changeTarget',
  'otherRegion',
  'otherName',
  'otherSubscription',
  'ownEndpoint',
  'exportTemplate',
  'check',
  'assumptions',
  'close',
  'stop',
  'follow',
  'showLog',
  'openPortal',
  'requestQuota',
  'showPolicy',
  'copyAdminRequest',
  'reportIssue',
  'delete',
  'smokeTest',
  'connect',
  'useLocal',
  'loadTest',
  'benchmark',
]);
export type DeployAction = z.infer<typeof deployActionSchema>;

const nothing = z.strictObject({});

/** The panel Deploy to Azure: the host owns the deployment, which goes on when the panel is closed. */
export const deployPanelContract = {
  requests: {
    /** The webview is drawn and wants everything. */
    open: { params: nothing, result: deployStateSchema },
    /** @param confirmed ids of the resources that may be deleted */
    deploy: { params: z.strictObject({ confirmed: z.array(z.string()) }), result: nothing },
    act: { params: z.strictObject({ action: deployActionSchema }), result: nothing },
    copy: { params: z.strictObject({ text: z.string() }), result: nothing },
    openLink: { params: z.strictObject({ url: linkSchema.shape.url }), result: nothing },
  },
  events: { state: deployStateSchema },
} as const satisfies PanelContract;
export type DeployPanelContract = typeof deployPanelContract;
