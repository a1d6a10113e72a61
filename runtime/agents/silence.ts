import type { Clock } from '../core/clock.ts';
import { LOST_AFTER_MS } from './replica-directory.ts';

const LOOK_MS = 500;

/**
 * Notices that this process was silent: paused by the system, asleep with the machine, or stuck. The time that others need
 * to take it for lost may have gone by between two lines of its code, and nothing tells it so: it has to look by itself.
 */
export class Silence {
  readonly #clock: Clock;
  #lastLook: number;
  #times = 0;
  #timer: Disposable;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#lastLook = clock.monotonic();
    this.#timer = this.#nextLook();
  }

  /** How often it has been silent for longer than the others wait, up to this very moment. */
  times(): number {
    const now = this.#clock.monotonic();
    if (now - this.#lastLook > LOST_AFTER_MS) this.#times++;
    this.#lastLook = now;
    return this.#times;
  }

  dispose(): void {
    this.#timer[Symbol.dispose]();
  }

  #nextLook(): Disposable {
    return this.#clock.setTimeout(() => {
      this.times();
      this.#timer = this.#nextLook();
    }, LOOK_MS);
  }
}
