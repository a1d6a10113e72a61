import type { InferResponse } from '../contracts/http.ts';
import type { Generation, Inference, InferenceKey } from '../inference/cached-inference-engine.ts';

/** How an answer was got, as far as neither key nor generation know. Times in ms. */
export interface AnswerFacts {
  latencyMs: number;
  /** Of it, the call of the model; null if none was made for it. */
  modelMs: number | null;
  firstTokenMs: number | null;
  traceId: string;
}

/** The answer of an agent as the API gives it. */
export function toResponse(
  { agentId, adapter, adapterRevision }: InferenceKey,
  { generation, cached, entry }: Inference,
  { latencyMs, modelMs, firstTokenMs, traceId }: AnswerFacts,
): InferResponse {
  return {
    agent_id: agentId,
    adapter: adapter ?? null,
    adapter_revision: adapterRevision ?? null,
    response: generation.text,
    cached,
    cache_entry: entry
      ? {
          stored_at: iso(entry.storedAt),
          expires_at: iso(entry.expiresAt),
          tier: entry.tier,
          prompt: entry.prompt,
          score: entry.score,
        }
      : null,
    fallback: false,
    latency_ms: round(latencyMs),
    ...(modelMs === null ? {} : { model_ms: round(modelMs) }),
    first_token_ms: cached ? null : round(firstTokenMs ?? generation.firstTokenMs),
    finish_reason: generation.finishReason,
    usage: cached
      ? { prompt_tokens: 0, completion_tokens: 0 }
      : { prompt_tokens: generation.promptTokens, completion_tokens: generation.completionTokens },
    engine: generation.engine,
    model: generation.model,
    trace_id: traceId,
  };
}

/** The part of a compared answer that the model made. */
export function comparedOf({
  text,
  firstTokenMs,
  adapterLoad,
  finishReason,
  promptTokens,
  completionTokens,
}: Generation) {
  return {
    response: text,
    first_token_ms: round(firstTokenMs),
    adapter_load: adapterLoad ?? null,
    finish_reason: finishReason,
    usage: { prompt_tokens: promptTokens, completion_tokens: completionTokens },
  };
}

/** To hundredths of a millisecond. */
export function round(ms: number): number;
export function round(ms: number | null): number | null;
export function round(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 100) / 100;
}

const iso = (ms: number) => new Date(ms).toISOString();
