import { type Clock, sleep, systemClock } from '../core/clock.ts';
import { isAosError } from '../core/errors.ts';

export interface RetryOptions {
  /** Tries of one call, the first included. Default 3. */
  attempts?: number;
  /** Longest wait before the second try, ms; it doubles with each further one. Default 100. */
  baseMs?: number;
  /** Longest wait between two tries, ms. Default 5000. */
  maxMs?: number;
  /** Whether a failed call may be made again without harm. */
  isSafe: (error: unknown) => boolean;
  /** 0 to 1, 1 excluded. Default `Math.random`. */
  random?: () => number;
  clock?: Clock;
}

/**
 * Makes a failed call again, after a wait drawn between 0 and a bound that doubles ("full jitter": AWS Architecture Blog,
 * "Exponential Backoff And Jitter", 2015), so that callers who failed together do not come back together. A service that
 * says when to come back (`details.retry_after_ms`) is not asked earlier; not at all if that is later than `maxMs`.
 */
export class Retry {
  readonly #options: Required<RetryOptions>;

  constructor(options: RetryOptions) {
    this.#options = { attempts: 3, baseMs: 100, maxMs: 5000, random: Math.random, clock: systemClock, ...options };
  }

  /** @throws what the last try throws; the signal's reason when it aborts during a wait */
  async execute<T>(call: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const { attempts, isSafe, clock } = this.#options;
    for (let attempt = 1; ; attempt++) {
      try {
        return await call();
      } catch (error) {
        if (attempt >= attempts || signal?.aborted || !isSafe(error)) throw error;
        const waitMs = this.#waitMs(attempt, error);
        if (waitMs === undefined) throw error;
        await sleep(waitMs, { clock, signal });
      }
    }
  }

  #waitMs(attempt: number, error: unknown): number | undefined {
    const { baseMs, maxMs, random } = this.#options;
    const backoffMs = random() * Math.min(maxMs, baseMs * 2 ** (attempt - 1));
    const askedMs = isAosError(error) ? Number(error.details?.retry_after_ms ?? 0) : 0;
    return askedMs > maxMs ? undefined : Math.max(backoffMs, askedMs);
  }
}
