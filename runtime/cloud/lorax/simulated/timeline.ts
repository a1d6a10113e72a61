/**
 * Something that does one thing at a time (a disk, a bus), booked ahead. A booking takes the first gap it fits into: what
 * is ready now does not queue behind what is booked for later.
 */
export class Timeline {
  /** In order, without overlaps. */
  #booked: { fromMs: number; toMs: number }[] = [];

  /** Books `durationMs` from `earliestMs` on; gaps before `nowMs` are gone. @returns when it is done */
  book(durationMs: number, options: { nowMs: number; earliestMs: number }): number {
    this.#booked = this.#booked.filter(({ toMs }) => toMs > options.nowMs);
    let fromMs = Math.max(options.nowMs, options.earliestMs);
    let position = 0;
    for (const other of this.#booked) {
      if (fromMs + durationMs <= other.fromMs) break;
      fromMs = Math.max(fromMs, other.toMs);
      position++;
    }
    const toMs = fromMs + durationMs;
    this.#booked.splice(position, 0, { fromMs, toMs });
    return toMs;
  }
}
