import type { Appointment } from './agenda.ts';

/**
 * What a sender gave us; shared, never changed, by all copies of a message (one per subscription).
 * The AMQP bytes are kept as they came: decoding and encoding them again would lose types.
 */
export interface MessageContent {
  /** Properties, application properties, body and footer: the sections from 0x73 on, untouched. */
  readonly bare: Buffer;
  readonly messageId: string;
  readonly sessionId: string | undefined;
  readonly partitionKey: string | undefined;
  /** The sender's time to live; undefined: for ever. */
  readonly timeToLiveMs: number | undefined;
  /** When it shall become visible (Unix milliseconds), if it was sent ahead of its time. */
  readonly scheduledAtMs: number | undefined;
  readonly durable: boolean;
  readonly priority: number;
  /** The sender's own message annotations: encoded key and value, one after the other. */
  readonly annotations: readonly Buffer[];
  /** Encoded bytes of the whole message as it came, for the size limit. */
  readonly sizeBytes: number;
}

/** Numbers as in the annotation `x-opt-message-state`. */
export const messageStates = { active: 0, deferred: 1, scheduled: 2 } as const;
export type MessageState = keyof typeof messageStates;

/** Application properties that were written into a message after it was sent: name -> encoded AMQP value. */
export type ModifiedProperties = ReadonlyMap<string, Buffer>;

/** A message in one queue, subscription or dead-letter queue. Only that entity changes it. */
export class Message {
  readonly content: MessageContent;
  /** Grows without gaps in its entity. Numbers stay exact up to 2^53. */
  sequenceNumber: number;
  /** The number it got where it was sent to (a topic, or the queue it was dead-lettered from). */
  enqueuedSequenceNumber: number;
  enqueuedAtMs: number;
  expiresAtMs: number | undefined;
  /** Failed deliveries so far: 0 on the first one. */
  deliveryCount = 0;
  state: MessageState = 'active';
  lock: Lock | undefined = undefined;
  expiry: Appointment | undefined = undefined;
  modified: Map<string, Buffer> | undefined = undefined;
  deadLetter: DeadLetter | undefined = undefined;

  constructor(content: MessageContent, sequenceNumber: number, enqueuedSequenceNumber: number, enqueuedAtMs: number) {
    this.content = content;
    this.sequenceNumber = sequenceNumber;
    this.enqueuedSequenceNumber = enqueuedSequenceNumber;
    this.enqueuedAtMs = enqueuedAtMs;
  }

  modify(properties: ModifiedProperties | undefined): void {
    if (!properties?.size) return;
    this.modified ??= new Map();
    for (const [name, value] of properties) this.modified.set(name, value);
  }
}

export interface DeadLetter {
  /** Path of the entity it comes from. */
  source: string;
  reason: string | undefined;
  description: string | undefined;
}

/** A message that is with a receiver. It is found by its token, also after the receiver's link is gone. */
export interface Lock {
  /** Unique in the run of the broker; the protocol makes a GUID of it. */
  readonly token: number;
  readonly message: Message;
  /** Set in session entities: then the session's lock is the lock, and this one never expires by itself. */
  readonly session: HeldSession | undefined;
  lockedUntilMs: number;
  expiry: Appointment | undefined;
}

/** The lock of a session, as far as it concerns the messages that its holder has. */
export interface HeldSession {
  readonly session: { readonly id: string };
  readonly lockedUntilMs: number;
  readonly held: Set<Lock>;
}

/** A message on its way to a receiver; without a lock it is already deleted (receiveAndDelete). */
export interface Delivery {
  readonly message: Message;
  readonly lock: Lock | undefined;
}

export type ReceiveMode = 'peekLock' | 'receiveAndDelete';
