import { ServiceBusClient, type ServiceBusSessionReceiver } from '@azure/service-bus';
import { z } from 'zod';
import { CONVERSATIONS_TABLE } from '../agents/conversation-log.ts';
import type { ClaimId, MeasureClaim } from '../benchmark/claims.ts';
import { isBenchmarkPrompt } from '../benchmark/scenarios.ts';
import { median } from '../benchmark/statistics.ts';
import { agentViewSchema } from '../contracts/http.ts';
import { formatCount } from '../contracts/units.ts';
import { AosError } from '../core/errors.ts';
import { newId } from '../core/ids.ts';
import { silentLogger } from '../core/logger.ts';
import { AGENT_MESSAGES, sessionOf } from '../messaging/entities.ts';
import { emulatorPort, tuneLoopback } from '../messaging/loopback-socket.ts';
import { TableManager } from '../storage/table-manager.ts';
import { benchRows, benchTable, deleteRows, freeShard, type Services } from './bench-services.ts';

/** Entities of a transaction, messages of a batch: what the guide batches. */
const BATCH = 100;
/** One way and the other, in turn: what else the machine does disturbs both. */
const ROUNDS = 3;
const LOST_AFTER_MS = 5000;
const DAYS = 7;
const MAX_PROMPTS = 10_000;
/** A share of fewer prompts is chance. */
const MIN_PROMPTS = 20;

/** The guide's claims, measured at the services that the runtime uses. */
export function serviceClaims({ serviceBus, storage }: Services): Record<ClaimId, MeasureClaim> {
  return {
    batch_upsert: ({ signal }) => batchUpsert(storage, signal),
    batch_receive: ({ signal }) => batchReceive(serviceBus, signal),
    cache: (target) => cacheHits(storage, target),
  };
}

async function batchUpsert(connection: string, signal: AbortSignal): ReturnType<MeasureClaim> {
  const table = await benchTable(connection);
  const rowAt = benchRows();
  const rows = Array.from({ length: BATCH }, (_, place) => rowAt(place));
  try {
    const measured = await timesFaster({
      single: async () => {
        for (const row of rows) await table.upsert(row, { signal });
      },
      batch: () => table.upsertBatch(rows, { signal }),
    });
    return {
      measured,
      note: `${BATCH} entities of one partition: one transaction against one request each, ${ROUNDS} rounds`,
    };
  } finally {
    await deleteRows(table, rowAt, BATCH);
  }
}

async function batchReceive(connection: string, signal: AbortSignal): ReturnType<MeasureClaim> {
  const port = emulatorPort(connection);
  if (port !== undefined) tuneLoopback(port);
  const client = new ServiceBusClient(connection);
  try {
    const sessionId = sessionOf(freeShard());
    const receiver = await client.acceptSession(AGENT_MESSAGES, sessionId, { abortSignal: signal });
    const sender = client.createSender(AGENT_MESSAGES);
    const send = () =>
      sender.sendMessages(
        Array.from({ length: BATCH }, () => ({ body: {}, messageId: newId('bench'), sessionId })),
        { abortSignal: signal },
      );
    const measured = await timesFaster({
      prepare: send,
      single: () => receiveAll(receiver, 1, signal),
      batch: () => receiveAll(receiver, BATCH, signal),
    });
    return {
      measured,
      note: `${BATCH} messages of one session, received and completed all at once against one by one, ${ROUNDS} rounds`,
    };
  } finally {
    await client.close();
  }
}

async function receiveAll(
  receiver: ServiceBusSessionReceiver,
  atATime: number,
  abortSignal: AbortSignal,
): Promise<void> {
  for (let left = BATCH; left > 0; ) {
    const options = { maxWaitTimeInMs: LOST_AFTER_MS, abortSignal };
    const messages = await receiver.receiveMessages(Math.min(atATime, left), options);
    if (messages.length === 0) throw new AosError('AOS_DEADLINE', 'Messages that were sent did not arrive.');
    await Promise.all(messages.map((message) => receiver.completeMessage(message)));
    left -= messages.length;
  }
}

/** How many times faster the batch is: the ratio of the medians. */
async function timesFaster(ways: {
  prepare?: () => Promise<void>;
  single: () => Promise<void>;
  batch: () => Promise<void>;
}): Promise<number> {
  const ms: Record<'single' | 'batch', number[]> = { single: [], batch: [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const way of ['single', 'batch'] as const) {
      await ways.prepare?.();
      const start = performance.now();
      await ways[way]();
      ms[way].push(performance.now() - start);
    }
  }
  return median(ms.single) / median(ms.batch);
}

/** The share of this workspace's own prompts that no model had to answer. */
async function cacheHits(connection: string, { api, signal }: Parameters<MeasureClaim>[0]): ReturnType<MeasureClaim> {
  const table = new TableManager({ connection, table: CONVERSATIONS_TABLE, logger: silentLogger });
  const counts = { prompts: 0, hits: 0 };
  for (const { agent_id } of await api.get('/api/agents', z.array(agentViewSchema), signal)) {
    for await (const { prompt, cached } of recentExchanges(table, agent_id, signal)) {
      if (counts.prompts === MAX_PROMPTS) break;
      if (isBenchmarkPrompt(prompt)) continue;
      counts.prompts++;
      if (cached !== 'false') counts.hits++;
    }
  }
  const { prompts, hits } = counts;
  const whose = `of this workspace’s own prompts of ${DAYS} days, without those of benchmarks`;
  if (prompts < MIN_PROMPTS) return { measured: null, note: `only ${prompts} ${whose}: too few` };
  return { measured: (100 * hits) / prompts, note: `${formatCount(hits)} hits ${whose} (${formatCount(prompts)})` };
}

/** Newest first. */
async function* recentExchanges(table: TableManager, agentId: string, signal: AbortSignal) {
  const from = Date.now() - DAYS * 86_400_000;
  let continuationToken: string | undefined;
  do {
    const page = await table.queryAgent({
      ...{ agentId, from, order: 'newest', pageSize: 1000, continuationToken, signal },
      select: ['prompt', 'cached'],
    });
    for (const { prompt, cached } of page.rows) yield { prompt: String(prompt), cached: String(cached) };
    continuationToken = page.continuationToken;
  } while (continuationToken !== undefined);
}
