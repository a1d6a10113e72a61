import { z } from 'zod';
import { idSchema, prioritySchema } from './ids.ts';
import { eventTypeSchema } from './messages.ts';

/** Largest body the HTTP API takes: 1 MiB. */
export const MAX_BODY_BYTES = 1024 * 1024;

export const engineSchema = z.enum(['simulated', 'llama', 'remote']);
export type Engine = z.infer<typeof engineSchema>;

export const agentStateSchema = z.enum(['running', 'asleep', 'failed', 'stopped']);
export type AgentState = z.infer<typeof agentStateSchema>;

/** Figures of the answers given, by all replicas together; times in ms. */
export const usageStatsSchema = z.object({
  requests: z.int(),
  errors: z.int(),
  cache_exact: z.int(),
  cache_semantic: z.int(),
  cache_misses: z.int(),
  tokens_in: z.int(),
  tokens_out: z.int(),
  /** Null until there was a request. */
  p50_ms: z.number().nullable(),
  p95_ms: z.number().nullable(),
  p99_ms: z.number().nullable(),
});
export type UsageStats = z.infer<typeof usageStatsSchema>;

/** `GET /api/agents[/{id}]`. */
export const agentViewSchema = z.object({
  agent_id: z.string(),
  purpose: z.string(),
  adapter: z.string().nullable(),
  priority: prioritySchema,
  /** `config`: from aos.json; `api`: registered while running, kept in storage. */
  origin: z.enum(['config', 'api']),
  handler: z.string().nullable(),
  subscribes: z.array(z.string()),
  examples: z.array(z.string()),
  state: agentStateSchema,
  shard: z.int(),
  /** The replica that holds its shard; null while the shard moves. */
  replica: z.string().nullable(),
  wake_count: z.int(),
  last_event: z
    .object({
      event_id: z.string(),
      type: z.string(),
      at: z.string(),
      outcome: z.enum(['handled', 'failed', 'retrying']),
    })
    .nullable(),
  /** Why it failed, while `state` is `failed`. */
  last_error: z.string().nullable(),
  usage: usageStatsSchema,
});
export type AgentView = z.infer<typeof agentViewSchema>;

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
  size_bytes: z.number().nullable(),
  /** Answers asked of it, cached ones included. */
  uses: z.int(),
  agents: z.array(z.string()),
});
export type AdapterView = z.infer<typeof adapterViewSchema>;

/** `GET /api/shards`. `waiting` is null when the bus cannot be asked. */
export const shardViewSchema = z.object({
  shard: z.int(),
  replica: z.string().nullable(),
  agents: z.int(),
  waiting: z.int().nullable(),
});
export type ShardView = z.infer<typeof shardViewSchema>;

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
});
export type BreakerView = z.infer<typeof breakerViewSchema>;

export const replicaViewSchema = z.object({
  replica: z.string(),
  state: z.enum(['running', 'draining', 'stopped']),
  pid: z.int(),
  started_at: z.string(),
  shards: z.array(z.int()),
  lanes: z.array(laneViewSchema),
  breakers: z.array(breakerViewSchema),
  cache: z.object({ entries: z.int(), max_entries: z.int() }),
  memory_bytes: z.number(),
});
export type ReplicaView = z.infer<typeof replicaViewSchema>;

/** `GET /api/status`. */
export const statusSchema = z.object({
  name: z.string(),
  version: z.string(),
  state: z.enum(['running', 'draining']),
  engine: engineSchema,
  model: z.string(),
  endpoint: z.string(),
  service_bus: z.string(),
  storage: z.string(),
  shards: z.int(),
  replicas: z.array(replicaViewSchema),
  /** What is wrong with the aos.json on disk; the runtime goes on with the last good one. */
  config_error: z.string().nullable(),
  usage: usageStatsSchema,
});
export type RuntimeStatus = z.infer<typeof statusSchema>;

/** `GET /api/health` (the one route without a token). */
export const healthSchema = z.object({
  status: z.enum(['healthy', 'draining']),
  service: z.literal('aos'),
  version: z.string(),
});

/** `POST /api/register_agent` → 201, the same again → 200, another purpose → 409. */
export const registerAgentRequestSchema = z.strictObject({
  agent_id: idSchema,
  purpose: z.string().min(1).max(4000),
  adapter_name: idSchema.optional(),
  priority: prioritySchema.default('normal'),
});
export type RegisterAgentRequest = z.infer<typeof registerAgentRequestSchema>;
export const registerAgentResponseSchema = z.object({
  agent_id: z.string(),
  shard: z.int(),
  replica: z.string().nullable(),
  status: agentStateSchema,
});
export type RegisterAgentResponse = z.infer<typeof registerAgentResponseSchema>;

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

/** `POST /api/agent_infer`. With `stream` the answer is SSE: {@link inferStreamEventSchema}. */
export const inferRequestSchema = z.strictObject({
  agent_id: idSchema,
  prompt: z.string().min(1).max(200_000),
  parameters: generateParametersSchema.default({}),
  /** false: neither read from nor written to the response cache. */
  cache: z.boolean().default(true),
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
  /** When the cached answer was made and when it expires (ISO 8601); null if not cached. */
  cache_entry: z.object({ stored_at: z.string(), expires_at: z.string() }).nullable(),
  latency_ms: z.number(),
  first_token_ms: z.number().nullable(),
  finish_reason: z.string(),
  usage: z.object({ prompt_tokens: z.int(), completion_tokens: z.int() }),
  engine: engineSchema,
  model: z.string(),
  trace_id: z.string(),
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

/** `POST /api/agents/{id}/events` → 202. */
export const sendEventRequestSchema = z.strictObject({
  type: eventTypeSchema,
  data: z.unknown().optional(),
  /** At most 128 characters; the same id again is the same event. */
  id: z.string().min(1).max(128).optional(),
});
export type SendEventRequest = z.infer<typeof sendEventRequestSchema>;
export const sendEventResponseSchema = z.object({ event_id: z.string(), agent_id: z.string(), shard: z.int() });
export type SendEventResponse = z.infer<typeof sendEventResponseSchema>;

/** `POST /api/adapters` → 201, the same again → 200, another path → 409. */
export const registerAdapterRequestSchema = z.strictObject({
  name: idSchema,
  path: z.string().min(1),
  source: z.enum(['local', 'hub', 's3', 'pbase']).default('local'),
});
export type RegisterAdapterRequest = z.input<typeof registerAdapterRequestSchema>;

/** `GET /api/metrics`: the meters of every replica, added up. Names and units are the guide's (R72–R75). */
export const metricsSchema = z.object({
  counters: z.array(
    z.object({
      name: z.string(),
      unit: z.string(),
      description: z.string(),
      value: z.number(),
      attributes: z.record(z.string(), z.string()),
    }),
  ),
  histograms: z.array(
    z.object({
      name: z.string(),
      unit: z.string(),
      description: z.string(),
      count: z.number(),
      sum: z.number(),
      p50: z.number().nullable(),
      p95: z.number().nullable(),
      p99: z.number().nullable(),
      attributes: z.record(z.string(), z.string()),
    }),
  ),
});
export type Metrics = z.infer<typeof metricsSchema>;

/** `GET /api/traces`: newest first. */
export const spanViewSchema = z.object({
  trace_id: z.string(),
  span_id: z.string(),
  parent_span_id: z.string().nullable(),
  name: z.string(),
  start: z.string(),
  duration_ms: z.number(),
  status: z.enum(['ok', 'error']),
  replica: z.string(),
  attributes: z.record(z.string(), z.unknown()),
});
export type SpanView = z.infer<typeof spanViewSchema>;
