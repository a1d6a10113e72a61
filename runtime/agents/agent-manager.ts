import { context as otelContext, type Span, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import type { AosConfig } from '../contracts/config.ts';
import type {
  Engine,
  GenerateParameters,
  InferResponse,
  RegisterAgentRequest,
  SendEventResponse,
} from '../contracts/http.ts';
import type { Outcome, PublishedEvent } from '../contracts/messages.ts';
import type { Clock } from '../core/clock.ts';
import { AosError, isAbort, isAosError, messageOf } from '../core/errors.ts';
import { newId } from '../core/ids.ts';
import type { CachedInferenceEngine } from '../inference/cached-inference-engine.ts';
import type { LoRAXServer } from '../inference/lorax-server.ts';
import type { ServiceBusManager } from '../messaging/service-bus-manager.ts';
import type { Bulkhead } from '../reliability/bulkhead.ts';
import type { CircuitBreaker } from '../reliability/circuit-breaker.ts';
import { deadline } from '../reliability/deadline.ts';
import { getShardId } from '../sharding/shard-id.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { AdapterCatalog } from './adapter-catalog.ts';
import type { AgentServices } from './agent-host.ts';
import type { AgentCatalog, AgentEntry } from './catalog.ts';
import type { ConversationLog } from './conversation-log.ts';
import { PurposeDrivenAgent } from './purpose-driven-agent.ts';
import type { UsageBook } from './usage-book.ts';

export interface AgentManagerOptions {
  /** Shards of the system; fixed while it runs, since an agent's shard follows from it. */
  numShards: number;
  config: () => AosConfig;
  catalog: AgentCatalog;
  adapters: AdapterCatalog;
  bus: ServiceBusManager;
  lorax: LoRAXServer;
  /** What answers; asked once, since it is part of every cache key. */
  engine: Engine;
  cache: CachedInferenceEngine;
  breaker: CircuitBreaker;
  lanes: { critical: Bulkhead; normal: Bulkhead };
  conversations: ConversationLog;
  usage: UsageBook;
  telemetry: Telemetry;
  clock: Clock;
}

export interface InferCall {
  agentId: string;
  prompt: string;
  parameters?: GenerateParameters;
  /** Default true. */
  cache?: boolean;
  /** Shorter than the deadline of aos.json; a longer one has no effect beyond 10 minutes. */
  deadlineMs?: number | undefined;
  signal?: AbortSignal | undefined;
  onToken?: ((text: string) => void) | undefined;
}

/** Registers agents and works with them, whichever replica they live on. */
export class AgentManager implements AgentServices {
  readonly #options: AgentManagerOptions;
  readonly #tracer: Tracer;

  constructor(options: AgentManagerOptions) {
    this.#options = options;
    this.#tracer = options.telemetry.tracer;
  }

  /**
   * Registers an agent; the same one again is fine. Its events reach it on the replica that holds its shard (R11, R12).
   * @returns whether it is new, and its shard
   * @throws AosError AOS_AGENT_EXISTS if the id belongs to an agent with another purpose, adapter or lane
   */
  async registerAgent(agent: PurposeDrivenAgent | RegisterAgentRequest): Promise<{ created: boolean; shard: number }> {
    const request = agent instanceof PurposeDrivenAgent ? toRequest(agent) : agent;
    const { created } = await this.#options.catalog.register(request);
    return { created, shard: this.shardOf(request.agent_id) };
  }

  /** @throws AosError AOS_AGENT_NOT_FOUND; AOS_BAD_REQUEST for an agent of aos.json */
  async deregisterAgent(agentId: string): Promise<void> {
    await this.#options.catalog.deregister(agentId);
    this.#options.usage.forget(agentId);
  }

  listAgents(): Promise<AgentEntry[]> {
    return this.#options.catalog.list();
  }

  shardOf(agentId: string): number {
    return getShardId(agentId, this.#options.numShards);
  }

  /**
   * Asks an agent: lane, cache, breaker, LoRAX with the agent's adapter, all under one deadline. The exchange is written
   * behind to the table `conversations`.
   * @throws AosError AOS_AGENT_NOT_FOUND, AOS_BULKHEAD_FULL, AOS_BREAKER_OPEN, AOS_DEADLINE, AOS_INFERENCE_FAILED, AOS_CANCELLED
   */
  async ask(call: InferCall): Promise<InferResponse> {
    const entry = await this.#options.catalog.get(call.agentId);
    const attributes = { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.id': entry.agentId };
    return this.#tracer.startActiveSpan(`invoke_agent ${entry.agentId}`, { attributes }, async (span) => {
      try {
        const response = await this.#answer(entry, call, span);
        span.setAttributes({ 'aos.cached': String(response.cached), 'gen_ai.response.model': response.model });
        return response;
      } catch (error) {
        span.setStatus({ code: SpanStatusCode.ERROR, message: messageOf(error) });
        throw error;
      } finally {
        span.end();
      }
    });
  }

  async infer(
    agentId: string,
    prompt: string,
    options: { parameters?: GenerateParameters; cache?: boolean; signal?: AbortSignal } = {},
  ) {
    return (await this.ask({ agentId, prompt, ...options })).response;
  }

  /**
   * Puts an event into the agent's mailbox. Resolves when the bus has taken it: from then on it is handled, if need be by
   * another replica.
   * @throws AosError AOS_AGENT_NOT_FOUND, AOS_MESSAGE_TOO_LARGE, AOS_SERVICE_BUS
   */
  async sendEvent(
    agentId: string,
    event: { type: string; data?: unknown; id?: string | undefined },
    signal?: AbortSignal,
  ): Promise<SendEventResponse> {
    const { catalog, bus, clock } = this.#options;
    await catalog.get(agentId);
    const shard = this.shardOf(agentId);
    const eventId = event.id ?? newId('evt');
    const message = {
      event_id: eventId,
      agent_id: agentId,
      type: event.type,
      data: event.data,
      sent_at: new Date(clock.now()).toISOString(),
    };
    await bus.sendToShard(shard, message, { signal });
    return { event_id: eventId, agent_id: agentId, shard };
  }

  async send(agentId: string, type: string, data: unknown, signal?: AbortSignal): Promise<string> {
    return (await this.sendEvent(agentId, { type, data }, signal)).event_id;
  }

  /** Publishes an event of an agent on `agent-events`. */
  async publish(event: PublishedEvent, signal?: AbortSignal): Promise<void> {
    await this.#options.bus.publishEvent({ subject: event.type, body: event, messageId: event.event_id, signal });
  }

  /** Publishes what came of an event. Its message id is made of the event's, so that a repeated outcome is one outcome. */
  async publishOutcome(outcome: Outcome, signal?: AbortSignal): Promise<void> {
    const how = outcome.error === undefined ? 'handled' : 'failed';
    await this.#options.bus.publishEvent({
      subject: `${outcome.type}.${how}`,
      body: outcome,
      messageId: outcomeId(outcome.event_id, how),
      correlationId: outcome.event_id,
      signal,
    });
  }

  async #answer(entry: AgentEntry, call: InferCall, span: Span): Promise<InferResponse> {
    const { config, clock, lanes, usage, telemetry } = this.#options;
    const limitMs = call.deadlineMs ?? config().runtime.deadlines.infer_seconds * 1000;
    const limit = deadline(limitMs, call.signal, clock);
    const startedAt = clock.monotonic();
    // By lane, not by agent: thousands of agents would be thousands of series. An agent's own figures are its usage.
    telemetry.meters.agentRequests.add(1, { lane: entry.priority });
    try {
      const response = await lanes[entry.priority].run(
        () => this.#inferOnce(entry, call, limit.signal, startedAt, span.spanContext().traceId),
        limit.signal,
      );
      usage.answered(entry.agentId, response);
      telemetry.meters.inferenceDuration.record(response.latency_ms, { cached: String(response.cached) });
      this.#options.conversations.add(call.prompt, response);
      return response;
    } catch (error) {
      const failure = toFailure(error, limit.signal);
      if (failure.code !== 'AOS_CANCELLED') usage.failed(entry.agentId);
      throw failure;
    } finally {
      limit.dispose();
    }
  }

  async #inferOnce(
    entry: AgentEntry,
    call: InferCall,
    signal: AbortSignal,
    startedAt: number,
    traceId: string,
  ): Promise<InferResponse> {
    const { adapters, lorax, cache, breaker, clock, config, engine } = this.#options;
    const agent = new PurposeDrivenAgent(entry);
    const parameters = call.parameters ?? {};
    const messages = [
      { role: 'system' as const, content: agent.systemPrompt },
      { role: 'user' as const, content: call.prompt },
    ];
    let firstTokenMs: number | null = null;
    const onToken = (text: string) => {
      firstTokenMs ??= clock.monotonic() - startedAt;
      call.onToken?.(text);
    };
    if (entry.adapterName !== undefined) await adapters.ensure(entry.adapterName);
    const revision = entry.adapterName === undefined ? undefined : lorax.adapter(entry.adapterName)?.revision;
    const model = config().model.base;
    const active = otelContext.active();
    const { generation, cached, storedAt, expiresAt } = await cache.infer(
      {
        agentId: entry.agentId,
        adapter: entry.adapterName,
        adapterRevision: revision,
        model,
        engine,
        system: agent.systemPrompt,
        prompt: call.prompt,
        parameters,
      },
      (upstream, tokens) =>
        otelContext.with(active, () =>
          breaker.execute(
            () =>
              lorax.chat({ adapterName: entry.adapterName, messages, parameters, signal: upstream, onToken: tokens }),
            upstream,
          ),
        ),
      {
        signal,
        onToken: call.onToken ? onToken : undefined,
        bypass: call.cache === false || !config().runtime.cache.enabled,
      },
    );
    const hit = cached !== false;
    return {
      agent_id: entry.agentId,
      adapter: entry.adapterName ?? null,
      adapter_revision: revision ?? null,
      response: generation.text,
      cached,
      cache_entry:
        storedAt !== undefined && expiresAt !== undefined
          ? { stored_at: iso(storedAt), expires_at: iso(expiresAt) }
          : null,
      latency_ms: round(clock.monotonic() - startedAt),
      first_token_ms: hit ? null : round(firstTokenMs ?? generation.firstTokenMs),
      finish_reason: generation.finishReason,
      usage: hit
        ? { prompt_tokens: 0, completion_tokens: 0 }
        : { prompt_tokens: generation.promptTokens, completion_tokens: generation.completionTokens },
      engine: generation.engine,
      model: generation.model,
      trace_id: traceId,
    };
  }
}

function toRequest(agent: PurposeDrivenAgent): RegisterAgentRequest {
  return { agent_id: agent.agentId, purpose: agent.purpose, adapter_name: agent.adapterName, priority: agent.priority };
}

/** At most 128 characters (the limit of a Service Bus message id), different for different events. */
function outcomeId(eventId: string, how: string): string {
  const id = `${eventId}.${how}`;
  return id.length <= 128 ? id : `${id.slice(0, 100)}~${getShardId(eventId, 2 ** 30)}.${how}`;
}

function toFailure(error: unknown, signal: AbortSignal): AosError {
  if (isAosError(error)) return error;
  if (isAosError(signal.reason)) return signal.reason;
  if (signal.aborted || isAbort(error))
    return new AosError('AOS_CANCELLED', 'The prompt was cancelled.', { cause: error });
  return new AosError('AOS_INTERNAL', `The prompt could not be answered: ${messageOf(error)}`, { cause: error });
}

function round(ms: number): number;
function round(ms: number | null): number | null;
function round(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 100) / 100;
}

const iso = (ms: number) => new Date(ms).toISOString();

/** Trace id of the span that is active here, for logs and errors. */
export function activeTraceId(): string | undefined {
  return trace.getActiveSpan()?.spanContext().traceId;
}
