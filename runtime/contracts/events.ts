import { z } from 'zod';
import { adapterViewSchema, agentViewSchema, shardViewSchema, statusSchema } from './http.ts';

/**
 * `GET /api/events` (SSE): one `snapshot`, then what changes. Each has an SSE `id:`, the name of the event in `event:`
 * and this JSON in `data:`. Changes come merged, at most twice a second. With `Last-Event-ID` the changes since then come
 * instead of the snapshot, if this replica still knows them.
 */
export const liveEventSchema = z.discriminatedUnion('event', [
  z.object({
    event: z.literal('snapshot'),
    status: statusSchema,
    agents: z.array(agentViewSchema),
    adapters: z.array(adapterViewSchema),
    shards: z.array(shardViewSchema),
  }),
  z.object({ event: z.literal('status'), status: statusSchema }),
  z.object({ event: z.literal('agents'), changed: z.array(agentViewSchema), removed: z.array(z.string()) }),
  z.object({ event: z.literal('adapters'), changed: z.array(adapterViewSchema), removed: z.array(z.string()) }),
  z.object({ event: z.literal('shards'), shards: z.array(shardViewSchema) }),
]);
export type LiveEvent = z.infer<typeof liveEventSchema>;
export type LiveSnapshot = Extract<LiveEvent, { event: 'snapshot' }>;
