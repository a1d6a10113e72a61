import type { LaneView } from '../contracts/http.ts';
import { AosError } from '../core/errors.ts';

export interface BulkheadOptions {
  /** Name of the lane: `critical` or `normal` (R51). */
  lane: LaneView['lane'];
  /** Calls that run at a time: 10 in the critical lane, 50 in the normal one (R49, R50). */
  limit: number;
  /** Calls that may wait; further ones are refused. Default 0. */
  queue?: number;
}

/** What a refused caller is told: a place is free as soon as one call of this lane ends. */
const RETRY_AFTER_MS = 1000;

/**
 * A lane with a fixed number of places, so that one kind of work cannot take everything. Who is cancelled while waiting
 * leaves the queue at once.
 */
export class Bulkhead {
  readonly lane: LaneView['lane'];
  readonly #limit: number;
  readonly #queue: number;
  readonly #waiting = new Set<() => void>();
  #active = 0;
  #refused = 0;

  constructor(options: BulkheadOptions) {
    this.lane = options.lane;
    this.#limit = options.limit;
    this.#queue = options.queue ?? 0;
  }

  /**
   * Runs `call` as soon as there is a place, first come first served.
   * @throws AosError AOS_BULKHEAD_FULL with `retry_after_ms`; the signal's reason; else what `call` throws
   */
  async run<T>(call: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    if (this.#active < this.#limit) this.#active++;
    else await this.#place(signal);
    try {
      return await call();
    } finally {
      this.#leave();
    }
  }

  view(): LaneView {
    return {
      lane: this.lane,
      limit: this.#limit,
      active: this.#active,
      waiting: this.#waiting.size,
      refused: this.#refused,
    };
  }

  #place(signal: AbortSignal | undefined): Promise<void> {
    if (this.#waiting.size >= this.#queue) {
      this.#refused++;
      throw new AosError(
        'AOS_BULKHEAD_FULL',
        `The ${this.lane} lane is full: ${this.#limit} calls run and ${this.#waiting.size} wait. Try again in a moment.`,
        { details: { retry_after_ms: RETRY_AFTER_MS } },
      );
    }
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        this.#waiting.delete(enter);
        reject(signal?.reason);
      };
      this.#waiting.add(enter);
      signal?.addEventListener('abort', leave, { once: true });
    });
  }

  /** Hands the place to the first in the queue, so that nobody overtakes him. */
  #leave(): void {
    const [next] = this.#waiting;
    if (!next) {
      this.#active--;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
