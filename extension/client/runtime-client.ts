import { z } from 'zod';
import { type LiveEvent, liveEventSchema } from '../../runtime/contracts/events.ts';
import {
  type AdapterAction,
  type AdapterView,
  type AgentAction,
  type AgentActionResponse,
  type AgentView,
  adapterViewSchema,
  agentActionResponseSchema,
  agentViewSchema,
  type BreakerAction,
  type CompareRequest,
  type CompareResponse,
  clearCacheResponseSchema,
  compareResponseSchema,
  type EndpointReport,
  type ExplainRequest,
  endpointReportSchema,
  forgetAnswerResponseSchema,
  type InferRequest,
  type InferResponse,
  type InferStreamEvent,
  inferResponseSchema,
  inferStreamEventSchema,
  type RegisterAdapterRequest,
  type RegisterAgentRequest,
  type RegisterAgentResponse,
  type RuntimeStatus,
  registerAgentResponseSchema,
  type SendEventRequest,
  type SendEventResponse,
  type ShardView,
  type SpanView,
  sendEventResponseSchema,
  shardViewSchema,
  spanViewSchema,
  statusSchema,
  type TracesQuery,
} from '../../runtime/contracts/http.ts';
import { type ResultComparison, resultComparisonSchema } from '../../runtime/contracts/result-comparison.ts';
import { type Result, type ResultSummary, resultSchema, resultSummarySchema } from '../../runtime/contracts/results.ts';
import { type Endpoint, type HttpRequest, notAnswering, parseAnswer, send, sendJson } from './http.ts';
import { readSse } from './sse.ts';

type Options = { signal?: AbortSignal | undefined };

const registeredAdapterSchema = adapterViewSchema.pick({ name: true, path: true, source: true, revision: true });
export type RegisteredAdapter = z.infer<typeof registeredAdapterSchema>;

/**
 * The runtime's HTTP API, typed. Every method throws RuntimeError with the server's code, AOS_NOT_RUNNING if nothing
 * answers, or the abort reason of its signal.
 */
export class RuntimeClient {
  readonly endpoint: Endpoint;

  constructor(endpoint: Endpoint) {
    this.endpoint = endpoint;
  }

  status(options: Options = {}): Promise<RuntimeStatus> {
    return this.#json({ method: 'GET', path: '/api/status', ...options }, statusSchema);
  }

  agents(options: Options = {}): Promise<AgentView[]> {
    return this.#json({ method: 'GET', path: '/api/agents', ...options }, z.array(agentViewSchema));
  }

  agent(id: string, options: Options = {}): Promise<AgentView> {
    return this.#json({ method: 'GET', path: agentPath(id), ...options }, agentViewSchema);
  }

  adapters(options: Options = {}): Promise<AdapterView[]> {
    return this.#json({ method: 'GET', path: '/api/adapters', ...options }, z.array(adapterViewSchema));
  }

  shards(options: Options = {}): Promise<ShardView[]> {
    return this.#json({ method: 'GET', path: '/api/shards', ...options }, z.array(shardViewSchema));
  }

  registerAgent(body: RegisterAgentRequest, options: Options = {}): Promise<RegisterAgentResponse> {
    return this.#json({ method: 'POST', path: '/api/register_agent', body, ...options }, registerAgentResponseSchema);
  }

  async removeAgent(id: string, options: Options = {}): Promise<void> {
    const response = await send(this.endpoint, { method: 'DELETE', path: agentPath(id), ...options });
    await response.body?.cancel();
  }

  sendEvent(id: string, body: SendEventRequest, options: Options = {}): Promise<SendEventResponse> {
    return this.#json({ method: 'POST', path: `${agentPath(id)}/events`, body, ...options }, sendEventResponseSchema);
  }

  /** Resolves when the replica that holds the agent's shard has acted, or after three seconds. */
  turnAgent(id: string, action: AgentAction, options: Options = {}): Promise<AgentActionResponse> {
    return this.#json({ method: 'POST', path: `${agentPath(id)}/${action}`, ...options }, agentActionResponseSchema);
  }

  registerAdapter(body: RegisterAdapterRequest, options: Options = {}): Promise<RegisteredAdapter> {
    return this.#json({ method: 'POST', path: '/api/adapters', body, ...options }, registeredAdapterSchema);
  }

  /** @returns the adapter as it is then */
  changeAdapter(name: string, action: AdapterAction, options: Options = {}): Promise<AdapterView> {
    const path = `/api/adapters/${encodeURIComponent(name)}/${action}`;
    return this.#json({ method: 'POST', path, ...options }, adapterViewSchema);
  }

  /** Every replica does it within a heartbeat. */
  async changeBreaker(name: string, action: BreakerAction, options: Options = {}): Promise<void> {
    const path = `/api/breakers/${encodeURIComponent(name)}/${action}`;
    const response = await send(this.endpoint, { method: 'POST', path, ...options });
    await response.body?.cancel();
  }

  /** Every replica forgets its answers within a heartbeat. @returns how many answers there were */
  async clearCache(options: Options = {}): Promise<number> {
    const request: HttpRequest = { method: 'POST', path: '/api/cache/clear', ...options };
    return (await this.#json(request, clearCacheResponseSchema)).entries;
  }

  /** Every replica forgets the answer to this prompt within a heartbeat. */
  async forgetAnswer(body: ExplainRequest, options: Options = {}): Promise<void> {
    const request: HttpRequest = { method: 'POST', path: '/api/cache/forget', body, ...options };
    await this.#json(request, forgetAnswerResponseSchema);
  }

  /** Spans of the last day: those that pass the filter, newest first unless another order is asked for. */
  spans(query: TracesQuery, options: Options = {}): Promise<SpanView[]> {
    const given = Object.entries(query).filter(([, value]) => value !== undefined);
    const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
    return this.#json({ method: 'GET', path: `/api/traces?${search}`, ...options }, spanViewSchema.array());
  }

  compare(body: CompareRequest, options: Options = {}): Promise<CompareResponse> {
    return this.#json({ method: 'POST', path: '/api/compare', body, ...options }, compareResponseSchema);
  }

  testEndpoint(options: Options = {}): Promise<EndpointReport> {
    return this.#json({ method: 'POST', path: '/api/endpoint/test', ...options }, endpointReportSchema);
  }

  /** Kept results of benchmarks and load tests, newest first. */
  results(query: { kind?: Result['kind']; limit: number }, options: Options = {}): Promise<ResultSummary[]> {
    const { kind, limit } = query;
    const path = `/api/results?limit=${limit}${kind === undefined ? '' : `&kind=${kind}`}`;
    return this.#json({ method: 'GET', path, ...options }, z.array(resultSummarySchema));
  }

  result(id: string, options: Options = {}): Promise<Result> {
    return this.#json({ method: 'GET', path: resultPath(id), ...options }, resultSchema);
  }

  /** @param keep results that are kept in all; the oldest ones beyond are dropped */
  keepResult(result: Result, keep: number, options: Options = {}): Promise<ResultSummary> {
    const path = `${resultPath(result.id)}?keep=${keep}`;
    return this.#json({ method: 'PUT', path, body: result, ...options }, resultSummarySchema);
  }

  annotateResult(id: string, note: string, options: Options = {}): Promise<ResultSummary> {
    return this.#json({ method: 'PATCH', path: resultPath(id), body: { note }, ...options }, resultSummarySchema);
  }

  async deleteResult(id: string, options: Options = {}): Promise<void> {
    const response = await send(this.endpoint, { method: 'DELETE', path: resultPath(id), ...options });
    await response.body?.cancel();
  }

  compareResults(before: string, after: string, options: Options = {}): Promise<ResultComparison> {
    const path = `${resultPath(before)}/compare/${encodeURIComponent(after)}`;
    return this.#json({ method: 'GET', path, ...options }, resultComparisonSchema);
  }

  infer(body: InferRequest, options: Options = {}): Promise<InferResponse> {
    return this.#json(
      { method: 'POST', path: '/api/agent_infer', body: { ...body, stream: false }, ...options },
      inferResponseSchema,
    );
  }

  /** The answer piece by piece; ends after `done` or `error`. */
  async *inferStream(body: InferRequest, options: Options = {}): AsyncGenerator<InferStreamEvent> {
    const path = '/api/agent_infer';
    const request: HttpRequest = {
      method: 'POST',
      path,
      body: { ...body, stream: true },
      accept: 'text/event-stream',
      ...options,
    };
    for await (const event of this.#stream(request, inferStreamEventSchema)) {
      yield event;
      if (event.event !== 'token') return;
    }
    throw notAnswering(this.endpoint, new Error('the stream ended before the answer did'));
  }

  /** What changes in the runtime: a snapshot, then changes, until the connection ends. */
  events(options: Options = {}): AsyncGenerator<LiveEvent> {
    return this.#stream(
      { method: 'GET', path: '/api/events', accept: 'text/event-stream', ...options },
      liveEventSchema,
    );
  }

  #json<T extends z.ZodType>(request: HttpRequest, schema: T): Promise<z.infer<T>> {
    return sendJson(this.endpoint, request, schema);
  }

  async *#stream<T extends z.ZodType>(request: HttpRequest, schema: T): AsyncGenerator<z.infer<T>> {
    const response = await send(this.endpoint, request);
    if (!response.body) return;
    try {
      for await (const { event, data } of readSse(response.body)) {
        yield parseAnswer(schema, { ...JSON.parse(data), event }, request.path);
      }
    } catch (error) {
      request.signal?.throwIfAborted();
      // undici reports a broken connection as a TypeError ("terminated").
      throw error instanceof TypeError ? notAnswering(this.endpoint, error) : error;
    }
  }
}

function agentPath(id: string): string {
  return `/api/agents/${encodeURIComponent(id)}`;
}

function resultPath(id: string): string {
  return `/api/results/${encodeURIComponent(id)}`;
}
