import type { GeneratorReport } from '../contracts/benchmark.ts';
import { Histogram } from './histogram.ts';

/** A request sent this much after it was due was sent late. */
const LATE_MS = 10;

/** How well the load generator keeps its own schedule. */
export class Punctuality {
  readonly #behind = new Histogram();
  #late = 0;

  /** @param behindMs how much later than due a request was sent */
  sent(behindMs: number): void {
    this.#behind.record(behindMs);
    if (behindMs > LATE_MS) this.#late++;
  }

  /** 0 to 1. */
  get lateShare(): number {
    return this.#behind.count === 0 ? 0 : this.#late / this.#behind.count;
  }

  /** @param seconds in which all was sent */
  report(seconds: number): GeneratorReport {
    const { count } = this.#behind;
    return {
      schedule_error_p99_ms: count === 0 ? 0 : this.#behind.percentile(0.99),
      late: this.#late,
      late_share: this.lateShare,
      kept_rate_per_s: count / seconds,
    };
  }
}
