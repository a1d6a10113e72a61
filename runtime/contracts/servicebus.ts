import { z } from 'zod';

/**
 * What a Service Bus namespace contains, as plain data: the embedded broker is started with it. Names and defaults are
 * those of Azure Service Bus; durations are in milliseconds.
 */

/** Queue and topic names may contain `/`, as in Azure; `$` starts the broker's own addresses (`$management`). */
const entityName = z
  .string()
  .min(1)
  .max(260)
  .regex(/^[A-Za-z0-9](?:[\w./-]*[A-Za-z0-9_])?$/, 'letters, digits, ".", "-", "_" and "/"; no separator at either end')
  .refine((name) => !/(^|\/)subscriptions(\/|$)/i.test(name), 'must not have a segment named "subscriptions"');

const subscriptionName = z
  .string()
  .min(1)
  .max(50)
  .regex(/^[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9_])?$/, 'letters, digits, ".", "-" and "_"; no separator at either end');

/** `SendDisabled` and `ReceiveDisabled` stop one direction, `Disabled` both. */
export const serviceBusStatusSchema = z.enum(['Active', 'Disabled', 'SendDisabled', 'ReceiveDisabled']);
export type ServiceBusStatus = z.infer<typeof serviceBusStatusSchema>;

const durationMs = z.number().int().positive();

/** What queues and subscriptions have in common. */
const receivable = {
  /** Messages belong to sessions (their session id), and a receiver locks a whole session. */
  requiresSession: z.boolean().default(false),
  /** How long a message, or a session, is locked for its receiver. Azure allows 5 s to 5 min; shorter is fine here. */
  lockDurationMs: durationMs.default(60_000),
  /** Failed deliveries after which a message is dead-lettered (MaxDeliveryCountExceeded). */
  maxDeliveryCount: z.number().int().min(1).max(2000).default(10),
  /** Upper limit of the messages' own time to live; without it they live for ever. */
  defaultMessageTimeToLiveMs: durationMs.optional(),
  /** Dead-letter expired messages (TTLExpiredException) instead of dropping them. */
  deadLetteringOnMessageExpiration: z.boolean().default(false),
  status: serviceBusStatusSchema.default('Active'),
};

/** What queues and topics have in common. */
const sendable = {
  /** Accept, but drop, a message whose id was seen within the window. */
  requiresDuplicateDetection: z.boolean().default(false),
  duplicateDetectionHistoryTimeWindowMs: durationMs.default(600_000),
  /** Bytes of one encoded message. The default is Azure's Premium default, 1 MiB. */
  maxMessageSizeBytes: z.number().int().positive().max(104_857_600).default(1_048_576),
};

export const serviceBusQueueSchema = z.strictObject({ name: entityName, ...receivable, ...sendable });
export type ServiceBusQueue = z.infer<typeof serviceBusQueueSchema>;

export const serviceBusSubscriptionSchema = z.strictObject({ name: subscriptionName, ...receivable });
export type ServiceBusSubscription = z.infer<typeof serviceBusSubscriptionSchema>;

export const serviceBusTopicSchema = z.strictObject({
  name: entityName,
  ...sendable,
  defaultMessageTimeToLiveMs: durationMs.optional(),
  status: serviceBusStatusSchema.default('Active'),
  subscriptions: z.array(serviceBusSubscriptionSchema).default([]),
});
export type ServiceBusTopic = z.infer<typeof serviceBusTopicSchema>;

export const serviceBusEntitiesSchema = z
  .strictObject({
    queues: z.array(serviceBusQueueSchema).default([]),
    topics: z.array(serviceBusTopicSchema).default([]),
  })
  .superRefine(({ queues, topics }, context) => {
    const seen = new Set<string>();
    for (const { name } of [...queues, ...topics]) {
      if (seen.has(name.toLowerCase())) context.addIssue({ code: 'custom', message: `"${name}" is declared twice` });
      seen.add(name.toLowerCase());
    }
    for (const topic of topics) {
      const names = topic.subscriptions.map(({ name }) => name.toLowerCase());
      const twice = names.find((name, index) => names.indexOf(name) !== index);
      if (twice) context.addIssue({ code: 'custom', message: `"${topic.name}" has two subscriptions "${twice}"` });
    }
  });

/** As written: everything with a default may be left out. */
export type ServiceBusEntities = z.input<typeof serviceBusEntitiesSchema>;
/** After parsing: every default filled in. */
export type ParsedServiceBusEntities = z.infer<typeof serviceBusEntitiesSchema>;
