import type { AskFailure } from '../../../runtime/contracts/ask-panel.ts';
import { isRuntimeError, messageOf } from '../../client/runtime-error.ts';

/** What an answer that failed said: an error of the API, or the `error` event of a stream. */
export interface FailureFacts {
  code: string;
  message: string;
  traceId?: string | undefined;
  retryAfterMs?: number | undefined;
}

const KINDS: Record<string, AskFailure['kind']> = {
  AOS_BREAKER_OPEN: 'breakerOpen',
  AOS_BULKHEAD_FULL: 'laneFull',
  AOS_DEADLINE: 'deadline',
  AOS_AGENT_NOT_FOUND: 'agentGone',
  AOS_ADAPTER_REFUSED: 'adapterRefused',
  AOS_ADAPTER_NOT_FOUND: 'adapterRefused',
  AOS_NOT_RUNNING: 'runtimeGone',
  AOS_DISPOSED: 'runtimeGone',
};

/** The failure as the panel shows it. @param nowMs epoch ms */
export function toFailure(facts: FailureFacts, nowMs: number, deadlineMs: number | null): AskFailure {
  return {
    kind: Object.hasOwn(KINDS, facts.code) ? KINDS[facts.code]! : 'other',
    code: facts.code,
    message: facts.message,
    traceId: facts.traceId ?? null,
    retryAt: facts.retryAfterMs === undefined ? null : nowMs + facts.retryAfterMs,
    deadlineMs,
  };
}

/** The facts of anything that was thrown. */
export function factsOf(error: unknown): FailureFacts {
  if (isRuntimeError(error)) return error;
  return { code: 'AOS_INTERNAL', message: messageOf(error) };
}
