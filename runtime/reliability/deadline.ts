import { type Clock, systemClock } from '../core/clock.ts';
import { AosError } from '../core/errors.ts';

export interface Deadline {
  /** Aborts when the time is up (its reason is an AosError AOS_DEADLINE) or when the parent aborts (with its reason). */
  readonly signal: AbortSignal;
  /** Stops the timer. Call it when the work is done. */
  dispose(): void;
}

/**
 * One deadline for a whole request, handed down as one signal: a time-out per step would add up to any length.
 * @param ms time from now, in milliseconds
 * @param parent cancels the work earlier, e.g. when the client goes away
 */
export function deadline(ms: number, parent?: AbortSignal, clock: Clock = systemClock): Deadline {
  const controller = new AbortController();
  if (parent?.aborted) {
    controller.abort(parent.reason);
    return { signal: controller.signal, dispose: () => undefined };
  }
  const timer = clock.setTimeout(
    () => controller.abort(new AosError('AOS_DEADLINE', `It took longer than its deadline of ${ms / 1000} s.`)),
    ms,
  );
  const onParentAbort = () => {
    timer[Symbol.dispose]();
    controller.abort(parent?.reason);
  };
  parent?.addEventListener('abort', onParentAbort, { once: true });
  return {
    signal: controller.signal,
    dispose: () => {
      timer[Symbol.dispose]();
      parent?.removeEventListener('abort', onParentAbort);
    },
  };
}
