import type { RunState } from '../contracts/benchmark.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import type { Recorder } from './recorder.ts';

/** Panels redraw twice a second at most. */
const PROGRESS_MS = 500;

/** Calls `report` twice a second until disposed, and keeps the process alive meanwhile: between two requests nothing else does. */
export function everyHalfSecond(report: () => void, clock: Clock = systemClock): Disposable {
  const alive = setInterval(() => undefined, 60_000);
  let timer: Disposable;
  const again = () => {
    timer = clock.setTimeout(() => {
      report();
      again();
    }, PROGRESS_MS);
  };
  again();
  return {
    [Symbol.dispose]: () => {
      clearInterval(alive);
      timer[Symbol.dispose]();
    },
  };
}

/** How a run ended, apart from what the load generator itself may have spoilt. */
export function endOf(
  recorders: readonly Recorder[],
  signal: AbortSignal,
): { state: Exclude<RunState, 'refused'>; reason: string | null } {
  const requests = recorders.reduce((sum, recorder) => sum + recorder.requests, 0);
  if (signal.aborted) return { state: 'cancelled', reason: `cancelled after ${requests} requests` };
  if (recorders.some(({ targetGoneAtEnd }) => targetGoneAtEnd)) {
    return {
      state: 'target_gone',
      reason: `the target stopped answering; what was measured until then (${requests} requests) is kept`,
    };
  }
  return { state: 'complete', reason: null };
}
