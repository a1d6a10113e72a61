import {
  DEFAULT_HISTORY_LIMIT,
  type Result,
  type ResultSummary,
  resultSchema,
  resultSummarySchema,
} from '../contracts/results.ts';
import { AosError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { getShardId } from '../sharding/shard-id.ts';
import { BlobManager } from '../storage/blob-manager.ts';
import { type Row, type StorageConnection, TableManager } from '../storage/table-manager.ts';
import { summaryOf } from './result-summary.ts';

/** The table of the summaries, and the container of the whole results. */
const PLACE = 'benchmarks';
/** The rows are addressed by their id and spread by it; a list reads all partitions, and sorts. */
const PARTITIONS = 8;
const COUNTER = { partitionKey: 'counter', rowKey: 'counter' } as const;

/**
 * Results of benchmarks and load tests, for all replicas: a blob holds the whole result with its histograms, a row its summary.
 * The blob is written first and deleted last, so that what is listed is whole. Every method throws AosError AOS_STORAGE.
 */
export class ResultStore {
  readonly #table: TableManager;
  readonly #blobs: BlobManager;
  readonly #logger: Logger;
  #ready: Promise<unknown> | undefined;

  constructor({ connection, logger }: { connection: StorageConnection; logger: Logger }) {
    this.#table = new TableManager({ connection, table: PLACE, logger });
    this.#blobs = new BlobManager({ connection, container: PLACE, logger });
    this.#logger = logger;
  }

  /**
   * Keeps a result under its id, and drops the oldest ones.
   * @param options.keep how many results may be kept in all; default 50
   * @returns whether it is new: the same again is the same
   * @throws AosError AOS_STATE_CONFLICT if there is another result of this id; AOS_BAD_REQUEST if nothing was measured
   */
  async put(
    result: Result,
    { keep = DEFAULT_HISTORY_LIMIT } = {},
  ): Promise<{ created: boolean; summary: ResultSummary }> {
    await this.#ensure();
    const text = JSON.stringify(result);
    const known = await this.#find(result.id);
    if (known) {
      if ((await this.#blobs.downloadText(blobOf(result.id))) === text) return { created: false, summary: known };
      throw new AosError('AOS_STATE_CONFLICT', `There is another result ${result.id} already; results do not change.`);
    }
    const bare = summaryOf(result);
    await this.#blobs.upload(blobOf(result.id), text, { contentType: 'application/json' });
    const summary = { ...bare, number: await this.#nextNumber(), note: '' };
    // Somebody may have kept the same one meanwhile.
    if (!(await this.#table.create(rowOf(summary)))) return this.put(result, { keep });
    await this.#dropBeyond(keep);
    return { created: true, summary };
  }

  /** Newest first. */
  async list({ kind, limit }: { kind?: Result['kind']; limit: number }): Promise<ResultSummary[]> {
    await this.#ensure();
    return (await this.#all()).filter((summary) => kind === undefined || summary.kind === kind).slice(0, limit);
  }

  /** @throws AosError AOS_NOT_FOUND */
  async get(id: string): Promise<Result> {
    await this.#ensure();
    const text = (await this.#find(id)) && (await this.#blobs.downloadText(blobOf(id)));
    if (text) return resultSchema.parse(JSON.parse(text));
    throw notFound(id);
  }

  /** Changes the note of a result. @throws AosError AOS_NOT_FOUND */
  async annotate(id: string, note: string): Promise<ResultSummary> {
    await this.#ensure();
    for (;;) {
      const found = await this.#table.getVersioned(partitionOf(id), id);
      if (!found) throw notFound(id);
      const summary = { ...summaryIn(found.row), note };
      if (await this.#table.replace(rowOf(summary), found.etag)) return summary;
    }
  }

  /** @throws AosError AOS_NOT_FOUND */
  async delete(id: string): Promise<void> {
    await this.#ensure();
    const listed = await this.#find(id);
    // The blob of one whose deletion was cut off goes, too.
    if (!(await this.#remove(id)) && !listed) throw notFound(id);
  }

  async #find(id: string): Promise<ResultSummary | undefined> {
    const row = await this.#table.get(partitionOf(id), id);
    return row && summaryIn(row);
  }

  async #all(): Promise<ResultSummary[]> {
    const summaries: ResultSummary[] = [];
    const partitions = Array.from({ length: PARTITIONS }, async (_, index) => {
      for await (const row of this.#table.query({ partitionKey: partition(index) })) summaries.push(summaryIn(row));
    });
    await Promise.all(partitions);
    return summaries.sort((a, b) => b.number - a.number);
  }

  /** @returns whether there was a blob */
  async #remove(id: string): Promise<boolean> {
    await this.#table.delete(partitionOf(id), id);
    return this.#blobs.delete(blobOf(id));
  }

  /** The new result is kept whatever becomes of the old ones. */
  async #dropBeyond(keep: number): Promise<void> {
    try {
      for (const { id } of (await this.#all()).slice(keep)) await this.#remove(id);
    } catch (error) {
      this.#logger.warn('old results could not be dropped; tried again with the next one', { error });
    }
  }

  /** Counts from 1, over all replicas; a number whose result could not be written is left out. */
  async #nextNumber(): Promise<number> {
    for (;;) {
      const found = await this.#table.getVersioned(COUNTER.partitionKey, COUNTER.rowKey);
      const next = { ...COUNTER, last: Number(found?.row.last ?? 0) + 1 };
      const taken = found ? await this.#table.replace(next, found.etag) : await this.#table.create(next);
      if (taken) return next.last;
    }
  }

  /** Made when it is needed: most runtimes are never measured. */
  async #ensure(): Promise<void> {
    this.#ready ??= Promise.all([this.#table.ensure(), this.#blobs.ensure()]);
    try {
      await this.#ready;
    } catch (error) {
      this.#ready = undefined;
      throw error;
    }
  }
}

const partition = (index: number) => `results_${index}`;
const partitionOf = (id: string) => partition(getShardId(id, PARTITIONS));
const blobOf = (id: string) => `${id}.json`;

const rowOf = (summary: ResultSummary) => ({
  partitionKey: partitionOf(summary.id),
  rowKey: summary.id,
  summary: JSON.stringify(summary),
});
const summaryIn = (row: Row): ResultSummary => resultSummarySchema.parse(JSON.parse(String(row.summary)));

const notFound = (id: string) =>
  new AosError(
    'AOS_NOT_FOUND',
    `There is no result ${id}. It may have been deleted; GET /api/results lists what is kept.`,
  );
