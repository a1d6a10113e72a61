import { z } from 'zod';
import { adapterSourceSchema, optional, unsigned } from './lorax-fields.ts';

export * from './lorax-fields.ts';
export * from './openai.ts';

/**
 * LoRAX's HTTP wire; its `/v1/*` routes are in openai.ts. Source: predibase/lorax at a7394ba3 (router/src/lib.rs).
 * Schemas check types only; the rules between the values (`top_p` in (0, 1], …) are the server's, with LoRAX's messages.
 */

/** Blend of several adapters for one request; excludes `adapter_id`. */
export const mergedAdaptersSchema = z.object({
  ids: z.array(z.string()),
  weights: z.array(z.number()),
  merge_strategy: optional(z.enum(['linear', 'ties', 'dare_linear', 'dare_ties'])),
  density: optional(z.number()),
  majority_sign_method: optional(z.enum(['total', 'frequency'])),
});
export type MergedAdapters = z.infer<typeof mergedAdaptersSchema>;

/** `schema` is a JSON schema; without one any object is asked for. */
export const responseFormatSchema = z.object({
  type: z.enum(['text', 'json_object', 'json_schema']),
  schema: optional(z.record(z.string(), z.unknown())),
});
export type ResponseFormat = z.infer<typeof responseFormatSchema>;

export const generateParametersSchema = z.object({
  /** Name of the adapter; absent, null or `""` means the base model. */
  adapter_id: optional(z.string()),
  adapter_source: optional(adapterSourceSchema),
  merged_adapters: optional(mergedAdaptersSchema),
  api_token: optional(z.string()),
  best_of: optional(unsigned),
  temperature: optional(z.number()),
  repetition_penalty: optional(z.number()),
  frequency_penalty: optional(z.number()),
  presence_penalty: optional(z.number()),
  top_k: optional(z.number().int()),
  top_p: optional(z.number()),
  typical_p: optional(z.number()),
  do_sample: optional(z.boolean()),
  watermark: optional(z.boolean()),
  ignore_eos_token: optional(z.boolean()),
  /** Tokens; absent means all the room the model has left. */
  max_new_tokens: optional(unsigned),
  return_full_text: optional(z.boolean()),
  stop: optional(z.array(z.string())),
  /** Keep only the last N input tokens. */
  truncate: optional(unsigned),
  details: optional(z.boolean()),
  decoder_input_details: optional(z.boolean()),
  return_k_alternatives: optional(z.number().int()),
  seed: optional(unsigned),
  response_format: optional(responseFormatSchema),
  /** Taken and ignored, as LoRAX does. */
  apply_chat_template: optional(z.boolean()),
});
export type GenerateParameters = z.infer<typeof generateParametersSchema>;

export const generateRequestSchema = z.object({
  inputs: z.string(),
  parameters: optional(generateParametersSchema),
  /** Only `POST /` looks at it. */
  stream: optional(z.boolean()),
});
/** What the server works with: nulls are gone. */
export type GenerateRequest = z.output<typeof generateRequestSchema>;
/** What a client may send. */
export type GenerateRequestBody = z.input<typeof generateRequestSchema>;

export const finishReasons = ['length', 'eos_token', 'stop_sequence'] as const;
export const finishReasonSchema = z.enum(finishReasons);
export type FinishReason = z.infer<typeof finishReasonSchema>;

/** `logprob` is null for the first prefill token, which nothing precedes. */
export const prefillTokenSchema = z.object({ id: z.number(), text: z.string(), logprob: z.number().nullable() });
export type PrefillToken = z.infer<typeof prefillTokenSchema>;

export const alternativeTokenSchema = z.object({ id: z.number(), text: z.string(), logprob: z.number() });
export type AlternativeToken = z.infer<typeof alternativeTokenSchema>;

export const tokenSchema = z.object({
  id: z.number(),
  text: z.string(),
  logprob: z.number(),
  special: z.boolean(),
  skipped: z.boolean().default(false),
  alternative_tokens: z.array(alternativeTokenSchema).nullish(),
});
export type Token = z.infer<typeof tokenSchema>;

export const bestOfSequenceSchema = z.object({
  generated_text: z.string(),
  finish_reason: finishReasonSchema,
  generated_tokens: z.number(),
  seed: z.number().nullable(),
  prefill: z.array(prefillTokenSchema),
  tokens: z.array(tokenSchema),
});
export type BestOfSequence = z.infer<typeof bestOfSequenceSchema>;

export const generateDetailsSchema = z.object({
  finish_reason: finishReasonSchema,
  prompt_tokens: z.number(),
  generated_tokens: z.number(),
  skipped_tokens: z.number().default(0),
  /** Null when nothing was sampled. */
  seed: z.number().nullable(),
  prefill: z.array(prefillTokenSchema).default([]),
  tokens: z.array(tokenSchema).default([]),
  best_of_sequences: z.array(bestOfSequenceSchema).nullish(),
});
export type GenerateDetails = z.infer<typeof generateDetailsSchema>;

/** `details` is absent, not null, unless it was asked for. `POST /` wraps this object into an array of one. */
export const generateResponseSchema = z.object({
  generated_text: z.string(),
  details: generateDetailsSchema.optional(),
});
export type GenerateResponse = z.infer<typeof generateResponseSchema>;

export const streamDetailsSchema = z.object({
  finish_reason: finishReasonSchema,
  prompt_tokens: z.number(),
  generated_tokens: z.number(),
  seed: z.number().nullable(),
});
export type StreamDetails = z.infer<typeof streamDetailsSchema>;

/** One SSE event; only the last one has `generated_text`. */
export const streamEventSchema = z.object({
  token: tokenSchema,
  generated_text: z.string().nullable(),
  details: streamDetailsSchema.nullable(),
});
export type StreamEvent = z.infer<typeof streamEventSchema>;

/** The closed set of `error_type` the endpoint sends; clients map errors by it first, by the status second. */
export const loraxErrorTypes = {
  validation: 422,
  generation: 424,
  overloaded: 429,
  incomplete_generation: 500,
  template_error: 422,
  tool_error: 422,
  invalid_input: 400,
  embedding_failure: 500,
  healthcheck: 503,
  'failed healthcheck': 500,
  /** Ours: LoRAX itself has no keys. */
  unauthorized: 401,
  /** Ours: a page of another site, or a name that only points here, asks a server that has no key. */
  forbidden: 403,
  /** Ours: the path, or an adapter to unload, does not exist. */
  not_found: 404,
} as const;
export type LoraxErrorType = keyof typeof loraxErrorTypes;

/** Error body, and error event inside an SSE stream (under HTTP 200). Other servers send further `error_type`s. */
export const loraxErrorBodySchema = z.object({ error: z.string(), error_type: z.string() });
export type LoraxErrorBody = z.infer<typeof loraxErrorBodySchema>;

export const streamMessageSchema = z.union([streamEventSchema, loraxErrorBodySchema]);

export const engineNames = ['llama', 'simulated'] as const;
export type EngineName = (typeof engineNames)[number];

export const loraxInfoSchema = z.object({
  model_id: z.string(),
  model_sha: z.string().nullish(),
  model_dtype: z.string(),
  /** `simulated` for the simulated engine, else `cpu` or `cuda`. */
  model_device_type: z.string(),
  model_pipeline_tag: z.string().nullish(),
  max_concurrent_requests: z.number(),
  max_best_of: z.number(),
  max_stop_sequences: z.number(),
  max_input_length: z.number(),
  max_total_tokens: z.number(),
  waiting_served_ratio: z.number().optional(),
  max_batch_total_tokens: z.number().optional(),
  max_waiting_tokens: z.number().optional(),
  validation_workers: z.number().optional(),
  eager_prefill: z.boolean().optional(),
  version: z.string(),
  sha: z.string().nullish(),
  docker_label: z.string().nullish(),
  request_logger_url: z.string().nullish(),
  /** Ours, of the simulated engine: `assumed`, or where and when its figures were measured. */
  aos_profile: z.string().optional(),
});
export type LoraxInfo = z.infer<typeof loraxInfoSchema>;

// --- POST /embed, POST /tokenize ---

export const embedRequestSchema = z.object({
  inputs: z.string(),
  parameters: optional(
    z.object({
      adapter_id: optional(z.string()),
      adapter_source: optional(adapterSourceSchema),
      api_token: optional(z.string()),
    }),
  ),
});
/** One flat vector. */
export const embedResponseSchema = z.object({ embeddings: z.array(z.number()) });

export const tokenizeRequestSchema = z.object({ inputs: z.string(), add_special_tokens: optional(z.boolean()) });
/** `start` and `stop` count characters (code points) of the inputs. */
export const tokenizeResponseSchema = z.array(
  z.object({ id: z.number(), text: z.string(), start: z.number(), stop: z.number() }),
);
export type TokenizeResponse = z.infer<typeof tokenizeResponseSchema>;

// --- Adapters and models ---

/** What an adapter costs and does; ours, for the trees and panels. A server that is not ours leaves it out. */
export const adapterStatsSchema = z.object({
  /** In the fastest tier, ready to decode. */
  loaded: z.boolean(),
  tier: z.enum(['gpu', 'host', 'disk']),
  /** Stays in the fastest tier until it is unpinned. */
  pinned: z.boolean(),
  size_bytes: z.number(),
  /** What it takes of the fastest tier's memory; 0 when it is not there. */
  memory_bytes: z.number(),
  /** How often it was brought into the fastest tier. */
  load_count: z.number(),
  inference_count: z.number(),
  /** Milliseconds since the Unix epoch; null before the first request. */
  last_used: z.number().nullable(),
});
export type AdapterStats = z.infer<typeof adapterStatsSchema>;

/** vLLM's model entry: an adapter has the base model as `parent` and its path (or name) as `root`. */
export const modelEntrySchema = z.object({
  id: z.string(),
  object: z.literal('model'),
  created: z.number(),
  owned_by: z.string(),
  root: z.string().nullish(),
  parent: z.string().nullish(),
  max_model_len: z.number().nullish(),
  permission: z.array(z.unknown()).optional(),
  aos: adapterStatsSchema.optional(),
});
export type ModelEntry = z.infer<typeof modelEntrySchema>;

export const modelListSchema = z.object({ object: z.literal('list'), data: z.array(modelEntrySchema) });
export type ModelList = z.infer<typeof modelListSchema>;

// --- Response headers; integers, times in milliseconds ---

export const loraxHeaders = {
  /** `simulated`, `cpu` or LoRAX's own `gpu+optimized`. */
  computeType: 'x-compute-type',
  computeTimeMs: 'x-compute-time',
  computeCharacters: 'x-compute-characters',
  totalTimeMs: 'x-total-time',
  promptTokens: 'x-prompt-tokens',
  generatedTokens: 'x-generated-tokens',
  skippedTokens: 'x-skipped-tokens',
  totalTokens: 'x-total-tokens',
  validationTimeMs: 'x-validation-time',
  queueTimeMs: 'x-queue-time',
  inferenceTimeMs: 'x-inference-time',
  timePerTokenMs: 'x-time-per-token',
  /** From the start of the batch, not from the arrival of the request. */
  timeToFirstTokenMs: 'x-time-to-first-token',
  timePerOutputTokenMs: 'x-time-per-output-token',
  modelId: 'x-model-id',
  /** Only with an adapter; several are joined with commas. */
  adapterId: 'x-adapter-id',
  adapterSource: 'x-adapter-source',
  /** Ours, only with an adapter: what it took to load it for this request, with decimals; or {@link ALREADY_LOADED}. */
  adapterLoadTimeMs: 'x-aos-adapter-load-time',
} as const;

/** Instead of a time: no load was needed. */
export const ALREADY_LOADED = 'already-loaded';

// --- Our routes for adapters, which LoRAX lacks. Ids are what requests name (a path or a name), so they stand in the body ---

/** `GET` lists them: {@link adapterListSchema}. `POST {path}/{load|unload|pin|unpin}` takes {@link adapterActionSchema}. */
export const ADAPTERS_PATH = '/aos/adapters';

export const adapterActionSchema = z.object({
  adapter_id: z.string().min(1),
  adapter_source: optional(adapterSourceSchema),
});
export const adapterEntrySchema = adapterStatsSchema.extend({ id: z.string(), root: z.string() });
export const adapterListSchema = z.object({ adapters: z.array(adapterEntrySchema) });

// --- Our admin route: makes requests fail on purpose (tests of breakers and retries) ---

export const FAILURES_PATH = '/aos/failures';

export const failuresSchema = z.object({
  /** Share of the requests that fail, 0 to 1. */
  rate: z.number().min(0).max(1),
  /** The status to fail with; `timeout` never answers, `drop` breaks the connection in the middle of the answer. */
  type: z.union([z.literal(424), z.literal(429), z.literal(500), z.enum(['timeout', 'drop'])]).default(500),
  /** Which of the requests fail: the same seed and rate let the same ones fail. Default 1. */
  seed: z.int().optional(),
});
export type Failures = z.output<typeof failuresSchema>;
