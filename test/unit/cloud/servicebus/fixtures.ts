import { Agenda } from '../../../../runtime/cloud/servicebus/entity/agenda.ts';
import type { Consumer } from '../../../../runtime/cloud/servicebus/entity/consumer.ts';
import type { Delivery, MessageContent, ReceiveMode } from '../../../../runtime/cloud/servicebus/entity/message.ts';
import { MessageQueue, type MessageQueueOptions } from '../../../../runtime/cloud/servicebus/entity/message-queue.ts';
import type { ManualClock } from '../../../../runtime/core/clock.ts';

let lastId = 0;

export function content(overrides: Partial<MessageContent> = {}): MessageContent {
  return {
    bare: Buffer.alloc(0),
    messageId: `message-${++lastId}`,
    sessionId: undefined,
    partitionKey: undefined,
    timeToLiveMs: undefined,
    scheduledAtMs: undefined,
    durable: false,
    priority: 4,
    annotations: [],
    sizeBytes: 100,
    ...overrides,
  };
}

/** A queue with a dead-letter queue, on a clock of the test's own. */
export function queueOn(clock: ManualClock, overrides: Partial<MessageQueueOptions> = {}): MessageQueue {
  const agenda = new Agenda(clock);
  let lastToken = 0;
  const options: MessageQueueOptions = {
    path: 'q',
    requiresSession: false,
    lockDurationMs: 60_000,
    maxDeliveryCount: 3,
    defaultMessageTimeToLiveMs: undefined,
    deadLetteringOnMessageExpiration: false,
    agenda,
    nextLockToken: () => ++lastToken,
    deadLetterQueue: undefined,
  };
  const deadLetterQueue = new MessageQueue({ ...options, path: 'q/$DeadLetterQueue' });
  return new MessageQueue({ ...options, deadLetterQueue, ...overrides });
}

/** A receiver with so much credit that notes what it gets. */
export class TestConsumer implements Consumer {
  readonly mode: ReceiveMode;
  readonly deliveries: Delivery[] = [];
  credit: number;

  constructor(credit: number, mode: ReceiveMode = 'peekLock') {
    this.credit = credit;
    this.mode = mode;
  }

  capacity(): number {
    return this.credit;
  }

  deliver(delivery: Delivery): void {
    this.credit--;
    this.deliveries.push(delivery);
  }

  /** Sequence numbers of what it got. */
  get numbers(): number[] {
    return this.deliveries.map(({ message }) => message.sequenceNumber);
  }
}
