import type { Clock } from '../../../core/clock.ts';

export interface AdapterTurnsOptions {
  /** How long an adapter computes while others wait for their turn. Default 200 ms. */
  turnMs?: number;
  clock: Clock;
}

/** One request's part in the turns. */
export interface TurnTaker {
  /** To be called before each step: at once while its adapter has the turn, else when the turn comes. */
  step(): Promise<void> | undefined;
  /** To be called at the end; a step that is being waited for resolves then. */
  leave(): void;
}

interface Taker {
  key: string;
  computing: boolean;
  wake: (() => void) | undefined;
}

/**
 * One adapter computes at a time, with all its requests in one batch; the others gather requests meanwhile. llama.cpp has no
 * batches of several adapters: taken in turns step by step, each would be a small one, and a step costs nearly the same for
 * one request as for eight. The turn passes on when nobody of the adapter computes any more, or at its end, to the adapter
 * that has been waiting for the longest.
 */
export class AdapterTurns {
  readonly #turnMs: number;
  readonly #clock: Clock;
  /** By adapter, the one that waits for the longest first. */
  readonly #waiting = new Map<string, Set<Taker>>();
  #current: string | undefined;
  #computing = 0;
  #sinceMs = 0;

  constructor({ turnMs = 200, clock }: AdapterTurnsOptions) {
    this.#turnMs = turnMs;
    this.#clock = clock;
  }

  join(key: string): TurnTaker {
    const taker: Taker = { key, computing: false, wake: undefined };
    return { step: () => this.#step(taker), leave: () => this.#leave(taker) };
  }

  #step(taker: Taker): Promise<void> | undefined {
    if (this.#mayCompute(taker)) {
      if (!taker.computing) this.#begin(taker);
      return undefined;
    }
    const turn = new Promise<void>((resolve) => {
      taker.wake = resolve;
    });
    const waiting = this.#waiting.get(taker.key) ?? new Set();
    this.#waiting.set(taker.key, waiting.add(taker));
    this.#stop(taker);
    return turn;
  }

  #leave(taker: Taker): void {
    const waiting = this.#waiting.get(taker.key);
    if (waiting?.delete(taker) && waiting.size === 0) this.#waiting.delete(taker.key);
    taker.wake?.();
    this.#stop(taker);
  }

  #mayCompute({ key }: Taker): boolean {
    if (this.#current === undefined) return true;
    if (this.#current !== key) return false;
    return this.#waiting.size === 0 || this.#clock.monotonic() - this.#sinceMs < this.#turnMs;
  }

  #begin(taker: Taker): void {
    if (this.#current === undefined) {
      this.#current = taker.key;
      this.#sinceMs = this.#clock.monotonic();
    }
    taker.computing = true;
    this.#computing++;
  }

  #stop(taker: Taker): void {
    if (!taker.computing) return;
    taker.computing = false;
    if (--this.#computing > 0) return;
    this.#current = undefined;
    const [next] = this.#waiting;
    if (!next) return;
    const [key, takers] = next;
    this.#waiting.delete(key);
    for (const other of takers) {
      this.#begin(other);
      other.wake?.();
    }
  }
}
