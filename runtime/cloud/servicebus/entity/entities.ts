import type {
  ServiceBusQueue,
  ServiceBusStatus,
  ServiceBusSubscription,
  ServiceBusTopic,
} from '../../../contracts/servicebus.ts';
import type { Agenda } from './agenda.ts';
import { BusFault } from './fault.ts';
import { Inlet } from './inlet.ts';
import type { Message, MessageContent } from './message.ts';
import { MessageQueue } from './message-queue.ts';
import { type PeekRequest, peekFirst } from './peek.ts';
import { RuleSet } from './rules.ts';

/** What all entities of a namespace share. */
export interface EntityContext {
  agenda: Agenda;
  nextLockToken: () => number;
}

type Receivable = Omit<ServiceBusSubscription, 'name' | 'status'>;

/** A queue with its dead-letter queue. */
function createMessageQueue(path: string, description: Receivable, context: EntityContext): MessageQueue {
  const { requiresSession, lockDurationMs, maxDeliveryCount } = description;
  const common = { lockDurationMs, maxDeliveryCount, ...context };
  const deadLetterQueue = new MessageQueue({
    ...common,
    path: `${path}/$DeadLetterQueue`,
    requiresSession: false,
    defaultMessageTimeToLiveMs: undefined,
    deadLetteringOnMessageExpiration: false,
    deadLetterQueue: undefined,
  });
  return new MessageQueue({
    ...common,
    path,
    requiresSession,
    defaultMessageTimeToLiveMs: description.defaultMessageTimeToLiveMs,
    deadLetteringOnMessageExpiration: description.deadLetteringOnMessageExpiration,
    deadLetterQueue,
  });
}

/** @throws BusFault entity-disabled */
function checkStatus(path: string, status: ServiceBusStatus, direction: 'Send' | 'Receive'): void {
  if (status !== 'Disabled' && status !== `${direction}Disabled`) return;
  const what = status === 'Disabled' ? 'disabled' : `disabled for ${direction.toLowerCase()}`;
  throw new BusFault('entity-disabled', `Messaging entity '${path}' is currently ${what}.`);
}

export class Queue {
  readonly kind = 'queue';
  readonly path: string;
  readonly description: ServiceBusQueue;
  readonly messages: MessageQueue;
  readonly inlet: Inlet;

  constructor(description: ServiceBusQueue, context: EntityContext) {
    this.path = description.name;
    this.description = description;
    const messages = createMessageQueue(this.path, description, context);
    this.messages = messages;
    this.inlet = new Inlet({
      ...description,
      agenda: context.agenda,
      nextSequenceNumber: () => messages.nextSequenceNumber(),
      publish: (content) => messages.enqueue(content),
    });
  }

  checkSend(): void {
    checkStatus(this.path, this.description.status, 'Send');
  }

  checkReceive(): void {
    checkStatus(this.path, this.description.status, 'Receive');
  }

  /** Up to `count` messages by sequence number, scheduled ones too. */
  peek(request: PeekRequest): Message[] {
    return peekFirst(
      [this.messages.peek(request.fromSequenceNumber), this.inlet.peek(request.fromSequenceNumber)],
      request,
    );
  }
}

export class Subscription {
  readonly kind = 'subscription';
  readonly path: string;
  readonly description: ServiceBusSubscription;
  readonly messages: MessageQueue;
  readonly rules = new RuleSet();

  constructor(topicPath: string, description: ServiceBusSubscription, context: EntityContext) {
    this.path = `${topicPath}/Subscriptions/${description.name}`;
    this.description = description;
    this.messages = createMessageQueue(this.path, description, context);
  }

  checkReceive(): void {
    checkStatus(this.path, this.description.status, 'Receive');
  }

  peek(request: PeekRequest): Message[] {
    return peekFirst([this.messages.peek(request.fromSequenceNumber)], request);
  }
}

export class Topic {
  readonly kind = 'topic';
  readonly path: string;
  readonly description: ServiceBusTopic;
  readonly inlet: Inlet;
  readonly subscriptions = new Map<string, Subscription>();
  #lastSequenceNumber = 0;

  constructor(description: ServiceBusTopic, context: EntityContext) {
    this.path = description.name;
    this.description = description;
    for (const subscription of description.subscriptions) {
      this.subscriptions.set(subscription.name.toLowerCase(), new Subscription(this.path, subscription, context));
    }
    this.inlet = new Inlet({
      ...description,
      requiresSession: false,
      agenda: context.agenda,
      nextSequenceNumber: () => ++this.#lastSequenceNumber,
      publish: (content) => this.#publish(content),
    });
  }

  checkSend(): void {
    checkStatus(this.path, this.description.status, 'Send');
  }

  peek(request: PeekRequest): Message[] {
    return peekFirst([this.inlet.peek(request.fromSequenceNumber)], request);
  }

  #publish(content: MessageContent): void {
    const sequenceNumber = ++this.#lastSequenceNumber;
    const { defaultMessageTimeToLiveMs } = this.description;
    const limited = withTimeToLive(content, defaultMessageTimeToLiveMs);
    for (const { messages, rules } of this.subscriptions.values()) {
      for (const copy of rules.evaluate(limited)) messages.enqueue(copy, sequenceNumber);
    }
  }
}

/** The topic's limit holds for the copies too. */
function withTimeToLive(content: MessageContent, limitMs: number | undefined): MessageContent {
  if (limitMs === undefined || (content.timeToLiveMs ?? Number.POSITIVE_INFINITY) <= limitMs) return content;
  return { ...content, timeToLiveMs: limitMs };
}
