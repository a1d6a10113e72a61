import type { Clock } from '../core/clock.ts';
import { AosError, messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { CheckedEntity, Entity } from './entity.ts';
import { MAX_BATCH_BYTES, requestBytes } from './entity-batches.ts';

export interface WriteBehindOptions {
  /** How long a row may wait for others, in milliseconds. Default 500. */
  flushMs?: number;
  /** As many rows are written at once without waiting any longer. Default 1,000. */
  flushRows?: number;
  /** So are as many bytes. Default 4 MiB, the largest transaction. */
  flushBytes?: number;
  /**
   * What is kept while storage cannot be reached; beyond it the oldest rows are given up, with an error in the log.
   * Defaults 50,000 rows and 256 MiB.
   */
  maxPendingRows?: number;
  maxPendingBytes?: number;
  /** Wait after a failed write; it doubles with every further one. Defaults 1,000 and 30,000 ms. */
  retryDelayMs?: number;
  maxRetryDelayMs?: number;
}

/** What came of writing rows. */
export interface WriteOutcome {
  /** Not written, and worth another try. */
  failed: readonly CheckedEntity[];
  /** The service will never take these. */
  refused: readonly CheckedEntity[];
  /** Why, if there is any of them. */
  error: unknown;
}

/** Rows that are written a moment later, together. */
export interface RowWriter {
  /** Never throws and never waits: a row that cannot be written is logged as an error. */
  add(row: Entity): void;
  /**
   * Writes everything that was added before. What could not be written stays, and is tried again.
   * @throws AosError AOS_STORAGE if something could not be written
   */
  flush(): Promise<void>;
  /**
   * Writes the rest; later rows are refused. Idempotent.
   * @throws AosError AOS_STORAGE if rows are lost
   */
  dispose(): Promise<void>;
}

export interface WriteBehindParts {
  /** For messages: the table. */
  name: string;
  /** @throws AosError for a row that cannot be stored */
  check(row: Entity): CheckedEntity;
  write(rows: readonly CheckedEntity[]): Promise<WriteOutcome>;
  clock: Clock;
  logger: Logger;
}

/** Collects rows and writes them in batches; a failed batch is written again, ever more slowly, until it succeeds. */
export class WriteBehind implements RowWriter {
  readonly #parts: WriteBehindParts;
  readonly #options: Required<WriteBehindOptions>;
  #pending: CheckedEntity[] = [];
  #pendingBytes = 0;
  #timer: Disposable | undefined;
  /** What is pending is as much as is wanted at once, and about to be written. */
  #hurried = false;
  /** Failed writes in a row. */
  #failures = 0;
  #writing: Promise<void> = Promise.resolve();
  #disposed: Promise<void> | undefined;

  constructor(parts: WriteBehindParts, options: WriteBehindOptions = {}) {
    this.#parts = parts;
    this.#options = {
      flushMs: options.flushMs ?? 500,
      flushRows: options.flushRows ?? 1000,
      flushBytes: options.flushBytes ?? MAX_BATCH_BYTES,
      maxPendingRows: options.maxPendingRows ?? 50_000,
      maxPendingBytes: options.maxPendingBytes ?? 256 * 1024 * 1024,
      retryDelayMs: options.retryDelayMs ?? 1000,
      maxRetryDelayMs: options.maxRetryDelayMs ?? 30_000,
    };
  }

  add(row: Entity): void {
    const { name, check, logger } = this.#parts;
    if (this.#disposed) {
      logger.error('a row came after its writer was closed, and is lost', keysOf(name, row));
      return;
    }
    try {
      const checked = check(row);
      this.#pending.push(checked);
      this.#pendingBytes += requestBytes(checked);
    } catch (error) {
      logger.error('a row cannot be stored, and is lost', { ...keysOf(name, row), error });
      return;
    }
    this.#giveUpOldest();
    if (this.#failures === 0 && !this.#hurried && this.#isFull()) {
      this.#hurried = true;
      this.#schedule(0);
    } else if (!this.#timer) this.#schedule(this.#failures === 0 ? this.#options.flushMs : this.#retryDelayMs());
  }

  flush(): Promise<void> {
    this.#unschedule();
    const written = this.#writing.then(() => this.#write());
    // The next write starts whether or not this one succeeded.
    this.#writing = written.catch(() => undefined);
    return written;
  }

  dispose(): Promise<void> {
    this.#disposed ??= this.#close();
    return this.#disposed;
  }

  async #close(): Promise<void> {
    const { name, logger } = this.#parts;
    try {
      await this.flush();
    } finally {
      this.#unschedule();
      if (this.#pending.length > 0) {
        logger.error('rows could not be written before the end, and are lost', {
          table: name,
          rows: this.#pending.length,
        });
      }
    }
  }

  async #write(): Promise<void> {
    const { name, logger, write } = this.#parts;
    const rows = this.#pending;
    this.#replacePending([]);
    this.#hurried = false;
    if (rows.length === 0) return;
    const { failed, refused, error } = await this.#outcomeOf(rows, write);
    for (const row of refused) {
      logger.error('storage refuses a row, which is lost', { ...keysOf(name, row), error });
    }
    if (failed.length === 0) {
      this.#failures = 0;
      return;
    }
    this.#failures++;
    this.#replacePending([...failed, ...this.#pending]);
    this.#giveUpOldest();
    const retryMs = this.#retryDelayMs();
    if (!this.#disposed) {
      logger.warn('rows could not be written; tried again', { table: name, rows: failed.length, retryMs, error });
      this.#schedule(retryMs);
    }
    throw new AosError(
      'AOS_STORAGE',
      `${failed.length} rows of table ${name} could not be written: ${messageOf(error)}`,
      { cause: error },
    );
  }

  async #outcomeOf(rows: readonly CheckedEntity[], write: WriteBehindParts['write']): Promise<WriteOutcome> {
    try {
      return await write(rows);
    } catch (error) {
      return { failed: rows, refused: [], error };
    }
  }

  #schedule(delayMs: number): void {
    this.#unschedule();
    this.#timer = this.#parts.clock.setTimeout(() => {
      // A failure is in the log already, and its rows are scheduled again.
      this.flush().catch(() => undefined);
    }, delayMs);
  }

  #unschedule(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }

  #retryDelayMs(): number {
    const { retryDelayMs, maxRetryDelayMs } = this.#options;
    return Math.min(maxRetryDelayMs, retryDelayMs * 2 ** (this.#failures - 1));
  }

  #isFull(): boolean {
    return this.#pending.length >= this.#options.flushRows || this.#pendingBytes >= this.#options.flushBytes;
  }

  #giveUpOldest(): void {
    const { maxPendingRows, maxPendingBytes } = this.#options;
    let excess = 0;
    while (this.#pending.length - excess > maxPendingRows || this.#pendingBytes > maxPendingBytes) {
      this.#pendingBytes -= requestBytes(this.#pending[excess++]!);
    }
    if (excess === 0) return;
    this.#pending.splice(0, excess);
    this.#parts.logger.error('storage has been away for too long: the oldest rows are given up', {
      table: this.#parts.name,
      rows: excess,
    });
  }

  #replacePending(rows: CheckedEntity[]): void {
    this.#pending = rows;
    this.#pendingBytes = bytesOf(rows);
  }
}

const bytesOf = (rows: readonly CheckedEntity[]) => rows.reduce((bytes, row) => bytes + requestBytes(row), 0);

const keysOf = (table: string, { partitionKey, rowKey }: { partitionKey: string; rowKey: string }) => ({
  table,
  partitionKey,
  rowKey,
});
