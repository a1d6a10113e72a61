import type {
  AskFailure,
  AskRuntime,
  Comparison,
  ComparisonColumn,
  Exchange,
} from '../../../runtime/contracts/ask-panel.ts';
import type { ComparedAnswer, InferResponse } from '../../../runtime/contracts/http.ts';

export const options = { useCache: true, maxTokens: 256, temperature: 0.7 };
export const askedAt = Date.parse('2026-11-24T11:02:17.000Z');

export function exchange(part: Partial<Exchange> = {}): Exchange {
  return {
    id: 'x1',
    agentId: 'ceo',
    priority: 'critical',
    adapter: 'ceo',
    revision: '3f9a1c',
    engine: 'simulated',
    prompt: 'What are our Q2 goals?',
    askedAt,
    options,
    progress: { kind: 'running', startedAt: askedAt, firstTokenMs: null, tokensOut: 0, text: '' },
    explanation: null,
    ...part,
  };
}

export function result(part: Partial<InferResponse> = {}): InferResponse {
  return {
    agent_id: 'ceo',
    adapter: 'ceo',
    adapter_revision: '3f9a1c',
    response: 'Two goals for Q2.',
    cached: false,
    cache_entry: null,
    fallback: false,
    latency_ms: 1620,
    first_token_ms: 284,
    finish_reason: 'stop',
    usage: { prompt_tokens: 61, completion_tokens: 148 },
    engine: 'simulated',
    model: 'meta-llama/Llama-3.1-8B-Instruct',
    trace_id: '7be1dcf2aa990404',
    ...part,
  };
}

export function done(part: Partial<InferResponse> = {}): Exchange {
  return exchange({ progress: { kind: 'done', result: result(part) } });
}

export function failure(kind: AskFailure['kind'], part: Partial<AskFailure> = {}): AskFailure {
  return {
    kind,
    code: 'AOS_X',
    message: 'In the server’s words.',
    traceId: null,
    retryAt: null,
    deadlineMs: 30_000,
    ...part,
  };
}

export function runtime(part: Partial<AskRuntime> = {}): AskRuntime {
  const agent = { priority: 'normal' as const, state: 'asleep' as const, adapter: null, revision: null };
  return {
    state: 'running',
    stoppedAt: null,
    engine: 'simulated',
    endpoint: '127.0.0.1:8080',
    agents: [
      { ...agent, id: 'ceo', priority: 'critical', examples: ['What are our Q2 goals?', 'Why?', 'When?', 'Who?'] },
      { ...agent, id: 'cfo', examples: [] },
    ],
    adapters: [
      { name: 'ceo', revision: '3f9a1c' },
      { name: 'ceo-q3', revision: 'c07b55' },
    ],
    breakerOpen: false,
    ...part,
  };
}

export function answer(part: Partial<ComparedAnswer> = {}): ComparedAnswer {
  return {
    adapter: 'ceo',
    revision: '3f9a1c',
    response: 'Stop custom builds for single customers.',
    error: null,
    latency_ms: 1580,
    first_token_ms: 279,
    adapter_load: null,
    finish_reason: 'stop',
    usage: { prompt_tokens: 20, completion_tokens: 96 },
    ...part,
  };
}

export function column(part: Partial<ComparisonColumn> = {}): ComparisonColumn {
  return {
    adapter: 'ceo',
    revision: '3f9a1c',
    current: false,
    loadedForThis: false,
    progress: { kind: 'running' },
    ...part,
  };
}

export function comparison(columns: ComparisonColumn[]): Comparison {
  return { id: 'c1', agentId: 'ceo', engine: 'simulated', prompt: 'What should we stop?', askedAt, options, columns };
}
