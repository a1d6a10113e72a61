import { setTimeout as pause } from 'node:timers/promises';
import type { Prepare } from '../benchmark/operation.ts';
import type { ScenarioId } from '../contracts/benchmark.ts';
import type { Ready } from '../contracts/launcher.ts';
import { AosError } from '../core/errors.ts';
import { newId } from '../core/ids.ts';
import { silentLogger } from '../core/logger.ts';
import { ServiceBusManager } from '../messaging/service-bus-manager.ts';
import { TableManager } from '../storage/table-manager.ts';

/** Shards that no runtime has: no replica takes messages from them. */
const FIRST_FREE_SHARD = 5000;
const NUM_SHARDS = 10_000;
const LOST_AFTER_MS = 30_000;
const TABLE = 'bench';
const ROW_BYTES = 500;

/** What `aos bench` measures at the services themselves, with the connections of the running system. */
export function serviceOperations(ready: Pick<Ready, 'serviceBus' | 'storage'>): Partial<Record<ScenarioId, Prepare>> {
  return { 'message-latency': () => messages(ready.serviceBus), storage: () => rows(ready.storage) };
}

/** Both ends are in this process, so one clock times them. */
async function messages(connection: string): ReturnType<Prepare> {
  const bus = new ServiceBusManager({ connection, numShards: NUM_SHARDS, logger: silentLogger });
  const shard = FIRST_FREE_SHARD + Math.floor(Math.random() * (NUM_SHARDS - FIRST_FREE_SHARD));
  const waiting = new Map<string, { resolve: () => void; reject: (reason: unknown) => void }>();
  const receiver = await bus.openShard(shard, {
    onMessage: (delivery) => {
      waiting.get(delivery.message.event_id)?.resolve();
      void delivery.complete();
    },
    onClosed: (reason) => {
      for (const { reject } of waiting.values()) reject(reason);
    },
  });
  return {
    how: 'Service Bus: from sending a message to a session until its receiver has it',
    operation: async (_i, signal) => {
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
  const table = new TableManager({ connection, table: TABLE, logger: silentLogger });
  await table.ensure();
  const partitionKey = `${newId('bench')}_${new Date().toISOString().slice(0, 7).replace('-', '')}`;
  const text = 'x'.repeat(ROW_BYTES);
  let written = 0;
  return {
    how: 'Table storage: one entity of 500 bytes is written, then read, in turn',
    operation: async (i, signal) => {
      const rowKey = String(i >> 1).padStart(8, '0');
      if (i % 2 === 1) await table.get(partitionKey, rowKey, { signal });
      else await table.upsert({ partitionKey, rowKey, text }, { signal });
      written = Math.max(written, (i >> 1) + 1);
      return {};
    },
    dispose: async () => {
      for (let row = 0; row < written; row++) await table.delete(partitionKey, String(row).padStart(8, '0'));
    },
  };
}
