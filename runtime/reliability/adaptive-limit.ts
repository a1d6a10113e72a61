import type { LimitView } from '../contracts/http.ts';
import { type Clock, systemClock } from '../core/clock.ts';

export interface AdaptiveLimitOptions {
  /** What stands behind it, for views, e.g. `lorax`. */
  name: string;
  /** Calls at a time that are always allowed. Default 4. */
  min?: number;
  /** Calls at a time at most. Default 200. */
  max?: number;
  /** Calls at a time before anything is known. Default 20, within the two above. */
  initial?: number;
  /** Whether an error says that the service has too much to do. Default: none does. */
  isOverload?: (error: unknown) => boolean;
  clock?: Clock;
}

/** Calls may take this many times as long as without queueing before the limit shrinks. */
const TOLERANCE = 1.5;
/** Weight of a new limit against the old one. */
const SMOOTHING = 0.5;
/** What an overloaded service leaves of the limit. */
const BACKOFF = 0.9;
/** Calls of a round at least: answers of a model differ in length, their mean does not. */
const MIN_CALLS = 10;
/** Rounds after which the latency without queueing is measured again, at half the limit: it may have changed. */
const ROUNDS_BETWEEN_BASELINES = 30;

/** Calls that began under one limit; when as many as the limit have ended, it is judged. */
interface Round {
  limit: number;
  calls: number;
  totalMs: number;
}

/**
 * Finds by itself how many calls at a time a service stands: while calls take as long as without queueing the limit grows by
 * the square root of itself; when they take longer they queue somewhere, and it shrinks by the ratio. Further callers wait
 * in turn.
 *
 * The rule is that of the gradient limits in Netflix's concurrency-limits (github.com/Netflix/concurrency-limits), judged
 * once a round: what was changed a moment ago shows only in the calls that begin after it. A service that says it is
 * overloaded takes a tenth off at once.
 */
export class AdaptiveLimit {
  readonly name: string;
  readonly #min: number;
  readonly #max: number;
  readonly #isOverload: (error: unknown) => boolean;
  readonly #clock: Clock;
  readonly #waiting = new Set<() => void>();
  #limit: number;
  #active = 0;
  /** Mean latency of the last round, and of the last one without queueing. */
  #latencyMs: number | undefined;
  #baselineMs: number | undefined;
  #round: Round;
  #rounds = 0;

  constructor(options: AdaptiveLimitOptions) {
    this.name = options.name;
    this.#min = options.min ?? 4;
    this.#max = Math.max(this.#min, options.max ?? 200);
    this.#limit = Math.min(this.#max, Math.max(this.#min, options.initial ?? 20));
    this.#round = { limit: this.#limit, calls: 0, totalMs: 0 };
    this.#isOverload = options.isOverload ?? (() => false);
    this.#clock = options.clock ?? systemClock;
  }

  /**
   * Runs `call` as soon as the limit allows it, first come first served.
   * @throws the signal's reason if it aborts before; else what `call` throws
   */
  async execute<T>(call: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.#active < Math.floor(this.#limit)) this.#active++;
    else await this.#turn(signal);
    const startedAt = this.#clock.monotonic();
    // Too few calls at a time say nothing about how many there could be.
    const round = this.#active >= this.#limit / 2 || this.#baselineMs === undefined ? this.#round : undefined;
    try {
      const result = await call();
      if (round === this.#round) this.#learn(this.#clock.monotonic() - startedAt, this.#round);
      return result;
    } catch (error) {
      if (this.#isOverload(error)) this.#set(this.#limit * BACKOFF);
      throw error;
    } finally {
      this.#leave();
    }
  }

  view(): LimitView {
    return {
      name: this.name,
      limit: Math.floor(this.#limit),
      active: this.#active,
      waiting: this.#waiting.size,
      max: this.#max,
      latency_ms: this.#latencyMs === undefined ? null : Math.round(this.#latencyMs * 100) / 100,
    };
  }

  #learn(latencyMs: number, round: Round): void {
    round.calls++;
    round.totalMs += latencyMs;
    if (round.calls < Math.max(MIN_CALLS, round.limit)) return;
    const meanMs = round.totalMs / round.calls;
    this.#latencyMs = meanMs;
    if (this.#baselineMs === undefined) this.#baselineMs = meanMs;
    if (++this.#rounds % ROUNDS_BETWEEN_BASELINES === 0) {
      this.#baselineMs = undefined;
      this.#set(this.#limit / 2);
    } else {
      const gradient = meanMs === 0 ? 1 : Math.min(1, Math.max(0.5, (TOLERANCE * this.#baselineMs) / meanMs));
      const wanted = this.#limit * gradient + Math.sqrt(this.#limit);
      this.#set(this.#limit + SMOOTHING * (wanted - this.#limit));
    }
  }

  #set(limit: number): void {
    this.#limit = Math.min(this.#max, Math.max(this.#min, limit));
    this.#round = { limit: Math.floor(this.#limit), calls: 0, totalMs: 0 };
  }

  #turn(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal?.removeEventListener('abort', give);
        resolve();
      };
      const give = () => {
        this.#waiting.delete(enter);
        reject(signal?.reason);
      };
      this.#waiting.add(enter);
      signal?.addEventListener('abort', give, { once: true });
    });
  }

  /** Lets in as many as the limit, which may have changed, allows now. */
  #leave(): void {
    this.#active--;
    for (const enter of this.#waiting) {
      if (this.#active >= Math.floor(this.#limit)) return;
      this.#waiting.delete(enter);
      this.#active++;
      enter();
    }
  }
}
