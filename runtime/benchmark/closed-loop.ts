import type { Clock } from '../core/clock.ts';
import type { Operation } from './operation.ts';
import type { Recorder } from './recorder.ts';

export interface ClosedLoopOptions {
  operation: Operation;
  recorder: Recorder;
  /** Workers, each with one request at a time. */
  workers: number;
  /** No worker starts a request after so many, */
  requests?: number;
  /** or after this time. */
  durationMs?: number;
  onLatency?: (ms: number) => void;
  clock: Clock;
  signal: AbortSignal;
}

/**
 * Each worker sends its next request when its last one was answered: what JMeter, Locust and the guide's own loop do.
 * While a target stalls nothing is sent, so the stall counts once: an open loop sees it, this does not.
 */
export async function runClosedLoop(options: ClosedLoopOptions): Promise<void> {
  const { operation, recorder, clock, signal, requests = Number.POSITIVE_INFINITY, onLatency } = options;
  const start = clock.monotonic();
  const end = start + (options.durationMs ?? Number.POSITIVE_INFINITY);
  let next = 0;
  const work = async () => {
    while (next < requests && clock.monotonic() < end && !signal.aborted && !recorder.targetGone) {
      const i = next++;
      const sent = clock.monotonic();
      try {
        const answer = await operation(i, signal);
        const now = clock.monotonic();
        const latencyMs = answer.latencyMs ?? now - sent;
        recorder.answer(now - start, latencyMs, answer);
        onLatency?.(latencyMs);
      } catch (error) {
        if (signal.aborted) return;
        const now = clock.monotonic();
        recorder.failure(now - start, now - sent, error);
      }
    }
  };
  await Promise.all(Array.from({ length: options.workers }, work));
}
