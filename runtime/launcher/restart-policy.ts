/** At most this many restarts within a minute; then a person has to look. */
export const MAX_RESTARTS = 3;
const WINDOW_MS = 60_000;
const BASE_MS = 500;

/** When a process that ended by itself is started again: soon, then later and later, and after three times in a minute not at all. */
export class RestartPolicy {
  #restarts: number[] = [];

  /** @returns the pause before the restart in ms, or undefined: do not restart */
  next(nowMs: number): number | undefined {
    this.#restarts = this.#restarts.filter((at) => nowMs - at < WINDOW_MS);
    if (this.#restarts.length >= MAX_RESTARTS) return undefined;
    this.#restarts.push(nowMs);
    return BASE_MS * 2 ** (this.#restarts.length - 1);
  }
}
