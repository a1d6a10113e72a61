import { type Clock, systemClock } from '../core/clock.ts';
import { AosError } from '../core/errors.ts';
import { deadline } from '../reliability/deadline.ts';

export interface SharedCallOptions<T> {
  call: (signal: AbortSignal) => Promise<T>;
  timeLimitMs: number;
  /** What is said when it takes longer. */
  tooSlow: string;
  clock?: Clock;
}

/**
 * A call whose result many need: it is made once and kept if it succeeds. It has a time limit of its own, so that a caller
 * who leaves, or was in a hurry, spoils it for nobody.
 */
export class SharedCall<T> {
  readonly #options: SharedCallOptions<T>;
  #result: Promise<T> | undefined;

  constructor(options: SharedCallOptions<T>) {
    this.#options = options;
  }

  /** @throws what the call throws, AosError AOS_INFERENCE_FAILED if it was too slow; the signal's reason */
  get(signal?: AbortSignal): Promise<T> {
    if (!this.#result) {
      const result = this.#run().catch((error: unknown) => {
        if (this.#result === result) this.#result = undefined;
        throw error;
      });
      this.#result = result;
    }
    return signal ? orAbort(this.#result, signal) : this.#result;
  }

  /** The next caller makes the call again. */
  forget(): void {
    this.#result = undefined;
  }

  async #run(): Promise<T> {
    const { call, timeLimitMs, tooSlow, clock = systemClock } = this.#options;
    const limit = deadline(timeLimitMs, undefined, clock);
    try {
      return await call(limit.signal);
    } catch (error) {
      throw limit.signal.aborted ? new AosError('AOS_INFERENCE_FAILED', tooSlow, { cause: error }) : error;
    } finally {
      limit.dispose();
    }
  }
}

/** Waits for a result no longer than the signal allows. @throws what the result throws; the signal's reason */
export function orAbort<T>(result: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason);
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { once: true });
    result.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}
