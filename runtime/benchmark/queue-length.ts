import type { QueueReport } from '../contracts/benchmark.ts';

/**
 * How many requests are on their way: sent, and not answered yet. What a target cannot take at once waits here, so the
 * queue grows as long as more is asked than it can do. The mean is that over time, each length as long as it lasted.
 */
export class QueueLength {
  #length = 0;
  #longest = 0;
  /** Requests × ms. */
  #waited = 0;
  #at = 0;

  get length(): number {
    return this.#length;
  }

  /** @param atMs milliseconds after the start of measuring, rising from call to call; negative in the warm-up */
  enter(atMs: number): void {
    this.#moveTo(atMs);
    this.#length++;
  }

  leave(atMs: number): void {
    this.#moveTo(atMs);
    this.#length--;
  }

  /** Of the time until `atMs`; null before anything was measured. */
  report(atMs: number): QueueReport | null {
    this.#moveTo(atMs);
    return this.#at > 0 ? { mean: this.#waited / this.#at, longest: this.#longest } : null;
  }

  #moveTo(atMs: number): void {
    if (atMs <= this.#at) return;
    this.#waited += this.#length * (atMs - this.#at);
    this.#longest = Math.max(this.#longest, this.#length);
    this.#at = atMs;
  }
}
