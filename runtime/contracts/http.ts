import { z } from 'zod';
import { idSchema, prioritySchema } from './ids.ts';
import { breakerViewSchema, cacheViewSchema, engineSchema, laneViewSchema, limitViewSchema } from './inference.ts';
import { eventTypeSchema } from './messages.ts';

export * from './inference.ts';

/** Largest body the HTTP API takes: 1 MiB. */
export const MAX_BODY_BYTES = 1024 * 1024;

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

/** `GET /api/agents`. */
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

export const goalViewSchema = z.object({
  id: z.string(),
  description: z.string(),
  /** 0 to 1, as the agent has said; 1: reached. */
  progress: z.number(),
  note: z.string().nullable(),
  updated_at: z.string().nullable(),
});
export type GoalView = z.infer<typeof goalViewSchema>;

/** `GET /api/agents/{id}`. */
export const agentDetailSchema = agentViewSchema.extend({ goals: z.array(goalViewSchema) });
export type AgentDetail = z.infer<typeof agentDetailSchema>;

/** `GET /api/shards`. `waiting` is null when the bus cannot be asked. */
export const shardViewSchema = z.object({
  shard: z.int(),
  replica: z.string().nullable(),
  agents: z.int(),
  waiting: z.int().nullable(),
});
export type ShardView = z.infer<typeof shardViewSchema>;

export const replicaViewSchema = z.object({
  replica: z.string(),
  state: z.enum(['running', 'draining', 'stopped']),
  pid: z.int(),
  started_at: z.string(),
  shards: z.array(z.int()),
  lanes: z.array(laneViewSchema),
  breakers: z.array(breakerViewSchema),
  limits: z.array(limitViewSchema),
  cache: cacheViewSchema,
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
  /** Adapters that share the endpoint at most: `model.max_adapters`. */
  adapter_slots: z.int(),
  replicas: z.array(replicaViewSchema),
  /** What is wrong with the aos.json on disk; the runtime goes on with the last good one. */
  config_error: z.string().nullable(),
  usage: usageStatsSchema,
});
export type RuntimeStatus = z.infer<typeof statusSchema>;

/** `GET /api/health`, without a token: the process is alive. */
export const healthSchema = z.object({
  status: z.enum(['healthy', 'draining']),
  service: z.literal('aos'),
  version: z.string(),
});
export type Health = z.infer<typeof healthSchema>;

/** `GET /api/health/ready`, without a token → 200, or 503 while it is not of use. */
export const readinessSchema = z.object({
  status: z.enum(['ready', 'waiting', 'draining']),
  checks: z.object({
    /** It holds a shard, or other replicas hold them all: the bus answers. */
    shards: z.boolean(),
    storage: z.boolean(),
    /** The keys with which access tokens are checked are known; true where none are taken. */
    identity: z.boolean(),
    /** Told, and not demanded. */
    model: z.boolean(),
  }),
});
export type Readiness = z.infer<typeof readinessSchema>;

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

/** `POST /api/agents/{id}/{action}` → 202; the same again is fine. A stopped agent's events wait in its shard. */
export const agentActions = ['start', 'stop', 'restart'] as const;
export type AgentAction = (typeof agentActions)[number];
export const agentActionResponseSchema = z.object({
  agent_id: z.string(),
  /** As it is a moment later; an agent that is stopped while it handles an event finishes that first. */
  state: agentStateSchema,
});
export type AgentActionResponse = z.infer<typeof agentActionResponseSchema>;

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

/** Query of `GET /api/metrics/history`. */
export const metricsHistoryQuerySchema = z.strictObject({
  name: z.string().optional(),
  since: z.iso.datetime().optional(),
  until: z.iso.datetime().optional(),
  step_s: z.coerce.number().int().min(10).max(86_400).optional(),
  limit: z.coerce.number().int().min(1).max(10_000).optional(),
});

/** What was counted in a step, by all replicas together; quantiles are those of the step. */
export const metricsSampleSchema = metricsSchema.extend({ at: z.string() });
export type MetricsSample = z.infer<typeof metricsSampleSchema>;

/** `GET /api/metrics/history`: the oldest first, at most 24 hours; steps in which nothing was counted are left out. */
export const metricsHistorySchema = z.object({
  samples: z.array(metricsSampleSchema),
  /** `since` of the next page; null after the last one. */
  next_since: z.string().nullable(),
});
export type MetricsHistory = z.infer<typeof metricsHistorySchema>;

/** Query of `GET /api/traces`; all that are given have to hold. */
export const tracesQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  trace_id: z.string().optional(),
  agent_id: z.string().optional(),
  /** The whole name of a span, or its first word. */
  name: z.string().optional(),
  status: z.enum(['ok', 'error']).optional(),
  min_duration_ms: z.coerce.number().min(0).optional(),
  /** ISO 8601: spans that began then or later. */
  since: z.iso.datetime().optional(),
  /** ISO 8601: spans that began before. */
  until: z.iso.datetime().optional(),
  order: z.enum(['newest', 'slowest']).default('newest'),
});

/** What a client asks for. */
export type TracesQuery = Partial<z.output<typeof tracesQuerySchema>>;

/** `GET /api/traces`: a list, in the order that was asked for. */
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

/** `POST /api/replicas`: changes the number of local replicas while they run. → 202; in Azure KEDA does it. */
export const scaleRequestSchema = z.strictObject({ replicas: z.int().min(1).max(64) });
export type ScaleRequest = z.input<typeof scaleRequestSchema>;
