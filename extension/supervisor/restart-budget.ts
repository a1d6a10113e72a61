/** Restarts allowed within {@link WINDOW_MS}: what starts and dies faster is broken, and starting it again only heats the room. */
export const MAX_RESTARTS = 3;
export const WINDOW_MS = 60_000;
const FIRST_DELAY_MS = 500;

/** Counts restarts of one thing that dies by itself. */
export class RestartBudget {
  readonly #firstDelayMs: number;
  #restarts: number[] = [];

  constructor(options: { firstDelayMs?: number } = {}) {
    this.#firstDelayMs = options.firstDelayMs ?? FIRST_DELAY_MS;
  }

  /**
   * Takes one restart out of the budget.
   * @param nowMs of any clock, always the same one
   * @returns how long to wait before it (doubled with each within the window), or undefined: none is left
   */
  take(nowMs: number): number | undefined {
    this.#restarts = this.#restarts.filter((at) => nowMs - at < WINDOW_MS);
    if (this.#restarts.length >= MAX_RESTARTS) return undefined;
    this.#restarts.push(nowMs);
    return this.#firstDelayMs * 2 ** (this.#restarts.length - 1);
  }

  /** A start that a person asked for begins with a full budget. */
  reset(): void {
    this.#restarts = [];
  }
}
