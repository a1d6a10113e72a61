import type { Clock } from '../../core/clock.ts';

const BASE_MS = 500;
const MAX_MS = 30_000;

/** How long a server that keeps failing is left alone: not at all after the first time, then 0.5 s, doubling up to 30 s. */
export class RestartBackoff {
  readonly #clock: Clock;
  #failures = 0;
  #failedAt = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Failures since it last worked. */
  get failures(): number {
    return this.#failures;
  }

  failed(): void {
    this.#failures++;
    this.#failedAt = this.#clock.monotonic();
  }

  worked(): void {
    this.#failures = 0;
  }

  remainingMs(): number {
    if (this.#failures < 2) return 0;
    const pauseMs = Math.min(MAX_MS, BASE_MS * 2 ** (this.#failures - 2));
    return Math.max(0, this.#failedAt + pauseMs - this.#clock.monotonic());
  }
}
