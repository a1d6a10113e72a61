import type { GeneratorReport } from '../contracts/benchmark.ts';
import { type Clock, sleep } from '../core/clock.ts';
import { AosError } from '../core/errors.ts';
import type { Arrivals } from './arrivals.ts';
import type { Operation } from './operation.ts';
import { Punctuality } from './punctuality.ts';
import { QueueLength } from './queue-length.ts';
import type { Recorder } from './recorder.ts';

/** Timers fire up to 1 ms late, and then some: the rest of the way is watched. */
const WATCH_MS = 2;
/** Answers are read between so many requests, also when many are due at once. */
const BURST = 64;

export interface OpenLoopOptions {
  arrivals: Arrivals;
  /** Requests due before are sent but not counted, ms; default 0. */
  warmUpMs?: number;
  operation: Operation;
  recorder: Recorder;
  /** For whoever looks on; default: one of its own. */
  punctuality?: Punctuality;
  /** The same. */
  queue?: QueueLength;
  /** Requests on their way at most; beyond, a request that is due fails with AOS_BULKHEAD_FULL. Default 10,000. */
  maxInFlight?: number;
  clock: Clock;
  signal: AbortSignal;
}

/**
 * Sends each request when it is due, whether or not earlier ones were answered, and counts its time from then: a target
 * that stalls is charged for everyone who had to wait (no coordinated omission). Resolves when all were answered, or when
 * the signal aborts or the target is gone; what was recorded until then stays.
 */
export async function runOpenLoop(options: OpenLoopOptions): Promise<GeneratorReport> {
  const { arrivals, warmUpMs = 0, recorder, punctuality = new Punctuality(), clock, signal } = options;
  const { maxInFlight = 10_000, queue = new QueueLength() } = options;
  const inFlight = new Set<Promise<void>>();
  const start = clock.monotonic();
  const sinceMeasured = () => clock.monotonic() - start - warmUpMs;
  for (let i = 0; i < arrivals.count && !signal.aborted && !recorder.targetGone; i++) {
    const due = start + arrivals.dueMs(i);
    if (i % BURST === 0) await nextTurn();
    if (!(await waitUntil(due, clock, signal))) break;
    punctuality.sent(clock.monotonic() - due);
    const request = send(i, due, start + warmUpMs, inFlight.size >= maxInFlight, options);
    inFlight.add(request);
    queue.enter(sinceMeasured());
    void request.finally(() => {
      inFlight.delete(request);
      queue.leave(sinceMeasured());
    });
  }
  const seconds = Math.max(clock.monotonic() - start, 1) / 1000;
  await Promise.all(inFlight);
  return punctuality.report(seconds);
}

/** Never rejects: a failure is a result. */
async function send(i: number, due: number, measuredFrom: number, full: boolean, options: OpenLoopOptions) {
  const { operation, recorder, clock, signal } = options;
  try {
    if (full)
      throw new AosError('AOS_BULKHEAD_FULL', 'Too many requests are on their way already; this one was not sent.');
    const answer = await operation(i, signal);
    const now = clock.monotonic();
    if (due >= measuredFrom) recorder.answer(now - measuredFrom, answer.latencyMs ?? now - due, answer);
  } catch (error) {
    // What a cancelled run leaves unanswered is no failure of the target.
    if (signal.aborted) return;
    const now = clock.monotonic();
    if (due >= measuredFrom) recorder.failure(now - measuredFrom, now - due, error);
  }
}

/** @returns false when the signal aborted before */
async function waitUntil(due: number, clock: Clock, signal: AbortSignal): Promise<boolean> {
  const left = due - clock.monotonic();
  if (left > WATCH_MS) {
    try {
      await sleep(left - WATCH_MS, { clock, signal });
    } catch {
      return false;
    }
  }
  while (clock.monotonic() < due) {
    if (signal.aborted) return false;
    await nextTurn();
  }
  return true;
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));
