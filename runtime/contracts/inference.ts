import { z } from 'zod';
import { idSchema, prioritySchema } from './ids.ts';

export const engineSchema = z.enum(['simulated', 'llama', 'remote']);
export type Engine = z.infer<typeof engineSchema>;

/** `GET /api/adapters`. */
export const adapterViewSchema = z.object({
  name: z.string(),
  path: z.string(),
  source: z.string(),
  /** First 6 hex digits of the hash of its content (or of source and path, if the content is not on this machine). */
  revision: z.string(),
  /** Null: the endpoint does not tell. */
  loaded: z.boolean().nullable(),
  pinned: z.boolean(),
  /** Where it is: ready to answer, in the endpoint's memory, or on its disk. Null: the endpoint does not tell. */
  tier: z.enum(['gpu', 'host', 'disk']).nullable(),
  size_bytes: z.number().nullable(),
  /** What it takes of the fastest tier's memory; null: the endpoint does not tell, or it is not there. */
  memory_bytes: z.number().nullable(),
  /** How often it was loaded; null: the endpoint does not tell. */
  load_count: z.int().nullable(),
  /** Answers asked of it, cached ones included. */
  uses: z.int(),
  agents: z.array(z.string()),
});
export type AdapterView = z.infer<typeof adapterViewSchema>;

export const laneViewSchema = z.object({
  lane: prioritySchema,
  limit: z.int(),
  active: z.int(),
  waiting: z.int(),
  refused: z.int(),
});
export type LaneView = z.infer<typeof laneViewSchema>;

export const breakerViewSchema = z.object({
  name: z.string(),
  state: z.enum(['closed', 'open', 'half_open']),
  failures: z.int(),
  failure_threshold: z.int(),
  /** Milliseconds until an open breaker lets one call probe. */
  next_attempt_ms: z.number().nullable(),
  /** What the last failure said; null before there was one. */
  last_error: z.string().nullable(),
});
export type BreakerView = z.infer<typeof breakerViewSchema>;

/** The concurrency that the runtime found for the endpoint by itself. */
export const limitViewSchema = z.object({
  name: z.string(),
  /** Calls at a time. */
  limit: z.int(),
  active: z.int(),
  waiting: z.int(),
  max: z.int(),
  /** Smoothed time of one call without waiting, ms; null before there was one. */
  latency_ms: z.number().nullable(),
});
export type LimitView = z.infer<typeof limitViewSchema>;

export const cacheModeSchema = z.enum(['strict', 'guarded', 'off']);
export type CacheMode = z.infer<typeof cacheModeSchema>;

/** The response cache of one replica; counts since its start. */
export const cacheViewSchema = z.object({
  entries: z.int(),
  max_entries: z.int(),
  /** Entries that similar prompts can find. */
  semantic_entries: z.int(),
  mode: cacheModeSchema,
  embedder: z.string(),
  hits: z.object({ exact: z.int(), normalised: z.int(), semantic: z.int() }),
  misses: z.int(),
  /** Semantic hits that were checked by asking the model again. */
  shadow: z.object({
    checked: z.int(),
    false_hits: z.int(),
    /** Upper end of the one-sided 95 % interval of the share of false hits; 1 before anything was checked. */
    false_hit_bound: z.number(),
    /** Agents whose semantic hits ended because the bound was broken. */
    switched_off: z.array(z.string()),
  }),
});
export type CacheView = z.infer<typeof cacheViewSchema>;

/** Sampling parameters, named and bounded as in LoRAX. */
export const generateParametersSchema = z.strictObject({
  max_new_tokens: z.int().min(1).max(32_768).optional(),
  temperature: z.number().min(0).max(2).optional(),
  top_p: z.number().gt(0).max(1).optional(),
  top_k: z.int().min(1).optional(),
  seed: z.int().min(0).optional(),
  stop: z.array(z.string().min(1)).max(10).optional(),
});
export type GenerateParameters = z.infer<typeof generateParametersSchema>;

export const guardNames = [
  'similarity',
  'numbers',
  'dates',
  'units',
  'identifiers',
  'negation',
  'antonyms',
  'entities',
  'question',
  'words',
  'language',
] as const;
export type GuardName = (typeof guardNames)[number];

export const cacheCandidateSchema = z.object({
  prompt: z.string(),
  /** Cosine similarity, -1 to 1. */
  score: z.number(),
  /** What refused it, with what differs; empty: it would be answered. */
  refused_by: z.array(z.object({ guard: z.enum(guardNames), detail: z.string() })),
});
export type CacheCandidate = z.infer<typeof cacheCandidateSchema>;

export const cacheExplanationSchema = z.object({
  /** The tier that would answer; null: the model would be asked. */
  tier: z.enum(['exact', 'normalised', 'semantic']).nullable(),
  /** One sentence for the person who asks why. */
  reason: z.string(),
  mode: cacheModeSchema,
  embedder: z.string(),
  /** The strictness of aos.json, and the cosine it means for this embedder. */
  similarity_threshold: z.number(),
  calibrated_threshold: z.number(),
  /** Most similar first, at most 5. */
  candidates: z.array(cacheCandidateSchema),
});
export type CacheExplanation = z.infer<typeof cacheExplanationSchema>;

/** `POST /api/agent_infer`. With `stream` the answer is SSE: {@link inferStreamEventSchema}. */
export const inferRequestSchema = z.strictObject({
  agent_id: idSchema,
  prompt: z.string().min(1).max(200_000),
  parameters: generateParametersSchema.default({}),
  /** false: neither read from nor written to the response cache. */
  cache: z.boolean().default(true),
  /** The answer says why the cache did not have it, in `explanation`. */
  explain: z.boolean().default(false),
  stream: z.boolean().default(false),
  /** Shortens the deadline of aos.json; never lengthens it beyond 10 minutes. */
  deadline_ms: z.int().min(1).max(600_000).optional(),
});
export type InferRequest = z.input<typeof inferRequestSchema>;

export const inferResponseSchema = z.object({
  agent_id: z.string(),
  adapter: z.string().nullable(),
  adapter_revision: z.string().nullable(),
  response: z.string(),
  cached: z.union([z.literal(false), z.enum(['exact', 'semantic'])]),
  /**
   * Of a cached answer: when it was made and when it expires (ISO 8601), how it was found, and for which prompt it was
   * made. `cached` is `exact` for the tiers `exact` and `normalised`. Null if not cached.
   */
  cache_entry: z
    .object({
      stored_at: z.string(),
      expires_at: z.string(),
      tier: z.enum(['exact', 'normalised', 'semantic']),
      prompt: z.string(),
      /** Cosine similarity of the prompts; null but in the tier `semantic`. */
      score: z.number().nullable(),
    })
    .nullable(),
  /** The configured text stands in for an answer that the endpoint could not give. */
  fallback: z.boolean(),
  latency_ms: z.number(),
  /** Of that, the model's own time, all attempts together; left out where this request did not call it itself. */
  model_ms: z.number().optional(),
  first_token_ms: z.number().nullable(),
  finish_reason: z.string(),
  usage: z.object({ prompt_tokens: z.int(), completion_tokens: z.int() }),
  engine: engineSchema,
  model: z.string(),
  trace_id: z.string(),
  /** Why the cache of the replica that answered did not have it. Only if `explain` was asked for and the model answered. */
  explanation: cacheExplanationSchema.optional(),
});
export type InferResponse = z.infer<typeof inferResponseSchema>;

/** One SSE event of a streamed answer: `event: token|done|error`, `data:` this JSON. */
export const inferStreamEventSchema = z.discriminatedUnion('event', [
  z.object({ event: z.literal('token'), text: z.string() }),
  z.object({ event: z.literal('done'), result: inferResponseSchema }),
  z.object({
    event: z.literal('error'),
    error: z.string(),
    code: z.string(),
    details: z.record(z.string(), z.unknown()).optional(),
    trace_id: z.string().optional(),
  }),
]);
export type InferStreamEvent = z.infer<typeof inferStreamEventSchema>;

/** `POST /api/adapters` → 201, the same again → 200, another path → 409. */
export const registerAdapterRequestSchema = z.strictObject({
  name: idSchema,
  path: z.string().min(1),
  source: z.enum(['local', 'hub', 's3', 'pbase']).default('local'),
});
export type RegisterAdapterRequest = z.input<typeof registerAdapterRequestSchema>;

/** `POST /api/adapters/{name}/{action}` → 200 with the adapter as it is then. */
export const adapterActions = ['load', 'unload', 'pin', 'unpin'] as const;
export type AdapterAction = (typeof adapterActions)[number];

/** `POST /api/breakers/{name}/{action}`: every replica does it within a heartbeat. → 202 */
export const breakerActions = ['reset', 'open'] as const;
export type BreakerAction = (typeof breakerActions)[number];

/** `POST /api/cache/clear`: every replica forgets its answers within a heartbeat, the shared ones are gone at once. → 202 */
export const clearCacheResponseSchema = z.object({ entries: z.int() });

/**
 * `POST /api/cache/forget`: the answer kept for exactly this prompt, in whatever spelling; every replica forgets it within a
 * heartbeat, the shared one is gone at once. → 202
 */
export const forgetAnswerResponseSchema = z.object({ agent_id: z.string(), prompt: z.string() });

/** `POST /api/cache/explain`: what the cache of the asked replica would do with a prompt, and why. Nothing is asked or kept. */
export const explainRequestSchema = z.strictObject({
  agent_id: idSchema,
  prompt: z.string().min(1).max(200_000),
  parameters: generateParametersSchema.default({}),
});
export type ExplainRequest = z.input<typeof explainRequestSchema>;

/** `POST /api/compare`: one prompt to several adapters, without agents and without the cache. Null: the base model. */
export const compareRequestSchema = z.strictObject({
  prompt: z.string().min(1).max(200_000),
  adapters: z.array(idSchema.nullable()).min(1).max(16),
  parameters: generateParametersSchema.default({}),
});
export type CompareRequest = z.input<typeof compareRequestSchema>;

/**
 * How long the engine took to load the adapter because of a request, in ms; `already_loaded`: it was there before. Null: the
 * endpoint does not tell (LoRAX and vLLM do not), or there is no adapter.
 */
export const adapterLoadSchema = z.union([z.number(), z.literal('already_loaded')]).nullable();
export type AdapterLoad = z.infer<typeof adapterLoadSchema>;

export const comparedAnswerSchema = z.object({
  adapter: z.string().nullable(),
  revision: z.string().nullable(),
  /** Null if it failed; then `error` says why. */
  response: z.string().nullable(),
  error: z.object({ error: z.string(), code: z.string() }).nullable(),
  latency_ms: z.number(),
  first_token_ms: z.number().nullable(),
  /** Answers that were kept before this was measured have none. */
  adapter_load: adapterLoadSchema.default(null),
  finish_reason: z.string().nullable(),
  usage: z.object({ prompt_tokens: z.int(), completion_tokens: z.int() }).nullable(),
});
export type ComparedAnswer = z.infer<typeof comparedAnswerSchema>;

export const compareResponseSchema = z.object({
  engine: engineSchema,
  model: z.string(),
  /** In the order of the request. */
  answers: z.array(comparedAnswerSchema),
});
export type CompareResponse = z.infer<typeof compareResponseSchema>;

/** `POST /api/endpoint/test`: what was called at the model endpoint and what came back. */
export const endpointReportSchema = z.object({
  ok: z.boolean(),
  endpoint: z.string(),
  /** The protocol that was found, or is configured; null: none answered. */
  api: z.string().nullable(),
  engine: engineSchema.nullable(),
  model: z.string().nullable(),
  checks: z.array(
    z.object({
      /** e.g. `GET /info` */
      request: z.string(),
      ok: z.boolean(),
      /** HTTP status; null: no answer. */
      status: z.int().nullable(),
      ms: z.number(),
      /** What was found, or what is wrong and what to do. */
      detail: z.string(),
    }),
  ),
});
export type EndpointReport = z.infer<typeof endpointReportSchema>;
