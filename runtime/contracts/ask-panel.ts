import { z } from 'zod';
import { agentStateSchema, engineSchema, inferResponseSchema } from './http.ts';
import { prioritySchema } from './ids.ts';
import type { PanelContract } from './panel-rpc.ts';

/** How one prompt is asked. */
export const askOptionsSchema = z.strictObject({
  useCache: z.boolean(),
  maxTokens: z.int().min(1).max(32_768),
  temperature: z.number().min(0).max(2),
});
export type AskOptions = z.infer<typeof askOptionsSchema>;

/** Why a prompt has no complete answer; each has its own line and its own way on. */
export const askFailureSchema = z.strictObject({
  kind: z.enum(['breakerOpen', 'laneFull', 'deadline', 'agentGone', 'runtimeGone', 'adapterRefused', 'other']),
  /** `AOS_…` */
  code: z.string(),
  /** The server's own sentence. */
  message: z.string(),
  traceId: z.string().nullable(),
  /** Epoch ms from which asking again can succeed; null if unknown. */
  retryAt: z.number().nullable(),
  deadlineMs: z.number().nullable(),
});
export type AskFailure = z.infer<typeof askFailureSchema>;

/** Where an exchange is. Times are epoch ms, durations ms. */
export const askProgressSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('running'),
    startedAt: z.number(),
    firstTokenMs: z.number().nullable(),
    tokensOut: z.int(),
    text: z.string(),
  }),
  /** Refused because the lane was full; asked again by itself at `retryAt`. */
  z.strictObject({
    kind: z.literal('waiting'),
    retryAt: z.number(),
    attempt: z.int(),
    attempts: z.int(),
    failure: askFailureSchema,
  }),
  z.strictObject({ kind: z.literal('done'), result: inferResponseSchema }),
  z.strictObject({
    kind: z.literal('stopped'),
    afterMs: z.number(),
    firstTokenMs: z.number().nullable(),
    tokensOut: z.int(),
    text: z.string(),
  }),
  z.strictObject({
    kind: z.literal('failed'),
    afterMs: z.number(),
    firstTokenMs: z.number().nullable(),
    tokensOut: z.int(),
    text: z.string(),
    failure: askFailureSchema,
  }),
]);
export type AskProgress = z.infer<typeof askProgressSchema>;

/** One prompt and its answer. */
export const exchangeSchema = z.strictObject({
  id: z.string(),
  agentId: z.string(),
  /** Lane, adapter and its revision when it was asked; null: base model. */
  priority: prioritySchema,
  adapter: z.string().nullable(),
  revision: z.string().nullable(),
  engine: engineSchema,
  prompt: z.string(),
  askedAt: z.number(),
  options: askOptionsSchema,
  progress: askProgressSchema,
});
export type Exchange = z.infer<typeof exchangeSchema>;

export const askAgentSchema = z.strictObject({
  id: z.string(),
  priority: prioritySchema,
  state: agentStateSchema,
  adapter: z.string().nullable(),
  revision: z.string().nullable(),
  examples: z.array(z.string()),
});
export type AskAgent = z.infer<typeof askAgentSchema>;

/** What the panel must know of the runtime. */
export const askRuntimeSchema = z.strictObject({
  state: z.enum(['noFolder', 'noConfig', 'untrusted', 'stopped', 'starting', 'running', 'stopping', 'failed']),
  /** When it stopped, epoch ms; null while it runs or if it never ran. */
  stoppedAt: z.number().nullable(),
  engine: engineSchema.nullable(),
  /** The endpoint's host, or the name of the model; for the badge. */
  endpoint: z.string(),
  /** Order of the list: critical first, then by name; failed and stopped ones last. */
  agents: z.array(askAgentSchema),
});
export type AskRuntime = z.infer<typeof askRuntimeSchema>;

const nothing = z.strictObject({});
const byId = z.strictObject({ id: z.string() });

/** The Ask panel: the host owns the exchanges, so a hidden or reloaded panel loses nothing. */
export const askPanelContract = {
  requests: {
    /** The webview is drawn and wants everything. */
    open: {
      params: nothing,
      result: z.strictObject({
        runtime: askRuntimeSchema,
        exchanges: z.array(exchangeSchema),
        defaults: askOptionsSchema,
        /** Agent to preselect; null: as the panel was. */
        agentId: z.string().nullable(),
      }),
    },
    ask: {
      params: z.strictObject({ agentId: z.string(), prompt: z.string(), options: askOptionsSchema }),
      result: byId,
    },
    /** Stops a running answer, or a waiting one from being asked again. */
    stop: { params: byId, result: nothing },
    copy: { params: byId, result: nothing },
    clear: { params: nothing, result: nothing },
    export: { params: nothing, result: nothing },
    startRuntime: { params: nothing, result: nothing },
    showLog: { params: nothing, result: nothing },
    openConfig: { params: nothing, result: nothing },
    openSetting: {
      params: z.strictObject({ key: z.enum(['aos.ask.deadlineSeconds', 'aos.ask.maxTokens', 'aos.ask.temperature']) }),
      result: nothing,
    },
    /** The chosen agent; for the tab's title. */
    selected: { params: z.strictObject({ agentId: z.string() }), result: nothing },
  },
  events: {
    runtime: askRuntimeSchema,
    /** A new exchange, or a new step of a known one. */
    exchange: exchangeSchema,
    token: z.strictObject({
      id: z.string(),
      text: z.string(),
      firstTokenMs: z.number().nullable(),
      tokensOut: z.int(),
    }),
    /** Forgotten exchanges: cleared, or more than the history keeps. */
    removed: z.strictObject({ ids: z.array(z.string()) }),
    select: z.strictObject({ agentId: z.string() }),
    defaults: askOptionsSchema,
  },
} as const satisfies PanelContract;
export type AskPanelContract = typeof askPanelContract;
export type EventOf<E extends keyof AskPanelContract['events']> = z.infer<AskPanelContract['events'][E]>;
