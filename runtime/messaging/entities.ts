import type { ServiceBusEntities } from '../contracts/servicebus.ts';

/** Deliveries after which a message is dead-lettered. */
export const MAX_DELIVERY_COUNT = 10;

const MINUTE_MS = 60_000;
/** PT10M (R38). */
const DUPLICATE_WINDOW_MS = 10 * MINUTE_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** Mailboxes of the agents: a session is a shard, its lock is the ownership of the shard. */
export const AGENT_MESSAGES = 'aos-agent-messages';
/** What came of the events, and what agents publish. */
export const AGENT_EVENTS = 'agent-events';
/** Subscription of everybody else; the name of AOS's own template. */
export const DEFAULT_SUBSCRIPTION = 'default-subscription';
/** Subscription of the editor and the tools; what nobody reads within an hour goes. */
export const STUDIO_SUBSCRIPTION = 'aos-studio';

/** The one table of Service Bus entities: the local cloud is started with it, and a deployment creates it. */
export const entities: ServiceBusEntities = {
  queues: [
    {
      name: AGENT_MESSAGES,
      requiresSession: true,
      lockDurationMs: MINUTE_MS,
      maxDeliveryCount: MAX_DELIVERY_COUNT,
      requiresDuplicateDetection: true,
      duplicateDetectionHistoryTimeWindowMs: DUPLICATE_WINDOW_MS,
    },
  ],
  topics: [
    {
      name: AGENT_EVENTS,
      requiresDuplicateDetection: true,
      duplicateDetectionHistoryTimeWindowMs: DUPLICATE_WINDOW_MS,
      subscriptions: [
        { name: DEFAULT_SUBSCRIPTION, lockDurationMs: MINUTE_MS, maxDeliveryCount: MAX_DELIVERY_COUNT },
        {
          name: STUDIO_SUBSCRIPTION,
          lockDurationMs: MINUTE_MS,
          maxDeliveryCount: MAX_DELIVERY_COUNT,
          defaultMessageTimeToLiveMs: HOUR_MS,
        },
      ],
    },
  ],
};

/** Session of a shard. */
export const sessionOf = (shard: number) => `shard-${shard}`;
