import { z } from 'zod';
import {
  agentStateSchema,
  cacheExplanationSchema,
  comparedAnswerSchema,
  engineSchema,
  inferResponseSchema,
} from './http.ts';
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
  /** What the cache said of the prompt when it was asked; null: it was not looked up, or was answered from there. */
  explanation: cacheExplanationSchema.nullable(),
  /** The cache entry that answered is forgotten since. */
  forgotten: z.boolean().optional(),
});
export type Exchange = z.infer<typeof exchangeSchema>;

/** Adapters that are compared side by side at most. */
export const MAX_COMPARED = 4;

/** The adapters of a comparison; null: the base model, without an adapter. */
export const comparedAdaptersSchema = z.array(z.string().nullable()).min(1).max(MAX_COMPARED);

/** One adapter's part in a comparison. */
export const comparisonColumnSchema = z.strictObject({
  adapter: z.string().nullable(),
  revision: z.string().nullable(),
  /** The adapter of the agent that was chosen. */
  current: z.boolean(),
  /** It was not in memory when it was asked. */
  loadedForThis: z.boolean(),
  progress: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('running') }),
    z.strictObject({ kind: z.literal('done'), answer: comparedAnswerSchema }),
    z.strictObject({ kind: z.literal('stopped'), afterMs: z.number() }),
    z.strictObject({ kind: z.literal('failed'), afterMs: z.number(), failure: askFailureSchema }),
  ]),
});
export type ComparisonColumn = z.infer<typeof comparisonColumnSchema>;

/** One prompt, asked of several adapters with the same parameters and seed, never through the cache. */
export const comparisonSchema = z.strictObject({
  id: z.string(),
  /** Whose adapter is the current one. */
  agentId: z.string().nullable().default(null),
  engine: engineSchema,
  prompt: z.string(),
  askedAt: z.number(),
  options: askOptionsSchema,
  columns: z.array(comparisonColumnSchema),
});
export type Comparison = z.infer<typeof comparisonSchema>;

export const askAgentSchema = z.strictObject({
  id: z.string(),
  priority: prioritySchema,
  state: agentStateSchema,
  adapter: z.string().nullable(),
  revision: z.string().nullable(),
  examples: z.array(z.string()),
});
export type AskAgent = z.infer<typeof askAgentSchema>;

export const askAdapterSchema = z.strictObject({ name: z.string(), revision: z.string() });
export type AskAdapter = z.infer<typeof askAdapterSchema>;

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
  /** By name. */
  adapters: z.array(askAdapterSchema),
  /** A breaker refuses calls to the endpoint now. */
  breakerOpen: z.boolean(),
});
export type AskRuntime = z.infer<typeof askRuntimeSchema>;

const nothing = z.strictObject({});
const byId = z.strictObject({ id: z.string() });
const byColumn = z.strictObject({ id: z.string(), adapter: z.string().nullable() });
/** What is to be chosen: an agent to ask, or adapters to compare; null: as it was. */
const choice = z.strictObject({ agentId: z.string().nullable(), adapters: comparedAdaptersSchema.nullable() });

/** The Ask panel: the host owns the exchanges, so a hidden or reloaded panel loses nothing. */
export const askPanelContract = {
  requests: {
    /** The webview is drawn and wants everything. */
    open: {
      params: nothing,
      result: z.strictObject({
        runtime: askRuntimeSchema,
        exchanges: z.array(exchangeSchema),
        comparisons: z.array(comparisonSchema),
        defaults: askOptionsSchema,
        choice,
      }),
    },
    ask: {
      params: z.strictObject({ agentId: z.string(), prompt: z.string(), options: askOptionsSchema }),
      result: byId,
    },
    compare: {
      params: z.strictObject({
        /** Whose adapter is the current one. */
        agentId: z.string().nullable(),
        adapters: comparedAdaptersSchema,
        prompt: z.string(),
        options: askOptionsSchema,
      }),
      result: byId,
    },
    /** Stops a running answer, a waiting one from being asked again, or all that runs of a comparison. */
    stop: { params: byId, result: nothing },
    copy: { params: byId, result: nothing },
    copyColumn: { params: byColumn, result: nothing },
    /** Takes a column out of a comparison; the last one stays. */
    closeColumn: { params: byColumn, result: nothing },
    /** Writes the column's adapter into aos.json as the agent's own; undoable. */
    useAdapter: { params: byColumn, result: nothing },
    /** Forgets the cache entry that answered, on every replica. */
    forgetEntry: { params: byId, result: nothing },
    resetBreaker: { params: nothing, result: nothing },
    clear: { params: nothing, result: nothing },
    export: { params: nothing, result: nothing },
    startRuntime: { params: nothing, result: nothing },
    showLog: { params: nothing, result: nothing },
    showTrace: { params: z.strictObject({ traceId: z.string() }), result: nothing },
    openConfig: { params: nothing, result: nothing },
    openSetting: {
      params: z.strictObject({ key: z.enum(['aos.ask.deadlineSeconds', 'aos.ask.maxTokens', 'aos.ask.temperature']) }),
      result: nothing,
    },
    /** What is chosen; for the tab's title. */
    selected: { params: choice, result: nothing },
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
    /** A new comparison, or a new step of a known one. */
    comparison: comparisonSchema,
    /** Forgotten exchanges and comparisons: cleared, or more than the history keeps. */
    removed: z.strictObject({ ids: z.array(z.string()) }),
    select: choice,
    defaults: askOptionsSchema,
  },
} as const satisfies PanelContract;
export type AskPanelContract = typeof askPanelContract;
export type AskChoice = z.infer<typeof choice>;
export type EventOf<E extends keyof AskPanelContract['events']> = z.infer<AskPanelContract['events'][E]>;
