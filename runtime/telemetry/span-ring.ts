import type { SpanView } from '../contracts/http.ts';
import { AosError } from '../core/errors.ts';
import { matchesSpan, type SpanFilter } from './span-query.ts';

export interface SpanQuery extends SpanFilter {
  /** Default 100. */
  limit?: number;
  /** That of the page before. */
  cursor?: string | undefined;
}

export interface SpanPage {
  /** The last to finish first. */
  spans: SpanView[];
  /** Gives the page after; undefined after the last one. Spans that finish meanwhile move no page. */
  cursor: string | undefined;
}

const DEFAULT_LIMIT = 100;

/** The newest finished spans, in memory: a new one takes the place of the oldest. */
export class SpanRing {
  readonly #spans: (SpanView | undefined)[];
  /** Number of the next span; span `n` is at place `n` modulo the capacity. */
  #next = 0;

  /** @param capacity spans that are kept, ≥ 1; about 1 KB each */
  constructor({ capacity = 5000 }: { capacity?: number } = {}) {
    this.#spans = Array.from({ length: capacity });
  }

  get size(): number {
    return Math.min(this.#next, this.#spans.length);
  }

  add(span: SpanView): void {
    this.#spans[this.#next % this.#spans.length] = span;
    this.#next++;
  }

  /** @throws AosError AOS_BAD_REQUEST for a cursor that is none */
  query({ limit = DEFAULT_LIMIT, cursor, ...filter }: SpanQuery = {}): SpanPage {
    const oldest = this.#next - this.size;
    const spans: SpanView[] = [];
    let last: number | undefined;
    for (let n = this.#before(cursor) - 1; n >= oldest; n--) {
      const span = this.#spans[n % this.#spans.length];
      if (!span || !matchesSpan(span, filter)) continue;
      if (spans.length === limit) return { spans, cursor: String(last) };
      spans.push(span);
      last = n;
    }
    return { spans, cursor: undefined };
  }

  #before(cursor: string | undefined): number {
    if (cursor === undefined) return this.#next;
    if (/^\d{1,15}$/.test(cursor)) return Math.min(Number(cursor), this.#next);
    throw new AosError('AOS_BAD_REQUEST', `The cursor ${JSON.stringify(cursor)} is none. Give it back as it came.`);
  }
}
