/** The message ids of the last `windowMs`, for duplicate detection. */
export class DuplicateWindow {
  readonly #windowMs: number;
  /** In order of their time, as a Map keeps the order of insertion. */
  readonly #seen = new Map<string, number>();

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** True if `id` was noted within the window; otherwise notes it. */
  isDuplicate(id: string, nowMs: number): boolean {
    for (const [old, atMs] of this.#seen) {
      if (atMs + this.#windowMs > nowMs) break;
      this.#seen.delete(old);
    }
    if (this.#seen.has(id)) return true;
    this.#seen.set(id, nowMs);
    return false;
  }
}
