import { setTimeout as pause } from 'node:timers/promises';
import type { Prepare } from '../benchmark/operation.ts';
import type { ScenarioId } from '../contracts/benchmark.ts';
import type { MeasuringJob } from '../contracts/benchmark-process.ts';
import { AosError, isAosError } from '../core/errors.ts';
import { newId } from '../core/ids.ts';
import { silentLogger } from '../core/logger.ts';
import { ServiceBusManager } from '../messaging/service-bus-manager.ts';
import { TableManager } from '../storage/table-manager.ts';

/** Shards that no runtime has: no replica takes messages from them. */
const FIRST_FREE_SHARD = 5000;
const NUM_SHARDS = 10_000;
const LOST_AFTER_MS = 30_000;
const SETTLE_WITHIN_MS = 5000;
const TABLE = 'bench';
const ROW_BYTES = 500;

/** Connection strings of the services that the measured runtime uses. */
export type Services = NonNullable<Extract<MeasuringJob, { kind: 'benchmark' }>['services']>;

/** What is measured at the services themselves. */
export function serviceOperations({ serviceBus, storage }: Services): Partial<Record<ScenarioId, Prepare>> {
  return { 'message-latency': () => messages(serviceBus), storage: () => rows(storage) };
}

/** A shard that no replica takes messages from. */
export const freeShard = () => FIRST_FREE_SHARD + Math.floor(Math.random() * (NUM_SHARDS - FIRST_FREE_SHARD));

/** A table for rows that are gone afterwards. */
export async function benchTable(connection: string): Promise<TableManager> {
  const table = new TableManager({ connection, table: TABLE, logger: silentLogger });
  await table.ensure();
  return table;
}

/** Rows of 500 bytes: a partition of their own, and the row of a place in it. */
export function benchRows(): (place: number) => { partitionKey: string; rowKey: string; text: string } {
  const partitionKey = newId('bench');
  const text = 'x'.repeat(ROW_BYTES);
  return (place) => ({ partitionKey, rowKey: String(place).padStart(8, '0'), text });
}

/** Both ends are in this process, so one clock times them. */
async function messages(connection: string): ReturnType<Prepare> {
  const bus = new ServiceBusManager({ connection, numShards: NUM_SHARDS, logger: silentLogger });
  const shard = freeShard();
  const waiting = new Map<string, { resolve: () => void; reject: (reason: unknown) => void }>();
  const settling = new Set<Promise<unknown>>();
  let closed: AosError | undefined;
  const receiver = await bus.openShard(shard, {
    onMessage: (delivery) => {
      waiting.get(delivery.message.event_id)?.resolve();
      // One that cannot be settled stays in a session that nobody reads again.
      const settled: Promise<unknown> = Promise.allSettled([delivery.complete()]).then(() => settling.delete(settled));
      settling.add(settled);
    },
    onClosed: (cause) => {
      closed = new AosError('AOS_NOT_RUNNING', 'The connection to Service Bus was lost.', { cause });
      for (const { reject } of waiting.values()) reject(closed);
    },
  });
  return {
    how: 'Service Bus: from sending a message to a session until its receiver has it',
    operation: async (_i, signal) => {
      if (closed) throw closed;
      const id = newId('bench');
      const arrived = Promise.withResolvers<void>();
      waiting.set(id, arrived);
      const done = new AbortController();
      try {
        const sent = bus.sendToShard(
          shard,
          { event_id: id, agent_id: 'bench', type: 'Bench', sent_at: new Date().toISOString() },
          { signal },
        );
        await Promise.race([Promise.all([sent, arrived.promise]), lost(AbortSignal.any([signal, done.signal]))]);
      } finally {
        done.abort();
        waiting.delete(id);
      }
      return {};
    },
    dispose: async () => {
      // On a link that is closed the SDK would wait a minute for each.
      await Promise.race([Promise.all(settling), pause(SETTLE_WITHIN_MS, undefined, { ref: false })]);
      await receiver.close();
      await bus.dispose();
    },
  };
}

async function lost(signal: AbortSignal): Promise<never> {
  await pause(LOST_AFTER_MS, undefined, { signal });
  throw new AosError('AOS_DEADLINE', `The message did not arrive within ${LOST_AFTER_MS / 1000} s.`);
}

async function rows(connection: string): ReturnType<Prepare> {
  const table = await benchTable(connection);
  const rowAt = benchRows();
  let written = 0;
  return {
    how: 'Table storage: one entity of 500 bytes is written, then read, in turn',
    operation: async (i, signal) => {
      const row = rowAt(i >> 1);
      try {
        if (i % 2 === 1) await table.get(row.partitionKey, row.rowKey, { signal });
        else await table.upsert(row, { signal });
      } catch (error) {
        throw isGone(error) ? new AosError('AOS_NOT_RUNNING', error.message, { cause: error }) : error;
      }
      written = Math.max(written, (i >> 1) + 1);
      return {};
    },
    dispose: () => deleteRows(table, rowAt, written),
  };
}

/** Whether storage was not there at all, or another one has taken its address, which does not know the key. */
const isGone = (error: unknown): error is AosError =>
  isAosError(error) &&
  error.code === 'AOS_STORAGE' &&
  (error.details?.status === undefined || error.details.status === 403);

/** Deletes the first `count` rows. */
export async function deleteRows(
  table: TableManager,
  rowAt: ReturnType<typeof benchRows>,
  count: number,
): Promise<void> {
  for (let place = 0; place < count; place++) {
    const { partitionKey, rowKey } = rowAt(place);
    await table.delete(partitionKey, rowKey);
  }
}
