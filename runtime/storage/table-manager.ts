import { TableClient, type TransactionAction } from '@azure/data-tables';
import type { Counter } from '@opentelemetry/api';
import { type Clock, systemClock } from '../core/clock.ts';
import { AosError, isAosError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { type AgentPage, type AgentQuery, type RowRange, readAgentPage } from './agent-query.ts';
import { RETRIES, type StorageConnection, storageAccess } from './connection.ts';
import { type CheckedEntity, checkEntity, type Entity, type Row } from './entity.ts';
import { toBatches } from './entity-batches.ts';
import { type HotspotPolicy, hotspotGuard } from './hotspot.ts';
import { statusOf, storageCodeOf, toStorageError } from './storage-error.ts';
import { type RowWriter, WriteBehind, type WriteBehindOptions } from './write-behind.ts';

export type { AgentPage, AgentQuery } from './agent-query.ts';
export type { StorageConnection } from './connection.ts';
export type { Entity, Row } from './entity.ts';
export type { HotspotPolicy } from './hotspot.ts';
export type { RowWriter, WriteBehindOptions } from './write-behind.ts';

export interface TableManagerOptions {
  connection: StorageConnection;
  /** 3 to 63 letters and digits, starting with a letter. */
  table: string;
  logger: Logger;
  /** What happens to an entity whose partition key is its agent's id alone (R30). Default `refuse`. */
  hotspots?: HotspotPolicy;
  /** Counts every request to storage. */
  meters?: { storageOperations: Pick<Counter, 'add'> };
  clock?: Clock;
}

export interface TableQuery {
  partitionKey: string;
  /** Row keys from this one on (inclusive). */
  fromRowKey?: string;
  /** Row keys before this one (exclusive). */
  beforeRowKey?: string;
  /** Only these properties. */
  select?: readonly string[];
  signal?: AbortSignal | undefined;
}

interface Call {
  signal?: AbortSignal | undefined;
}

/** What came of writing many entities. */
interface Written {
  /** Not written, and worth another try. */
  failed: CheckedEntity[];
  /** The service will never take these. */
  refused: CheckedEntity[];
  /** The first failure. */
  error: unknown;
}

/** Partitions that are written at the same time: as many connections as a batch of many agents may take. */
const PARALLEL_PARTITIONS = 8;

/** A table of Azure Table storage, or of what speaks its protocol. Every method throws AosError AOS_STORAGE on failure. */
export class TableManager {
  readonly table: string;
  readonly #client: TableClient;
  readonly #url: string;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #operations: Pick<Counter, 'add'> | undefined;
  readonly #guard: (entity: Entity) => void;

  /** @throws AosError AOS_CONFIG_INVALID if the connection cannot be used */
  constructor(options: TableManagerOptions) {
    const access = storageAccess(options.connection, 'table');
    this.table = options.table;
    this.#url = access.url;
    this.#client = clientOf(options.connection, options.table);
    this.#logger = options.logger;
    this.#clock = options.clock ?? systemClock;
    this.#operations = options.meters?.storageOperations;
    this.#guard = hotspotGuard(options.hotspots ?? 'refuse', options);
  }

  /** Creates the table unless it is there. */
  async ensure({ signal }: Call = {}): Promise<void> {
    await this.#call('ensure', `create table ${this.table}`, signal, () =>
      this.#client.createTable({ abortSignal: signal }),
    );
  }

  /**
   * Inserts an entity.
   * @returns false if one with its keys is there already
   * @throws AosError AOS_BAD_REQUEST, AOS_HOTSPOT_KEY for an entity that cannot be stored
   */
  async create(entity: Entity, { signal }: Call = {}): Promise<boolean> {
    const checked = this.#check(entity);
    return this.#call('create', `write to table ${this.table}`, signal, async () => {
      try {
        await this.#client.createEntity(checked, { abortSignal: signal });
        return true;
      } catch (error) {
        if (storageCodeOf(error) === 'EntityAlreadyExists') return false;
        throw error;
      }
    });
  }

  /**
   * Writes an entity, in the place of the one with its keys if there is one.
   * @throws AosError AOS_BAD_REQUEST, AOS_HOTSPOT_KEY for an entity that cannot be stored
   */
  async upsert(entity: Entity, { signal }: Call = {}): Promise<void> {
    const checked = this.#check(entity);
    await this.#call('upsert', `write to table ${this.table}`, signal, () => this.#upsert(checked, signal));
  }

  async get(partitionKey: string, rowKey: string, { signal }: Call = {}): Promise<Row | undefined> {
    return this.#call('get', `read table ${this.table}`, signal, async () => {
      try {
        return toRow(await this.#client.getEntity(partitionKey, rowKey, { abortSignal: signal }));
      } catch (error) {
        if (isNoEntity(error)) return undefined;
        throw error;
      }
    });
  }

  /** An entity with its ETag, for {@link replace}. */
  async getVersioned(
    partitionKey: string,
    rowKey: string,
    { signal }: Call = {},
  ): Promise<{ row: Row; etag: string } | undefined> {
    return this.#call('get', `read table ${this.table}`, signal, async () => {
      try {
        const entity = await this.#client.getEntity(partitionKey, rowKey, { abortSignal: signal });
        return { row: toRow(entity), etag: entity.etag };
      } catch (error) {
        if (isNoEntity(error)) return undefined;
        throw error;
      }
    });
  }

  /**
   * Writes an entity in the place of the one that was read, if nobody has written it since.
   * @returns its new ETag, or undefined if somebody has, or it is gone
   * @throws AosError AOS_BAD_REQUEST, AOS_HOTSPOT_KEY for an entity that cannot be stored
   */
  async replace(entity: Entity, etag: string, { signal }: Call = {}): Promise<string | undefined> {
    const checked = this.#check(entity);
    return this.#call('replace', `write to table ${this.table}`, signal, async () => {
      try {
        const written = await this.#client.updateEntity(checked, 'Replace', { etag, abortSignal: signal });
        return written.etag;
      } catch (error) {
        if (statusOf(error) === 412 || isNoEntity(error)) return undefined;
        throw error;
      }
    });
  }

  /** Deletes an entity; one that is not there is fine. */
  async delete(partitionKey: string, rowKey: string, { signal }: Call = {}): Promise<void> {
    await this.#call('delete', `delete from table ${this.table}`, signal, async () => {
      try {
        await this.#client.deleteEntity(partitionKey, rowKey, { abortSignal: signal });
      } catch (error) {
        if (!isNoEntity(error)) throw error;
      }
    });
  }

  /** Deletes all partitions whose key is less than this one. What somebody else deletes meanwhile is fine. */
  async deleteBefore(partitionKey: string, { signal }: Call = {}): Promise<void> {
    await this.#call('delete', `delete old rows of table ${this.table}`, signal, async () => {
      const select = ['PartitionKey', 'RowKey'];
      const queryOptions = { filter: `PartitionKey lt ${quoted(partitionKey)}`, select };
      for await (const row of this.#client.listEntities({ queryOptions, abortSignal: signal })) {
        await this.delete(row.partitionKey as string, row.rowKey as string, { signal });
      }
    });
  }

  /** The entities of a partition, in the order of their row keys; read page by page, as far as the caller goes. */
  async *query(query: TableQuery): AsyncIterableIterator<Row> {
    this.#operations?.add(1, { operation: 'query', table: this.table });
    try {
      for await (const row of this.#list(query)) yield toRow(row);
    } catch (error) {
      throw toStorageError(error, { doing: `read table ${this.table}`, url: this.#url, signal: query.signal });
    }
  }

  async #firstPage(query: TableQuery): Promise<{ rows: Row[]; complete: boolean }> {
    return this.#call('query', `read table ${this.table}`, query.signal, async () => {
      const { value: page } = await this.#list(query).byPage().next();
      return { rows: page?.map(toRow) ?? [], complete: page?.continuationToken === undefined };
    });
  }

  #list({ partitionKey, fromRowKey, beforeRowKey, select, signal }: TableQuery) {
    const filter = [
      `PartitionKey eq ${quoted(partitionKey)}`,
      fromRowKey === undefined ? '' : `RowKey ge ${quoted(fromRowKey)}`,
      beforeRowKey === undefined ? '' : `RowKey lt ${quoted(beforeRowKey)}`,
    ];
    // Without its keys a row could not be told from another.
    const properties = select && [...new Set(['PartitionKey', 'RowKey', ...select])];
    return this.#client.listEntities({
      queryOptions: { filter: filter.filter(Boolean).join(' and '), ...(properties ? { select: properties } : {}) },
      abortSignal: signal,
    });
  }

  /**
   * A page of the rows of an agent in a time, over the partitions of all its months, oldest or newest first (R29).
   * @throws AosError AOS_BAD_REQUEST for a range, page size or continuation token that cannot be used
   */
  async queryAgent(query: AgentQuery): Promise<AgentPage> {
    const source = {
      all: (range: RowRange) => this.query(range),
      firstPage: (range: RowRange) => this.#firstPage(range),
    };
    return readAgentPage(source, query, this.#clock.now());
  }

  /**
   * Upserts many entities in transactions of one partition each, at most 100 entities and 4 MiB (R31, R33). Each
   * transaction is all or nothing; of two entities with the same keys the later one wins.
   * @throws AosError AOS_BAD_REQUEST, AOS_HOTSPOT_KEY before anything is written; AOS_STORAGE if a transaction failed
   * (the others are written, and the whole call may be repeated)
   */
  async upsertBatch(entities: Iterable<Entity>, { signal }: Call = {}): Promise<void> {
    const checked = Array.from(entities, (entity) => this.#check(entity));
    const { failed, error } = await this.#submit(checked, { split: false, signal });
    if (failed.length === 0) return;
    if (!isAosError(error) || failed.length === checked.length) throw error;
    throw new AosError(
      'AOS_STORAGE',
      `${failed.length} of ${checked.length} entities are unwritten. ${error.message}`,
      {
        cause: error,
        details: { ...error.details, unwritten: failed.length },
      },
    );
  }

  /** A writer that collects rows and writes them in batches a moment later. */
  writeBehind(options: WriteBehindOptions = {}): RowWriter {
    const parts = {
      name: this.table,
      check: (row: Entity) => this.#check(row),
      // Nobody waits for these rows: one that the service refuses must not keep the others of its transaction back.
      write: (rows: readonly CheckedEntity[]) => this.#submit(rows, { split: true }),
      clock: this.#clock,
      logger: this.#logger,
    };
    return new WriteBehind(parts, options);
  }

  #check(entity: Entity): CheckedEntity {
    const checked = checkEntity(entity);
    this.#guard(entity);
    return checked;
  }

  /** Transactions whose partition differs run at the same time, those of one partition one after the other. */
  async #submit(entities: readonly CheckedEntity[], options: { split: boolean } & Call): Promise<Written> {
    const written: Written = { failed: [], refused: [], error: undefined };
    const queue = toBatches(entities);
    const lanes = Array.from({ length: Math.min(PARALLEL_PARTITIONS, queue.length) }, async () => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        await this.#writePartition(next.transactions, options, written);
      }
    });
    await Promise.all(lanes);
    return written;
  }

  /** With `split`, what the service refuses is halved until the refused rows stand alone. */
  async #writePartition(
    transactions: readonly CheckedEntity[][],
    { split, signal }: { split: boolean } & Call,
    written: Written,
  ): Promise<void> {
    const open = [...transactions];
    for (let rows = open.shift(); rows; rows = open.shift()) {
      try {
        await this.#transact(rows, signal);
      } catch (error) {
        written.error ??= error;
        if (!split || !isRefusal(error)) {
          // What comes after it may hold the same keys, and must not be overtaken by a later try of this one.
          written.failed.push(...rows, ...open.flat());
          return;
        }
        const half = Math.ceil(rows.length / 2);
        if (rows.length === 1) written.refused.push(...rows);
        else open.unshift(rows.slice(0, half), rows.slice(half));
      }
    }
  }

  async #transact(entities: readonly CheckedEntity[], signal: AbortSignal | undefined): Promise<void> {
    const actions = entities.map((entity): TransactionAction => ['upsert', entity, 'Replace']);
    await this.#call('upsert_batch', `write to table ${this.table}`, signal, async () => {
      const [only] = entities;
      if (entities.length === 1 && only) await this.#upsert(only, signal);
      else await this.#client.submitTransaction(actions, { abortSignal: signal });
    });
  }

  async #upsert(entity: CheckedEntity, signal: AbortSignal | undefined): Promise<void> {
    await this.#client.upsertEntity(entity, 'Replace', { abortSignal: signal });
  }

  async #call<T>(operation: string, doing: string, signal: AbortSignal | undefined, run: () => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    this.#operations?.add(1, { operation, table: this.table });
    try {
      return await run();
    } catch (error) {
      throw toStorageError(error, { doing, url: this.#url, signal });
    }
  }
}

function clientOf(connection: StorageConnection, table: string): TableClient {
  const access = storageAccess(connection, 'table');
  const { maxRetries, retryDelayMs: retryDelayInMs, maxRetryDelayMs: maxRetryDelayInMs } = RETRIES;
  const options = { retryOptions: { maxRetries, retryDelayInMs, maxRetryDelayInMs } };
  if (access.kind === 'identity') return new TableClient(access.url, table, access.credential, options);
  try {
    return TableClient.fromConnectionString(access.connectionString, table, {
      ...options,
      allowInsecureConnection: access.insecure,
    });
  } catch (cause) {
    throw new AosError(
      'AOS_CONFIG_INVALID',
      'The storage connection string cannot be read. Copy it whole from the "Access keys" page of the storage account.',
      { cause },
    );
  }
}

/** An apostrophe is written twice in OData. */
const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** Without what the service itself keeps in it, so that a row that was read can be written again. */
function toRow(entity: object): Row {
  const properties = Object.entries(entity).filter(
    ([name]) => name !== 'etag' && name !== 'timestamp' && !name.startsWith('odata.'),
  );
  return Object.fromEntries(properties) as Row;
}

/** The entity is not there, as opposed to the table. */
function isNoEntity(error: unknown): boolean {
  return statusOf(error) === 404 && storageCodeOf(error) !== 'TableNotFound';
}

/** The service understood the request and will never take it. */
function isRefusal(error: unknown): boolean {
  const status = isAosError(error) ? error.details?.status : statusOf(error);
  return status === 400 || status === 413;
}
