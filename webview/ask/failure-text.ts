import type { AskFailure, AskRuntime, Exchange } from '../../runtime/contracts/ask-panel.ts';
import { formatDuration } from '../../runtime/contracts/units.ts';
import { t } from '../l10n.ts';
import { adapterName } from './facts.ts';
import { laneWord } from './words.ts';

export type FailureAction =
  | 'askAgain'
  | 'retryWhenPossible'
  | 'cancelWait'
  | 'openConfig'
  | 'resetBreaker'
  | 'startRuntime'
  | 'showLog';

/** How a failure reads. In `detail`, `{time}` stands for the countdown and `{setting}` for the deadline's setting. */
export interface FailureFace {
  kind: 'error' | 'warning';
  icon?: string;
  title: string;
  detail: string;
  actions: readonly FailureAction[];
  /** Epoch ms that a countdown leads to. */
  until: number | null;
}

/** The face of a failed exchange, or of one that waits to be asked again; undefined for others. */
export function failureFace(exchange: Exchange, runtime: AskRuntime): FailureFace | undefined {
  const { progress } = exchange;
  if (progress.kind === 'waiting') {
    return {
      kind: 'warning',
      title: t('The {0} lane is full.', laneWord(exchange.priority)),
      detail: t(
        'All its places and its queue are taken. Asked again by itself in {0} ({1} of {2}).',
        '{time}',
        progress.attempt,
        progress.attempts,
      ),
      actions: ['cancelWait'],
      until: progress.retryAt,
    };
  }
  return progress.kind === 'failed' ? failedFace(exchange, progress.failure, progress.text !== '', runtime) : undefined;
}

function failedFace(exchange: Exchange, failure: AskFailure, partial: boolean, runtime: AskRuntime): FailureFace {
  const { agentId } = exchange;
  switch (failure.kind) {
    case 'breakerOpen':
      return breakerFace(failure, runtime);
    case 'laneFull':
      return {
        kind: 'warning',
        title: t('The {0} lane is full.', laneWord(exchange.priority)),
        detail: t('All its places and its queue are taken, and asking again did not help.'),
        actions: ['askAgain'],
        until: null,
      };
    case 'deadline':
      return {
        kind: 'warning',
        icon: 'watch',
        title: t('No complete answer within the deadline of {0}.', deadlineText(failure)),
        detail: partial
          ? t('The part received is kept above. Raise {0} or ask for fewer tokens.', '{setting}')
          : t('Raise {0} or ask for fewer tokens.', '{setting}'),
        actions: ['askAgain'],
        until: null,
      };
    case 'agentGone':
      return {
        kind: 'error',
        title: t('There is no agent {0} any more.', agentId),
        detail: t('It was removed from aos.json, or from the runtime.'),
        actions: ['openConfig'],
        until: null,
      };
    case 'runtimeGone':
      return runtimeGoneFace(agentId, partial, runtime);
    case 'adapterRefused':
      return {
        kind: 'error',
        title: t('The engine could not load {0}.', adapterName(exchange)),
        detail: failure.message,
        actions: ['askAgain', 'showLog'],
        until: null,
      };
    case 'other':
      return {
        kind: 'error',
        title: t('{0} gave no answer.', agentId),
        detail: failure.message,
        actions: ['askAgain', 'showLog'],
        until: null,
      };
  }
}

/** While it is open it counts down; someone may have reset it meanwhile. */
function breakerFace({ retryAt }: AskFailure, { breakerOpen }: AskRuntime): FailureFace {
  if (!breakerOpen) {
    return {
      kind: 'error',
      title: t('The breaker for LoRAX refused this call.'),
      detail: t('No breaker is open now.'),
      actions: ['askAgain'],
      until: null,
    };
  }
  return {
    kind: 'error',
    title: t('The breaker for LoRAX is open.'),
    detail: t('Every call is refused at once, so that the endpoint can recover. Next attempt in {0}.', '{time}'),
    actions: ['resetBreaker', 'retryWhenPossible'],
    until: retryAt,
  };
}

function runtimeGoneFace(agentId: string, partial: boolean, runtime: AskRuntime): FailureFace {
  const running = runtime.state === 'running';
  return {
    kind: 'error',
    title: running
      ? t('The replica stopped while {0} answered.', agentId)
      : t('The runtime stopped while {0} answered.', agentId),
    detail: partial
      ? t('The part received is kept above; the runtime saved nothing of it.')
      : t('Nothing was saved of this answer.'),
    actions: [running ? 'askAgain' : 'startRuntime'],
    until: null,
  };
}

function deadlineText({ deadlineMs }: AskFailure): string {
  return deadlineMs === null ? '' : formatDuration(deadlineMs, { decimals: 0 });
}

/** `42 s`; whole seconds, never 0 before the time has come. */
export function countdownText(until: number, nowMs: number): string {
  return `${Math.max(0, Math.ceil((until - nowMs) / 1000))} s`;
}

/** `AOS_BREAKER_OPEN`, `trace 7be1…04`. */
export function failureFacts(failure: AskFailure): string[] {
  const { code, traceId } = failure;
  return traceId === null ? [code] : [code, t('trace {0}', shortTrace(traceId))];
}

function shortTrace(traceId: string): string {
  return traceId.length <= 8 ? traceId : `${traceId.slice(0, 4)}…${traceId.slice(-2)}`;
}
