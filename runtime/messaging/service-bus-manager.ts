import type { TokenCredential } from '@azure/identity';
import {
  RetryMode,
  ServiceBusClient,
  type ServiceBusMessage,
  type ServiceBusSender,
  type ServiceBusSessionReceiver,
} from '@azure/service-bus';
import { context } from '@opentelemetry/api';
import Long from 'long';
import type { AgentMessage } from '../contracts/messages.ts';
import { AosError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { injectContext } from '../telemetry/propagation.ts';
import type { Meters } from '../telemetry/telemetry.ts';
import { toBusError } from './bus-errors.ts';
import { receiveDeferred } from './deferred.ts';
import { AGENT_EVENTS, AGENT_MESSAGES, sessionOf } from './entities.ts';
import { emulatorPort, tuneLoopback } from './loopback-socket.ts';
import { Outbox } from './outbox.ts';
import {
  type DeferrableDelivery,
  fenceProperties,
  isFence,
  positionProperties,
  type ShardDelivery,
  type ShardFence,
  toDelivery,
} from './shard-delivery.ts';

export type { DeferrableDelivery, ShardDelivery, ShardFence } from './shard-delivery.ts';

export interface ServiceBusManagerOptions {
  /** A connection string, or a namespace with an identity. */
  connection: string | { fullyQualifiedNamespace: string; credential: TokenCredential };
  /** Sessions there are: as many as there ever were shards. */
  numShards: number;
  logger: Logger;
  meters?: Pick<Meters, 'messagesSent' | 'messagesConsumed'>;
}

/** A shard that this process holds: nobody else receives its messages. */
export interface ShardReceiver {
  readonly shard: number;
  /** What the shard's owners keep with it, at most 256 KiB; undefined before the first write. */
  readState(): Promise<Uint8Array | undefined>;
  /** @throws AosError AOS_SERVICE_BUS if this process does not own the shard any more */
  writeState(state: Uint8Array): Promise<void>;
  /**
   * Receives messages that were put aside in this shard, to be settled like others; given back, one is put aside again. Those
   * that are not put aside (any more) are left out.
   * @throws AosError AOS_SERVICE_BUS; then the shard is lost, and what was received of it is given back
   */
  receiveDeferred(sequenceNumbers: readonly bigint[]): Promise<DeferrableDelivery[]>;
  /** No new message after this; what was delivered can still be settled. */
  pause(): void;
  /** Releases the shard. Messages that are not settled go to its next owner. */
  close(): Promise<void>;
}

export interface ShardHandlers {
  onMessage: (delivery: DeferrableDelivery) => void;
  /** In its turn among the messages. Default: it stays in the shard. */
  onFence?: (fence: ShardFence) => void;
  /** Called once when the shard is lost: its lock, or the connection. Not called after `close()`. */
  onClosed: (reason: Error) => void;
}

/** Messages of a batch; the shard is held until `close()`. */
export interface ShardBatch {
  readonly deliveries: readonly ShardDelivery[];
  close(): Promise<void>;
}

/** Messages received and not settled at a time: the batch size of the guide (R34). */
const MAX_BATCH = 100;
/** Longest wait for a batch (R34). */
const MAX_WAIT_MS = 5000;
/** A shard is held as long as its owner lives; the SDK wants a number. */
const TEN_YEARS_MS = 10 * 365 * 24 * 3_600_000;

/** Everything the runtime does on Service Bus: events to agents by shard, and what agents publish. */
export class ServiceBusManager {
  readonly #client: ServiceBusClient;
  readonly #numShards: number;
  readonly #logger: Logger;
  readonly #meters: ServiceBusManagerOptions['meters'];
  readonly #senders = new Map<string, ServiceBusSender>();
  #published: Outbox | undefined;

  constructor({ connection, numShards, logger, meters }: ServiceBusManagerOptions) {
    this.#numShards = numShards;
    this.#logger = logger;
    this.#meters = meters;
    const options = {
      retryOptions: { mode: RetryMode.Exponential, maxRetries: 3, retryDelayInMs: 500, timeoutInMs: 15_000 },
    };
    if (typeof connection === 'string') {
      const port = emulatorPort(connection);
      if (port !== undefined) tuneLoopback(port);
      this.#client = new ServiceBusClient(connection, options);
    } else {
      this.#client = new ServiceBusClient(connection.fullyQualifiedNamespace, connection.credential, options);
    }
  }

  /**
   * Sends a message to the agents of a shard (R44). Resolves when the bus has taken it; the same `event_id` within ten
   * minutes is the same message.
   * @throws AosError AOS_MESSAGE_TOO_LARGE, AOS_SERVICE_BUS, AOS_BAD_REQUEST for a shard that does not exist
   */
  async sendToShard(
    shard: number,
    message: AgentMessage,
    options: { signal?: AbortSignal | undefined } = {},
  ): Promise<void> {
    this.#checkShard(shard);
    await this.#send(AGENT_MESSAGES, toServiceBusMessage(shard, message), options.signal);
  }

  /** Sends a delivered message to another shard, once however often it is tried; complete it afterwards. @throws as above */
  async forward({ message, sequenceNumber, position, trace }: ShardDelivery, shard: number): Promise<void> {
    this.#checkShard(shard);
    const sent = context.with(trace, () => toServiceBusMessage(shard, message));
    const forwarded = {
      ...sent,
      // Its own id is known to the bus, which would drop it.
      messageId: `forwarded-${sequenceNumber}`,
      applicationProperties: { ...sent.applicationProperties, ...positionProperties(position) },
    };
    await this.#send(AGENT_MESSAGES, forwarded, undefined);
  }

  /** Puts a fence behind everything that was sent to the shard, see {@link ShardFence}. A repeated one is one. */
  async sendFence(shard: number, epoch: number): Promise<void> {
    this.#checkShard(shard);
    const fence = {
      body: { epoch },
      messageId: `fence-${epoch}-${shard}`,
      sessionId: sessionOf(shard),
      subject: 'aos.fence',
      contentType: 'application/json',
      applicationProperties: fenceProperties(epoch),
    };
    await this.#send(AGENT_MESSAGES, fence, undefined);
  }

  /**
   * Sends a message that the bus keeps back until a time.
   * @returns its sequence number, for {@link cancelScheduled}
   * @throws AosError AOS_MESSAGE_TOO_LARGE, AOS_SERVICE_BUS, AOS_BAD_REQUEST for a shard that does not exist
   */
  async scheduleToShard(shard: number, message: AgentMessage, at: Date, signal?: AbortSignal): Promise<string> {
    this.#checkShard(shard);
    try {
      const sent = toServiceBusMessage(shard, message);
      const [number] = await this.#sender(AGENT_MESSAGES).scheduleMessages(
        sent,
        at,
        signal ? { abortSignal: signal } : {},
      );
      this.#meters?.messagesSent.add(1, { entity: AGENT_MESSAGES });
      return String(number);
    } catch (error) {
      throw toBusError(error, 'The message could not be scheduled');
    }
  }

  /** @throws AosError AOS_SERVICE_BUS, also if the message is delivered or cancelled already */
  async cancelScheduled(sequenceNumber: string, signal?: AbortSignal): Promise<void> {
    try {
      const number = Long.fromString(sequenceNumber);
      await this.#sender(AGENT_MESSAGES).cancelScheduledMessages(number, signal ? { abortSignal: signal } : {});
    } catch (error) {
      throw toBusError(error, 'The scheduled message could not be cancelled');
    }
  }

  /**
   * Publishes on the topic `agent-events`.
   * @param event `messageId` makes a repeated publication one message (R38)
   * @throws AosError AOS_MESSAGE_TOO_LARGE, AOS_SERVICE_BUS
   */
  async publishEvent(event: {
    subject: string;
    body: unknown;
    messageId: string;
    correlationId?: string;
    signal?: AbortSignal | undefined;
  }): Promise<void> {
    const { signal, correlationId, ...message } = event;
    this.#published ??= new Outbox(this.#sender(AGENT_EVENTS));
    try {
      await this.#published.send(
        {
          ...message,
          ...(correlationId === undefined ? {} : { correlationId }),
          contentType: 'application/json',
          applicationProperties: traceProperties(),
        },
        signal,
      );
      this.#meters?.messagesSent.add(1, { entity: AGENT_EVENTS });
    } catch (error) {
      throw toBusError(error, `The event could not be published on ${AGENT_EVENTS}`);
    }
  }

  /**
   * Takes a shard and streams its messages, at most 100 unsettled ones at a time. The lock is renewed until `close()`.
   * @throws AosError AOS_SERVICE_BUS; `details.locked` is true if another replica holds the shard
   */
  async openShard(shard: number, { onMessage, onFence, onClosed }: ShardHandlers): Promise<ShardReceiver> {
    const receiver = await this.#accept(shard);
    let open = true;
    let paused = false;
    const lose = (reason: Error) => {
      if (!open) return;
      open = false;
      void receiver.close();
      onClosed(reason);
    };
    const closed = Promise.withResolvers<void>();
    receiver.subscribe(
      {
        processMessage: (received) => {
          // It stays with the shard. (To end the subscription instead would end the shard's lock with it, whenever the
          // broker takes more than 200 ms to drain the link, while messages are still being handled.)
          if (paused) return closed.promise;
          this.#meters?.messagesConsumed.add(1);
          const settled = Promise.withResolvers<void>();
          toDelivery(receiver, received, this.#logger).then(
            (delivery) => {
              const release = settled.resolve;
              if (!delivery || !open) release();
              else if (isFence(delivery))
                onFence?.({ ...delivery, complete: () => delivery.complete().finally(release) });
              else onMessage(releasing(delivery, { release, onStuck: lose }));
            },
            (error) => {
              this.#logger.warn('a message could not be dead-lettered', { error });
              settled.resolve();
            },
          );
          // The SDK asks for one message more when this resolves: so 100 are under way, and no more pile up here.
          return settled.promise;
        },
        processError: async ({ error, errorSource }) => {
          this.#logger.debug('the bus reported an error', { shard, errorSource, error });
          lose(error);
        },
      },
      { autoCompleteMessages: false, maxConcurrentCalls: MAX_BATCH },
    );
    const onState = async <T>(call: Promise<T>): Promise<T> =>
      call.catch((error) => {
        throw toBusError(error, `The state of shard ${shard} could not be reached`);
      });
    return {
      shard,
      readState: async () => {
        const state: unknown = await onState(receiver.getSessionState());
        return state instanceof Uint8Array ? state : undefined;
      },
      writeState: (state) => onState(receiver.setSessionState(Buffer.from(state))),
      receiveDeferred: async (sequenceNumbers) => {
        try {
          const received = await receiveDeferred(receiver, sequenceNumbers);
          const deliveries = await Promise.all(received.map((one) => toDelivery(receiver, one, this.#logger)));
          const release = () => undefined;
          return deliveries.filter(isDelivery).map((delivery) => releasing(delivery, { release, onStuck: lose }));
        } catch (cause) {
          const error = toBusError(cause, `What was put aside in shard ${shard} could not be received`);
          lose(error instanceof Error ? error : new Error(String(error)));
          throw error;
        }
      },
      pause: () => {
        paused = true;
      },
      close: async () => {
        open = false;
        closed.resolve();
        await receiver.close();
      },
    };
  }

  /**
   * Receives up to 100 messages of a shard within 5 s (R34), each to be settled by itself (R36). For tools and batch
   * jobs: a replica streams instead, since a batch waits a second for more after its first message.
   * @throws AosError AOS_SERVICE_BUS; `details.locked` is true if another replica holds the shard
   */
  async receiveBatch(
    shard: number,
    options: { maxMessages?: number; maxWaitMs?: number; signal?: AbortSignal } = {},
  ): Promise<ShardBatch> {
    const { maxMessages = MAX_BATCH, maxWaitMs = MAX_WAIT_MS, signal } = options;
    const receiver = await this.#accept(shard, signal);
    const close = () => receiver.close();
    try {
      const received = await receiver.receiveMessages(maxMessages, {
        maxWaitTimeInMs: maxWaitMs,
        ...(signal ? { abortSignal: signal } : {}),
      });
      this.#meters?.messagesConsumed.add(received.length);
      const deliveries = await Promise.all(received.map((message) => toDelivery(receiver, message, this.#logger)));
      return { deliveries: deliveries.filter(isDelivery), close };
    } catch (error) {
      await close();
      throw toBusError(error, `The messages of shard ${shard} could not be received`);
    }
  }

  async dispose(): Promise<void> {
    await this.#client.close();
  }

  async #send(entity: string, message: ServiceBusMessage, signal: AbortSignal | undefined): Promise<void> {
    try {
      await this.#sender(entity).sendMessages(message, signal ? { abortSignal: signal } : {});
      this.#meters?.messagesSent.add(1, { entity });
    } catch (error) {
      throw toBusError(error, `The message could not be sent to ${entity}`);
    }
  }

  #sender(entity: string): ServiceBusSender {
    const sender = this.#senders.get(entity) ?? this.#client.createSender(entity);
    this.#senders.set(entity, sender);
    return sender;
  }

  async #accept(shard: number, signal?: AbortSignal): Promise<ServiceBusSessionReceiver> {
    this.#checkShard(shard);
    try {
      return await this.#client.acceptSession(AGENT_MESSAGES, sessionOf(shard), {
        maxAutoLockRenewalDurationInMs: TEN_YEARS_MS,
        ...(signal ? { abortSignal: signal } : {}),
      });
    } catch (error) {
      throw toBusError(error, `Shard ${shard} could not be taken`);
    }
  }

  #checkShard(shard: number): void {
    if (Number.isInteger(shard) && shard >= 0 && shard < this.#numShards) return;
    throw new AosError('AOS_BAD_REQUEST', `There is no shard ${shard}: they are numbered 0 to ${this.#numShards - 1}.`);
  }
}

function toServiceBusMessage(shard: number, message: AgentMessage): ServiceBusMessage {
  return {
    body: message,
    messageId: message.event_id,
    sessionId: sessionOf(shard),
    subject: message.type,
    contentType: 'application/json',
    applicationProperties: traceProperties(),
  };
}

/** The trace that the message belongs to travels with it. */
const traceProperties = () => injectContext<Record<string, string>>({});

const isDelivery = (received: DeferrableDelivery | ShardFence | undefined): received is DeferrableDelivery =>
  received !== undefined && !isFence(received);

/**
 * The same delivery; `release` is called when it is settled, or when that failed for good. One that cannot even be given
 * back is `onStuck`: it comes again when the shard is let go, and not before.
 */
function releasing(
  delivery: DeferrableDelivery,
  { release, onStuck }: { release: () => void; onStuck: (reason: Error) => void },
): DeferrableDelivery {
  const orStuck = (call: Promise<void>) =>
    call
      .catch((error) => {
        onStuck(error);
        throw error;
      })
      .finally(release);
  return {
    ...delivery,
    complete: () => delivery.complete().finally(release),
    abandon: () => orStuck(delivery.abandon()),
    defer: () => orStuck(delivery.defer()),
    deadLetter: (reason, description) => delivery.deadLetter(reason, description).finally(release),
  };
}
