import type { ServiceBusReceivedMessage, ServiceBusSessionReceiver } from '@azure/service-bus';
import type { Context } from '@opentelemetry/api';
import { type AgentMessage, agentMessageSchema } from '../contracts/messages.ts';
import type { Logger } from '../core/logger.ts';
import { extractContext } from '../telemetry/propagation.ts';
import { toBusError } from './bus-errors.ts';

/** A message for an agent, locked for this replica until it is settled: exactly one of the three (R36). */
export interface ShardDelivery {
  readonly message: AgentMessage;
  /** Order within the shard. A message that was given back keeps its number. */
  readonly sequenceNumber: bigint;
  /**
   * Order among the messages of its agent: the number that it had in the shard it was first sent to. The queue counts through
   * all its sessions, so this holds though the agent has moved to another shard.
   */
  readonly position: bigint;
  /** The trace that came with it. */
  readonly trace: Context;
  /** Failed deliveries before this one. */
  readonly deliveryCount: number;
  complete(): Promise<void>;
  /** Gives it back: it is delivered again, with a higher count. */
  abandon(): Promise<void>;
  deadLetter(reason: string, description: string): Promise<void>;
}

/** A delivery to whoever holds the session itself; it can be put aside, see `ShardReceiver.receiveDeferred`. */
export interface DeferrableDelivery extends ShardDelivery {
  /** From now on it is found by its sequence number alone. Counts as a delivery. */
  defer(): Promise<void>;
}

/** Says that all which was sent by an older layout of the shards stands in front of it. */
export interface ShardFence {
  /** The layout that was agreed on before it was sent. */
  readonly epoch: number;
  readonly sequenceNumber: bigint;
  complete(): Promise<void>;
}

/** Application property of a fence: its epoch. */
const FENCE_EPOCH = 'aos.fence.epoch';

export const fenceProperties = (epoch: number) => ({ [FENCE_EPOCH]: epoch });

/** The epoch of a fence; undefined: the message is none. */
export function fenceEpochOf(properties: Readonly<Record<string, unknown>> | undefined): number | undefined {
  const epoch = properties?.[FENCE_EPOCH];
  return epoch === undefined ? undefined : Number(epoch);
}

export const isFence = (received: ShardDelivery | ShardFence): received is ShardFence => 'epoch' in received;

/** Application property of a message that was sent on to another shard: its position. */
const POSITION = 'aos.position';

export const positionProperties = (position: bigint) => ({ [POSITION]: String(position) });

export function positionOf(
  properties: Readonly<Record<string, unknown>> | undefined,
  sequenceNumber: bigint,
): ShardDelivery['position'] {
  const position = properties?.[POSITION];
  return position === undefined ? sequenceNumber : BigInt(String(position));
}

/** Dead-letters what is not a message for an agent: nobody could ever handle it, and it must not hold up the rest. */
export async function toDelivery(
  receiver: ServiceBusSessionReceiver,
  received: ServiceBusReceivedMessage,
  logger: Logger,
): Promise<DeferrableDelivery | ShardFence | undefined> {
  const sequenceNumber = BigInt(received.sequenceNumber?.toString() ?? 0);
  const complete = () => settle(receiver.completeMessage(received));
  const epoch = fenceEpochOf(received.applicationProperties);
  if (epoch !== undefined) return { epoch, sequenceNumber, complete };
  const deadLetter = (deadLetterReason: string, deadLetterErrorDescription: string) =>
    settle(receiver.deadLetterMessage(received, { deadLetterReason, deadLetterErrorDescription }));
  const parsed = agentMessageSchema.safeParse(received.body);
  if (!parsed.success) {
    const why = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`).join('; ');
    logger.warn('a message that is no agent message was dead-lettered', { messageId: received.messageId, why });
    await deadLetter('InvalidMessage', `The body is not an agent message: ${why}`);
    return undefined;
  }
  return {
    message: parsed.data,
    trace: extractContext(received.applicationProperties),
    sequenceNumber,
    position: positionOf(received.applicationProperties, sequenceNumber),
    deliveryCount: received.deliveryCount ?? 0,
    complete,
    abandon: () => settle(receiver.abandonMessage(received)),
    defer: () => settle(receiver.deferMessage(received)),
    deadLetter,
  };
}

async function settle(call: Promise<void>): Promise<void> {
  await call.catch((error) => {
    throw toBusError(error, 'A message could not be settled');
  });
}
