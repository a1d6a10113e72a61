import { z } from 'zod';
import { adapterSourceSchema, optional, unsigned } from './lorax-fields.ts';

/**
 * OpenAI's routes of a LoRAX endpoint (`/v1/*`). Shapes are OpenAI's where LoRAX's own break OpenAI clients; further
 * request fields (`adapter_source`, `top_k`, …) are LoRAX's. Fields that nobody here looks at are dropped.
 */

const modelSchema = optional(z.string());
const stopSchema = optional(z.union([z.string(), z.array(z.string())]));
const streamOptionsSchema = optional(z.object({ include_usage: optional(z.boolean()) }));

export const chatMessageSchema = z.object({
  role: z.string(),
  /** Text, or parts of which the text parts count. */
  content: optional(z.union([z.string(), z.array(z.object({ type: z.string(), text: optional(z.string()) }))])),
  name: optional(z.string()),
});
export type ChatMessage = z.infer<typeof chatMessageSchema>;

export const chatResponseFormatSchema = z.object({
  type: z.enum(['text', 'json_object', 'json_schema']),
  /** LoRAX's place for the schema. */
  schema: optional(z.record(z.string(), z.unknown())),
  /** OpenAI's place for it. */
  json_schema: optional(
    z.object({
      name: optional(z.string()),
      schema: optional(z.record(z.string(), z.unknown())),
      strict: optional(z.boolean()),
    }),
  ),
});

/** What chat and completions share. */
const openAiParameters = {
  /** The adapter; `""` or the base model's id means the base model. */
  model: modelSchema,
  temperature: optional(z.number()),
  top_p: optional(z.number()),
  top_k: optional(z.number().int()),
  stream: optional(z.boolean()),
  stream_options: streamOptionsSchema,
  stop: stopSchema,
  max_tokens: optional(unsigned),
  presence_penalty: optional(z.number()),
  frequency_penalty: optional(z.number()),
  repetition_penalty: optional(z.number()),
  seed: optional(unsigned),
  user: optional(z.string()),
  ignore_eos_token: optional(z.boolean()),
  adapter_source: optional(adapterSourceSchema),
  api_token: optional(z.string()),
  response_format: optional(chatResponseFormatSchema),
};

export const chatCompletionRequestSchema = z.object({
  ...openAiParameters,
  messages: z.array(chatMessageSchema),
  /** How many are made, of which the best is answered (LoRAX's `best_of`). */
  n: optional(unsigned),
  max_completion_tokens: optional(unsigned),
  logprobs: optional(z.boolean()),
  /** Other candidates listed for each token. */
  top_logprobs: optional(unsigned),
  tools: optional(z.array(z.unknown())),
  tool_choice: optional(z.unknown()),
});
export type ChatCompletionRequest = z.output<typeof chatCompletionRequestSchema>;
export type ChatCompletionRequestBody = z.input<typeof chatCompletionRequestSchema>;

export const usageSchema = z.object({
  prompt_tokens: z.number(),
  completion_tokens: z.number().default(0),
  total_tokens: z.number(),
});
export type Usage = z.infer<typeof usageSchema>;

/** `stop` covers both the end-of-text token and a stop sequence. */
export const openAiFinishReasonSchema = z.enum(['stop', 'length', 'tool_calls', 'content_filter']);
export type OpenAiFinishReason = z.infer<typeof openAiFinishReasonSchema>;

/** What every answer and chunk of an answer begins with. */
const openAiIdentity = {
  id: z.string(),
  object: z.string(),
  /** Seconds since the Unix epoch. */
  created: z.number(),
  model: z.string(),
  system_fingerprint: z.string().nullish(),
};

const topLogprobSchema = z.object({ token: z.string(), logprob: z.number(), bytes: z.array(z.number()).nullable() });
export const chatLogprobsSchema = z.object({
  content: z.array(topLogprobSchema.extend({ top_logprobs: z.array(topLogprobSchema) })),
});
export type ChatLogprobs = z.infer<typeof chatLogprobsSchema>;

export const chatCompletionSchema = z.object({
  ...openAiIdentity,
  choices: z.array(
    z.object({
      index: z.number(),
      message: z.object({ role: z.string(), content: z.string().nullable() }),
      logprobs: chatLogprobsSchema.nullish(),
      finish_reason: openAiFinishReasonSchema.nullable(),
    }),
  ),
  usage: usageSchema.nullish(),
});
export type ChatCompletion = z.infer<typeof chatCompletionSchema>;

/** One SSE event of a chat stream; the last one before `[DONE]` has `finish_reason` and `usage`. */
export const chatCompletionChunkSchema = z.object({
  ...openAiIdentity,
  choices: z.array(
    z.object({
      index: z.number(),
      delta: z.object({ role: z.string().nullish(), content: z.string().nullish() }),
      logprobs: chatLogprobsSchema.nullish(),
      finish_reason: openAiFinishReasonSchema.nullish(),
    }),
  ),
  usage: usageSchema.nullish(),
});
export type ChatCompletionChunk = z.infer<typeof chatCompletionChunkSchema>;

// --- POST /v1/completions ---

export const completionRequestSchema = z.object({
  ...openAiParameters,
  /** One text; as a list it has one entry. */
  prompt: z.union([z.string(), z.array(z.string())]),
  /** How many answers are made; each is a choice. */
  n: optional(unsigned),
  best_of: optional(unsigned),
  /** The prompt comes before the text. */
  echo: optional(z.boolean()),
  /** Log probabilities of the tokens, and of so many other candidates. */
  logprobs: optional(unsigned),
});
export type CompletionRequest = z.output<typeof completionRequestSchema>;

export const completionLogprobsSchema = z.object({
  tokens: z.array(z.string()),
  token_logprobs: z.array(z.number()),
  top_logprobs: z.array(z.record(z.string(), z.number())).nullable(),
  /** Where each token begins in the text, in UTF-16 code units. */
  text_offset: z.array(z.number()),
});
export type CompletionLogprobs = z.infer<typeof completionLogprobsSchema>;

/** Also an event of a stream; the last one before `[DONE]` has `finish_reason` and `usage`. */
export const completionSchema = z.object({
  ...openAiIdentity,
  choices: z.array(
    z.object({
      index: z.number(),
      text: z.string(),
      logprobs: completionLogprobsSchema.nullable(),
      finish_reason: openAiFinishReasonSchema.nullable(),
    }),
  ),
  usage: usageSchema.nullish(),
});
export type Completion = z.infer<typeof completionSchema>;

// --- POST /v1/embeddings ---

export const embeddingsRequestSchema = z.object({
  model: modelSchema,
  /** A text or a list of texts; its own route checks it, for LoRAX has an error of its own for it. */
  input: z.unknown(),
  encoding_format: optional(z.enum(['float', 'base64'])),
  dimensions: optional(unsigned),
  user: optional(z.string()),
  adapter_source: optional(adapterSourceSchema),
  api_token: optional(z.string()),
});
export type EmbeddingsRequest = z.output<typeof embeddingsRequestSchema>;

export const embeddingEntrySchema = z.object({
  object: z.literal('embedding'),
  index: z.number(),
  /** Numbers, or the base64 of little-endian 32-bit floats. */
  embedding: z.union([z.array(z.number()), z.string()]),
});
export type EmbeddingEntry = z.infer<typeof embeddingEntrySchema>;

export const embeddingsResponseSchema = z.object({
  object: z.literal('list'),
  data: z.array(embeddingEntrySchema),
  /** The same list, where LoRAX has it. */
  embeddings: z.array(embeddingEntrySchema),
  model: z.string(),
  usage: z.object({ prompt_tokens: z.number(), total_tokens: z.number() }),
});
export type EmbeddingsResponse = z.infer<typeof embeddingsResponseSchema>;

// --- vLLM's routes for adapters ---

export const loadLoraAdapterSchema = z.object({
  lora_name: optional(z.string()),
  /** A folder or file of this machine, or an id of a hub. */
  lora_path: optional(z.string()),
  load_inplace: optional(z.boolean()),
});

export const unloadLoraAdapterSchema = z.object({
  lora_name: optional(z.string()),
  lora_int_id: optional(z.number()),
});
