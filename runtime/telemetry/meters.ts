import type { Counter, Histogram, Meter } from '@opentelemetry/api';

/** The instruments of the guide (R72–R75), the misses it forgot, and the names of OpenTelemetry and of the AOS kernel. */
export interface Meters {
  readonly inferenceDuration: Histogram;
  readonly agentRequests: Counter;
  readonly storageOperations: Counter;
  readonly cacheHits: Counter;
  readonly cacheMisses: Counter;
  readonly messagesSent: Counter;
  readonly messagesConsumed: Counter;
  /** By {@link recordModelCall}. */
  readonly modelDuration: Histogram;
  readonly modelTimeToFirstChunk: Histogram;
  readonly modelTokens: Histogram;
  readonly agentRegistrations: Counter;
  readonly orchestrationsCreated: Counter;
  /** Seconds. */
  readonly orchestrationDuration: Histogram;
  readonly messagesBridged: Counter;
}

export function createMeters(meter: Meter): Meters {
  const counter = (name: string, unit: string, description: string) => meter.createCounter(name, { unit, description });
  const histogram = (name: string, unit: string, description: string) =>
    meter.createHistogram(name, { unit, description });
  return {
    inferenceDuration: histogram('agent.inference.duration', 'ms', 'Agent inference latency'),
    agentRequests: counter('agent.requests.total', '1', 'Total agent requests'),
    storageOperations: counter('storage.operations.total', '1', 'Total storage operations'),
    cacheHits: counter('ml.cache.hits', '1', 'ML inference cache hits'),
    cacheMisses: counter('ml.cache.misses', '1', 'ML inference cache misses'),
    messagesSent: counter('messaging.client.sent.messages', '{message}', 'Messages sent to Service Bus'),
    messagesConsumed: counter(
      'messaging.client.consumed.messages',
      '{message}',
      'Messages delivered by Service Bus, repeated deliveries included',
    ),
    modelDuration: histogram('gen_ai.client.operation.duration', 's', 'Duration of calls of the model'),
    modelTimeToFirstChunk: histogram(
      'gen_ai.client.operation.time_to_first_chunk',
      's',
      'Time until the model gives its first token',
    ),
    modelTokens: histogram('gen_ai.client.token.usage', '{token}', 'Tokens of calls of the model'),
    agentRegistrations: counter('aos.agent.registrations', '{agent}', 'Agents registered'),
    orchestrationsCreated: counter('aos.orchestration.created', '{orchestration}', 'Orchestrations started'),
    orchestrationDuration: histogram('aos.orchestration.duration', 's', 'Duration of orchestrations'),
    messagesBridged: counter(
      'aos.messages.bridged',
      '{message}',
      'Messages handed on from one agent or entity to another',
    ),
  };
}

export interface ModelCall {
  /** OpenTelemetry's word for what was asked. */
  operation: 'chat' | 'text_completion' | 'embeddings';
  /** `lorax`, `openai`, `llama`, `simulated`, … */
  provider: string;
  requestModel: string;
  responseModel?: string;
  durationMs: number;
  /** Null where the answer did not come in pieces. */
  firstTokenMs?: number | null;
  inputTokens?: number;
  outputTokens?: number;
  /** The code of the error, if it failed. */
  errorType?: string;
}

/**
 * Records one call of a model, cached answers excluded, by OpenTelemetry's conventions for generative AI. The agent is no
 * attribute: thousands of agents would be thousands of series; it is in the spans.
 */
export function recordModelCall(meters: Meters, call: ModelCall): void {
  const attributes = {
    'gen_ai.operation.name': call.operation,
    'gen_ai.provider.name': call.provider,
    'gen_ai.request.model': call.requestModel,
    ...(call.responseModel === undefined ? {} : { 'gen_ai.response.model': call.responseModel }),
  };
  const failed = call.errorType === undefined ? {} : { 'error.type': call.errorType };
  meters.modelDuration.record(call.durationMs / 1000, { ...attributes, ...failed });
  if (typeof call.firstTokenMs === 'number') meters.modelTimeToFirstChunk.record(call.firstTokenMs / 1000, attributes);
  const tokens = { input: call.inputTokens, output: call.outputTokens };
  for (const [type, count] of Object.entries(tokens)) {
    if (count !== undefined) meters.modelTokens.record(count, { ...attributes, 'gen_ai.token.type': type });
  }
}
