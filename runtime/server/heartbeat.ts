import { HEARTBEAT_MS, LOST_AFTER_MS } from '../agents/replica-directory.ts';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';

/** Writes again and again what this replica is and holds; what could not be written is in the log, and is tried again. */
export class Heartbeat {
  readonly #options: { write: () => Promise<void>; clock: Clock; logger: Logger };
  #timer: Disposable | undefined;
  #stopped = false;
  #writtenAt = Number.NEGATIVE_INFINITY;

  constructor(options: { write: () => Promise<void>; clock: Clock; logger: Logger }) {
    this.#options = options;
  }

  /** Whether it was written a moment ago: storage answers, and the others know this replica. */
  get fresh(): boolean {
    return this.#options.clock.monotonic() - this.#writtenAt < LOST_AFTER_MS;
  }

  /** Writes now. Never throws. */
  async beat(): Promise<void> {
    const { write, clock, logger } = this.#options;
    try {
      await write();
      this.#writtenAt = clock.monotonic();
    } catch (error) {
      logger.warn('the heartbeat could not be written; tried again', { error });
    }
  }

  /** Goes on by itself, until `stop`. */
  keepBeating(): void {
    if (this.#stopped) return;
    this.#timer = this.#options.clock.setTimeout(
      () => void this.beat().finally(() => this.keepBeating()),
      HEARTBEAT_MS,
    );
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.[Symbol.dispose]();
  }
}
