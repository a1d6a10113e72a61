import { type SpanView, spanViewSchema } from '../contracts/http.ts';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { TableManager } from '../storage/table-manager.ts';
import { matchesSpan, type SpanFilter } from '../telemetry/span-query.ts';
import { HourlyTable } from './hourly-table.ts';

export const TRACES_TABLE = 'traces';

const FLUSH_MS = 500;
/** Under load the newest spans of each flush are kept; counts are exact in the metrics, which are never sampled. */
const MAX_SPANS_PER_FLUSH = 200;

/** Finished spans of all replicas, in a table, for a day. */
export class TraceStore {
  readonly #rows: HourlyTable;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #pending: SpanView[] = [];
  #timer: Disposable | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: { table: TableManager; clock: Clock; logger: Logger }) {
    this.#rows = new HourlyTable(options);
    this.#clock = options.clock;
    this.#logger = options.logger;
  }

  add(span: SpanView): void {
    this.#pending.push(span);
    if (this.#pending.length > MAX_SPANS_PER_FLUSH) this.#pending.shift();
    this.#timer ??= this.#clock.setTimeout(() => {
      this.#timer = undefined;
      void this.flush();
    }, FLUSH_MS);
  }

  flush(): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      const spans = this.#pending.splice(0);
      if (spans.length === 0) return;
      try {
        await this.#rows.write(spans.map(toRow));
      } catch (error) {
        this.#logger.warn('traces could not be written; these spans are lost', { spans: spans.length, error });
      }
    });
    return this.#writing;
  }

  /** The newest spans that pass the filter, newest first; at most those of the last 24 hours. */
  async newest({ limit, ...filter }: SpanFilter & { limit: number }): Promise<SpanView[]> {
    const spans: SpanView[] = [];
    for await (const span of this.#matching(filter)) {
      spans.push(span);
      if (spans.length >= limit) break;
    }
    return spans;
  }

  /** The slowest of all that pass the filter, slowest first. Reads them all, and holds few more than `limit`. */
  async slowest({ limit, ...filter }: SpanFilter & { limit: number }): Promise<SpanView[]> {
    let spans: SpanView[] = [];
    const keepSlowest = () => {
      spans = spans.sort((a, b) => b.duration_ms - a.duration_ms).slice(0, limit);
    };
    for await (const span of this.#matching(filter)) {
      spans.push(span);
      if (spans.length >= 2 * limit) keepSlowest();
    }
    keepSlowest();
    return spans;
  }

  async *#matching(filter: SpanFilter): AsyncGenerator<SpanView> {
    for await (const row of this.#rows.newestFirst(filter)) {
      const span = spanViewSchema.parse(JSON.parse(String(row.span)));
      if (matchesSpan(span, filter)) yield span;
    }
  }
}

/** Rows of a partition come in the order of their keys: the time runs backwards in them. */
function toRow(span: SpanView) {
  const atMs = Date.parse(span.start);
  const reversed = String(Number.MAX_SAFE_INTEGER - atMs).padStart(16, '0');
  return { atMs, rowKey: `${reversed}_${span.span_id}`, span: JSON.stringify(span) };
}
