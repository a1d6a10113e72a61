import type { CheckedEntity } from './entity.ts';

/** Limits of one transaction (R33): all of one partition, 100 entities, 4 MiB. */
export const MAX_BATCH_ENTITIES = 100;
export const MAX_BATCH_BYTES = 4 * 1024 * 1024;

/** What a transaction's request adds to an entity besides its JSON and its address: headers and multipart borders. */
const OVERHEAD_BYTES = 700;

/** The transactions of one partition, in the order in which they have to be sent. */
export interface PartitionBatches {
  partitionKey: string;
  transactions: CheckedEntity[][];
}

interface OpenTransaction {
  entities: CheckedEntity[];
  bytes: number;
}

/**
 * Groups entities into as few transactions as the service takes. A transaction holds an entity once: of two with the same
 * keys the later one comes in a later transaction, so that it wins.
 */
export function toBatches(entities: Iterable<CheckedEntity>): PartitionBatches[] {
  const partitions = new Map<string, Partition>();
  for (const entity of entities) {
    const partition = partitions.get(entity.partitionKey) ?? new Partition();
    partitions.set(entity.partitionKey, partition);
    partition.add(entity);
  }
  return [...partitions].map(([partitionKey, { transactions }]) => ({
    partitionKey,
    transactions: transactions.map((transaction) => transaction.entities),
  }));
}

class Partition {
  readonly transactions: OpenTransaction[] = [];
  /** Row key → the first transaction that comes after the one that holds it. */
  readonly #after = new Map<string, number>();
  /** Transactions before this one are full. */
  #firstOpen = 0;

  add(entity: CheckedEntity): void {
    const bytes = requestBytes(entity);
    let at = Math.max(this.#firstOpen, this.#after.get(entity.rowKey) ?? 0);
    while (this.transactions[at] && !hasRoom(this.transactions[at]!, bytes)) at++;
    this.transactions[at] ??= { entities: [], bytes: 0 };
    const transaction = this.transactions[at]!;
    transaction.entities.push(entity);
    transaction.bytes += bytes;
    this.#after.set(entity.rowKey, at + 1);
    while (this.transactions[this.#firstOpen]?.entities.length === MAX_BATCH_ENTITIES) this.#firstOpen++;
  }
}

function hasRoom({ entities, bytes }: OpenTransaction, more: number): boolean {
  return entities.length < MAX_BATCH_ENTITIES && bytes + more <= MAX_BATCH_BYTES;
}

/** Bytes of an entity in the body of a transaction, rounded up. */
export function requestBytes(entity: CheckedEntity): number {
  const address = encodeURIComponent(entity.partitionKey).length + encodeURIComponent(entity.rowKey).length;
  let bytes = OVERHEAD_BYTES + address;
  for (const [name, value] of Object.entries(entity)) {
    // Every value but a string, a number and a boolean brings its type along, as a property of its own.
    const type = typeof value === 'object' || typeof value === 'bigint' ? 2 * name.length + 40 : 0;
    bytes += 2 * name.length + type + valueBytes(value) + 8;
  }
  return bytes;
}

function valueBytes(value: CheckedEntity[string]): number {
  if (typeof value === 'string') return Buffer.byteLength(JSON.stringify(value));
  if (value instanceof Uint8Array) return Math.ceil(value.byteLength / 3) * 4 + 2;
  return 32;
}
