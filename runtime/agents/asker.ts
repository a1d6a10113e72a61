import { context as otelContext, type Span, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { AosConfig } from '../contracts/config.ts';
import type {
  CacheExplanation,
  ComparedAnswer,
  CompareRequest,
  CompareResponse,
  Engine,
  GenerateParameters,
  InferResponse,
} from '../contracts/http.ts';
import type { Clock } from '../core/clock.ts';
import { AosError, isAbort, isAosError, messageOf } from '../core/errors.ts';
import {
  answerKey,
  type CachedInferenceEngine,
  type Generation,
  type InferenceKey,
} from '../inference/cached-inference-engine.ts';
import type { ChatTurn, LoRAXServer, OnToken } from '../inference/lorax-server.ts';
import type { Bulkhead } from '../reliability/bulkhead.ts';
import { deadline } from '../reliability/deadline.ts';
import { recordModelCall } from '../telemetry/meters.ts';
import { agentSpanName, spanAttributes } from '../telemetry/spans.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { AdapterCatalog } from './adapter-catalog.ts';
import type { AgentSwitch } from './agent-switch.ts';
import { comparedOf, round, toResponse } from './answer-views.ts';
import type { AgentCatalog, AgentEntry } from './catalog.ts';
import type { ConversationLog } from './conversation-log.ts';
import { PurposeDrivenAgent } from './purpose-driven-agent.ts';
import type { UsageBook } from './usage-book.ts';

/** Runs a call of the endpoint behind retry, breaker and limit. */
export type Protect = <T>(call: () => Promise<T>, signal: AbortSignal) => Promise<T>;

export interface AskerOptions {
  config: () => AosConfig;
  catalog: AgentCatalog;
  switches: Pick<AgentSwitch, 'mustAnswer'>;
  adapters: AdapterCatalog;
  lorax: LoRAXServer;
  /** What answers; part of every cache key. */
  engine: () => Engine;
  cache: CachedInferenceEngine;
  protect: Protect;
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
  /** The agent asks, to handle an event: it may, though it is stopped meanwhile. Default false. */
  ofItself?: boolean | undefined;
  /** The answer says why the cache did not have it. Default false. */
  explain?: boolean;
  /** Shorter than the deadline of aos.json; a longer one has no effect beyond 10 minutes. */
  deadlineMs?: number | undefined;
  signal?: AbortSignal | undefined;
  onToken?: ((text: string) => void) | undefined;
}

/** Asks agents' models: lane, cache, protection, LoRAX with the agent's adapter, all under one deadline. */
export class Asker {
  readonly #options: AskerOptions;

  constructor(options: AskerOptions) {
    this.#options = options;
  }

  /**
   * The exchange is written behind to the table `conversations`.
   * @throws AosError AOS_AGENT_NOT_FOUND, AOS_AGENT_STOPPED, AOS_BULKHEAD_FULL, AOS_BREAKER_OPEN, AOS_DEADLINE, AOS_INFERENCE_FAILED, AOS_CANCELLED
   */
  async ask(call: InferCall): Promise<InferResponse> {
    const { catalog, switches, telemetry } = this.#options;
    const entry = await catalog.get(call.agentId);
    if (!call.ofItself) switches.mustAnswer(entry.agentId);
    const attributes = {
      [spanAttributes.operation]: 'invoke_agent',
      [spanAttributes.agentId]: entry.agentId,
      'aos.lane': entry.priority,
    };
    return telemetry.tracer.startActiveSpan(
      agentSpanName('invoke_agent', entry.agentId),
      { attributes },
      async (span) => {
        try {
          const response = await this.#answer(entry, call, span);
          span.setAttributes({
            [spanAttributes.responseModel]: response.model,
            'aos.cached': String(response.cached),
            'aos.cache.tier': response.cache_entry?.tier ?? 'none',
            'aos.fallback': response.fallback,
          });
          return response;
        } catch (error) {
          span.setStatus({ code: SpanStatusCode.ERROR, message: messageOf(error) });
          throw error;
        } finally {
          span.end();
        }
      },
    );
  }

  /** What the cache would do with a prompt, and why. Asks no model, keeps nothing. @throws AosError AOS_AGENT_NOT_FOUND */
  async explain({ agentId, prompt, parameters = {} }: InferCall): Promise<CacheExplanation> {
    const entry = await this.#options.catalog.get(agentId);
    await this.#knowAdapter(entry.adapterName);
    return this.#options.cache.explain(this.#keyOf(new PurposeDrivenAgent(entry), prompt, parameters));
  }

  /** The key of the answer that is kept for a prompt, in whatever spelling. @throws AosError AOS_AGENT_NOT_FOUND */
  async answerKey({ agentId, prompt, parameters = {} }: InferCall): Promise<string> {
    const entry = await this.#options.catalog.get(agentId);
    await this.#knowAdapter(entry.adapterName);
    return answerKey(this.#keyOf(new PurposeDrivenAgent(entry), prompt, parameters));
  }

  /** One prompt to several adapters, without agents and without the cache. @throws AosError AOS_DEADLINE, AOS_CANCELLED */
  async compare(request: CompareRequest, signal?: AbortSignal): Promise<CompareResponse> {
    const { config, clock, engine } = this.#options;
    const limit = deadline(config().runtime.deadlines.infer_seconds * 1000, signal, clock);
    try {
      const answers = request.adapters.map((adapter) => this.#compareOne(adapter, request, limit.signal));
      return { engine: engine(), model: config().model.base, answers: await Promise.all(answers) };
    } finally {
      limit.dispose();
    }
  }

  async #compareOne(adapter: string | null, request: CompareRequest, signal: AbortSignal): Promise<ComparedAnswer> {
    const { clock, lorax, protect } = this.#options;
    const adapterName = adapter ?? undefined;
    const messages: ChatTurn[] = [{ role: 'user', content: request.prompt }];
    const parameters = request.parameters ?? {};
    const startedAt = clock.monotonic();
    const about = () => ({
      adapter,
      revision: adapter === null ? null : (lorax.adapter(adapter)?.revision ?? null),
      latency_ms: round(clock.monotonic() - startedAt),
    });
    try {
      await this.#knowAdapter(adapterName, signal);
      const generation = await protect(() => lorax.chat({ adapterName, messages, parameters, signal }), signal);
      return { ...about(), ...comparedOf(generation), error: null };
    } catch (error) {
      const failure = toFailure(error, signal);
      if (failure.code === 'AOS_CANCELLED') throw failure;
      const nothing = { response: null, first_token_ms: null, adapter_load: null, finish_reason: null, usage: null };
      return { ...about(), ...nothing, error: { error: failure.message, code: failure.code } };
    }
  }

  async #answer(entry: AgentEntry, call: InferCall, span: Span): Promise<InferResponse> {
    const { config, clock, lanes, usage, telemetry, conversations } = this.#options;
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
      conversations.add(call.prompt, response);
      return response;
    } catch (error) {
      const failure = toFailure(error, limit.signal);
      if (failure.code !== 'AOS_CANCELLED') usage.failed(entry.agentId);
      return this.#fallback(entry, failure, clock.monotonic() - startedAt, span.spanContext().traceId);
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
    const { lorax, cache, clock, config, protect } = this.#options;
    const agent = new PurposeDrivenAgent(entry);
    const parameters = call.parameters ?? {};
    const messages: ChatTurn[] = [
      { role: 'system', content: agent.systemPrompt },
      { role: 'user', content: call.prompt },
    ];
    let firstTokenMs: number | null = null;
    let modelMs: number | null = null;
    const onToken = (text: string) => {
      firstTokenMs ??= clock.monotonic() - startedAt;
      call.onToken?.(text);
    };
    await this.#knowAdapter(entry.adapterName, signal);
    const key = this.#keyOf(agent, call.prompt, parameters);
    const bypass = call.cache === false || !config().runtime.cache.enabled;
    const explanation = call.explain && !bypass ? await this.#tryExplain(key, signal) : undefined;
    // One call may serve several who ask the same: it belongs to the trace of the first.
    const active = otelContext.active();
    const chat = (upstream: AbortSignal, tokens: OnToken | undefined) => {
      const { adapterName } = entry;
      return protect(async () => {
        const calledAt = clock.monotonic();
        try {
          return await lorax.chat({ adapterName, messages, parameters, signal: upstream, onToken: tokens });
        } finally {
          modelMs = (modelMs ?? 0) + clock.monotonic() - calledAt;
        }
      }, upstream);
    };
    const inference = await cache.infer(
      key,
      (upstream, tokens) => otelContext.with(active, () => this.#modelCall(key, () => chat(upstream, tokens))),
      {
        signal,
        onToken: call.onToken ? onToken : undefined,
        bypass,
        mayKeep: () => this.#isOfKey(key),
      },
    );
    const latencyMs = clock.monotonic() - startedAt;
    const response = toResponse(key, inference, { latencyMs, modelMs, firstTokenMs, traceId });
    return explanation && !inference.cached ? { ...response, explanation } : response;
  }

  /** What the cache makes of the prompt before it is asked; it is for the eye, so that an answer does not fail for it. */
  #tryExplain(key: InferenceKey, signal: AbortSignal): Promise<CacheExplanation | undefined> {
    return this.#options.cache.explain(key, signal).catch(() => undefined);
  }

  /** The call behind the cache, retries and waiting included, as a span and in the meters. */
  #modelCall({ model, adapter, engine }: InferenceKey, call: () => Promise<Generation>): Promise<Generation> {
    const { telemetry, clock } = this.#options;
    const attributes = {
      [spanAttributes.operation]: 'chat',
      [spanAttributes.requestModel]: model,
      [spanAttributes.provider]: engine,
      ...(adapter === undefined ? {} : { 'aos.adapter': adapter }),
    };
    const options = { kind: SpanKind.CLIENT, attributes };
    return telemetry.tracer.startActiveSpan(`chat ${adapter ?? model}`, options, async (span) => {
      const startedAt = clock.monotonic();
      const durationMs = () => clock.monotonic() - startedAt;
      const asked = { operation: 'chat' as const, provider: engine, requestModel: model };
      try {
        const generation = await call();
        const { promptTokens, completionTokens, firstTokenMs } = generation;
        span.setAttributes({
          [spanAttributes.inputTokens]: promptTokens,
          [spanAttributes.outputTokens]: completionTokens,
        });
        recordModelCall(telemetry.meters, {
          ...{ ...asked, durationMs: durationMs(), firstTokenMs, responseModel: generation.model },
          ...{ inputTokens: promptTokens, outputTokens: completionTokens },
        });
        return generation;
      } catch (error) {
        const errorType = isAosError(error) ? error.code : 'AOS_CANCELLED';
        recordModelCall(telemetry.meters, { ...asked, durationMs: durationMs(), errorType });
        span.setStatus({ code: SpanStatusCode.ERROR, message: messageOf(error) });
        throw error;
      } finally {
        span.end();
      }
    });
  }

  /** Makes sure that an adapter is known here as it is now: its revision is part of the cache key. */
  async #knowAdapter(name: string | undefined, signal?: AbortSignal): Promise<void> {
    if (name !== undefined) await this.#options.adapters.ensure(name, signal);
  }

  /** Whether an answer was made with what its key says: the adapter's files may have been replaced meanwhile. */
  async #isOfKey({ adapter, adapterRevision }: InferenceKey): Promise<boolean> {
    if (adapter === undefined || adapterRevision === undefined) return true;
    return this.#options.lorax.isStillRevision(adapter, adapterRevision);
  }

  #keyOf(agent: PurposeDrivenAgent, prompt: string, parameters: GenerateParameters): InferenceKey {
    const { lorax, config, engine } = this.#options;
    const { agentId, adapterName: adapter, systemPrompt: system } = agent;
    const adapterRevision = adapter === undefined ? undefined : lorax.adapter(adapter)?.revision;
    return {
      agentId,
      adapter,
      adapterRevision,
      model: config().model.base,
      engine: engine(),
      system,
      prompt,
      parameters,
    };
  }

  /** The configured text instead of an error that says the endpoint is ill; labelled, and never kept. */
  #fallback(entry: AgentEntry, failure: AosError, latencyMs: number, traceId: string): InferResponse {
    const { config, engine, lorax } = this.#options;
    const { fallback } = config().runtime;
    if (!fallback || !FALLBACK_CODES.includes(failure.code)) throw failure;
    return {
      agent_id: entry.agentId,
      adapter: entry.adapterName ?? null,
      adapter_revision: entry.adapterName === undefined ? null : (lorax.adapter(entry.adapterName)?.revision ?? null),
      response: fallback.text,
      cached: false,
      cache_entry: null,
      fallback: true,
      latency_ms: round(latencyMs),
      first_token_ms: null,
      finish_reason: 'fallback',
      usage: { prompt_tokens: 0, completion_tokens: 0 },
      engine: engine(),
      model: config().model.base,
      trace_id: traceId,
    };
  }
}

/** The endpoint failed, or was not asked since it fails; a refused prompt or a full lane is not its fault. */
const FALLBACK_CODES: readonly string[] = ['AOS_BREAKER_OPEN', 'AOS_INFERENCE_FAILED', 'AOS_DEADLINE'];

function toFailure(error: unknown, signal: AbortSignal): AosError {
  if (isAosError(error)) return error;
  if (isAosError(signal.reason)) return signal.reason;
  if (signal.aborted || isAbort(error))
    return new AosError('AOS_CANCELLED', 'The prompt was cancelled.', { cause: error });
  return new AosError('AOS_INTERNAL', `The prompt could not be answered: ${messageOf(error)}`, { cause: error });
}
