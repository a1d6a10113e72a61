import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { Row, TableManager } from '../storage/table-manager.ts';

const HOUR_MS = 3_600_000;
/** How long rows are kept. */
export const KEPT_HOURS = 24;

/** Rows of a table that belong to a time: a partition for each hour, and those older than a day are deleted. */
export class HourlyTable {
  readonly #table: TableManager;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #lastHour = '';

  constructor(options: { table: TableManager; clock: Clock; logger: Logger }) {
    this.#table = options.table;
    this.#clock = options.clock;
    this.#logger = options.logger;
  }

  /** @throws AosError AOS_STORAGE */
  async write(rows: readonly { atMs: number; rowKey: string; [property: string]: unknown }[]): Promise<void> {
    await this.#table.upsertBatch(rows.map(({ atMs, ...row }) => ({ ...row, partitionKey: hourOf(atMs) })));
    await this.#forgetOld();
  }

  /**
   * Hour by hour, the newest first; within an hour in the order of the row keys. Whole hours: from that of `untilMs`, or now,
   * to that of `sinceMs`, or the oldest that is kept.
   */
  async *newestFirst({ sinceMs = 0, untilMs = Number.POSITIVE_INFINITY } = {}): AsyncGenerator<Row> {
    const now = this.#clock.now();
    for (let hour = 0; hour < KEPT_HOURS; hour++) {
      const at = now - hour * HOUR_MS;
      const beginsAt = at - (at % HOUR_MS);
      if (beginsAt < untilMs && beginsAt + HOUR_MS > sinceMs) yield* this.#hour(at);
    }
  }

  /** From the hour of `sinceMs`, or the oldest that is kept, to that of `untilMs`. */
  async *oldestFirst(sinceMs: number, untilMs: number): AsyncGenerator<Row> {
    const now = this.#clock.now();
    const first = Math.max(sinceMs, now - (KEPT_HOURS - 1) * HOUR_MS);
    const last = Math.min(untilMs, now);
    for (let at = first - (first % HOUR_MS); at <= last; at += HOUR_MS) yield* this.#hour(at);
  }

  #hour(ms: number): AsyncIterableIterator<Row> {
    return this.#table.query({ partitionKey: hourOf(ms) });
  }

  /** With the first row of each hour. */
  async #forgetOld(): Promise<void> {
    const now = this.#clock.now();
    if (hourOf(now) === this.#lastHour) return;
    this.#lastHour = hourOf(now);
    try {
      await this.#table.deleteBefore(hourOf(now - KEPT_HOURS * HOUR_MS));
    } catch (error) {
      this.#logger.warn('old rows could not be deleted; tried again in an hour', { table: this.#table.table, error });
    }
  }
}

/** `2026010113` */
const hourOf = (ms: number) => new Date(ms).toISOString().slice(0, 13).replace(/[-T]/g, '');
