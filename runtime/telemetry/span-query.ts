import type { SpanView } from '../contracts/http.ts';
import { spanAttributes } from './spans.ts';

/** All that are given have to hold. */
export interface SpanFilter {
  traceId?: string | undefined;
  agentId?: string | undefined;
  /** The whole name, or its first word: `invoke_agent` finds `invoke_agent ceo`. */
  name?: string | undefined;
  status?: SpanView['status'] | undefined;
  minDurationMs?: number | undefined;
  /** Spans that began at this time or later, milliseconds since the Unix epoch. */
  sinceMs?: number | undefined;
  /** Spans that began before. */
  untilMs?: number | undefined;
}

export function matchesSpan(span: SpanView, filter: SpanFilter): boolean {
  const { traceId, agentId, name, status, minDurationMs, sinceMs, untilMs } = filter;
  const startMs = Date.parse(span.start);
  return (
    (traceId === undefined || span.trace_id === traceId) &&
    (agentId === undefined || span.attributes[spanAttributes.agentId] === agentId) &&
    (name === undefined || span.name === name || span.name.startsWith(`${name} `)) &&
    (status === undefined || span.status === status) &&
    (minDurationMs === undefined || span.duration_ms >= minDurationMs) &&
    (sinceMs === undefined || startMs >= sinceMs) &&
    (untilMs === undefined || startMs < untilMs)
  );
}
