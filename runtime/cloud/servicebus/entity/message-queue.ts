import type { Agenda } from './agenda.ts';
import { type Consumer, ConsumerRing } from './consumer.ts';
import { BusFault, messageLockLost, messageNotFound, sessionLockLost } from './fault.ts';
import {
  type DeadLetter,
  type Delivery,
  type Lock,
  Message,
  type MessageContent,
  type ModifiedProperties,
  type ReceiveMode,
} from './message.ts';
import { ReadyList } from './ready-list.ts';
import { type Session, type SessionLock, SessionTable } from './session-table.ts';

export interface MessageQueueOptions {
  /** As in addresses, e.g. `orders`, `events/Subscriptions/all`, `orders/$DeadLetterQueue`. */
  path: string;
  requiresSession: boolean;
  lockDurationMs: number;
  maxDeliveryCount: number;
  defaultMessageTimeToLiveMs: number | undefined;
  deadLetteringOnMessageExpiration: boolean;
  agenda: Agenda;
  nextLockToken: () => number;
  /** Where failed messages go; undefined in a dead-letter queue, whose messages neither expire nor fail for good. */
  deadLetterQueue: MessageQueue | undefined;
}

export interface DeadLetterRequest {
  reason?: string | undefined;
  description?: string | undefined;
  properties?: ModifiedProperties | undefined;
}

/**
 * The receiving half of an entity: what a queue, a subscription and a dead-letter queue have in common. Messages wait
 * (ready), are with a receiver (locked) or put aside (deferred). It hands them to its consumers once per tick.
 */
export class MessageQueue {
  readonly options: MessageQueueOptions;
  /** Present if the entity requires sessions; then messages wait in their session. */
  readonly sessions: SessionTable | undefined;
  readonly #agenda: Agenda;
  /** Every message, in order of its sequence number, as a Map keeps the order of insertion. */
  readonly #messages = new Map<number, Message>();
  readonly #ready = new ReadyList();
  readonly #locks = new Map<number, Lock>();
  readonly #consumers = new ConsumerRing();
  readonly #awakeSessions = new Set<SessionLock>();
  #lastSequenceNumber = 0;
  #deferredCount = 0;
  #dispatchQueued = false;

  constructor(options: MessageQueueOptions) {
    this.options = options;
    this.#agenda = options.agenda;
    if (options.requiresSession) {
      this.sessions = new SessionTable({
        agenda: options.agenda,
        lockDurationMs: options.lockDurationMs,
        giveBack: (lock, failed) => this.#giveBack(lock, failed),
      });
    }
  }

  get deadLetterQueue(): MessageQueue | undefined {
    return this.options.deadLetterQueue;
  }

  nextSequenceNumber(): number {
    return ++this.#lastSequenceNumber;
  }

  // ---- in

  /** Adds a new message; `enqueuedSequenceNumber` is the number it had where it was sent to, if that was elsewhere. */
  enqueue(content: MessageContent, enqueuedSequenceNumber?: number): Message {
    const sequenceNumber = this.nextSequenceNumber();
    const nowMs = this.#agenda.now();
    const message = new Message(content, sequenceNumber, enqueuedSequenceNumber ?? sequenceNumber, nowMs);
    this.#setExpiry(message);
    if (this.sessions && content.sessionId === undefined) {
      // Only a topic can bring such a message here: a queue refuses it. Azure dead-letters it with these texts.
      const description = "Session enabled entity doesn't allow a message whose session identifier is null.";
      this.#deadLetter(message, { reason: 'Session ID is null.', description });
      return message;
    }
    this.#messages.set(sequenceNumber, message);
    const session = this.#sessionOf(message);
    if (session) session.messageCount++;
    this.#makeReady(message, session);
    return message;
  }

  #setExpiry(message: Message): void {
    if (!this.deadLetterQueue) return;
    const own = message.content.timeToLiveMs ?? Number.POSITIVE_INFINITY;
    const timeToLiveMs = Math.min(own, this.options.defaultMessageTimeToLiveMs ?? Number.POSITIVE_INFINITY);
    if (timeToLiveMs === Number.POSITIVE_INFINITY) return;
    message.expiresAtMs = message.enqueuedAtMs + timeToLiveMs;
    message.expiry = this.#agenda.at(message.expiresAtMs, () => this.#expireUnlessLocked(message));
  }

  #receiveDeadLetter(from: Message, deadLetter: DeadLetter): void {
    const message = new Message(
      from.content,
      this.nextSequenceNumber(),
      from.enqueuedSequenceNumber,
      from.enqueuedAtMs,
    );
    message.deliveryCount = from.deliveryCount;
    message.modified = from.modified;
    message.deadLetter = deadLetter;
    this.#messages.set(message.sequenceNumber, message);
    this.#makeReady(message, undefined);
  }

  // ---- out

  addConsumer(consumer: Consumer): void {
    this.#consumers.add(consumer);
    this.wake();
  }

  removeConsumer(consumer: Consumer): void {
    this.#consumers.remove(consumer);
  }

  /** Hands out messages at the end of this tick: to be called when a consumer can take (more) messages. */
  wake(lock?: SessionLock): void {
    if (lock) this.#awakeSessions.add(lock);
    if (this.#dispatchQueued) return;
    this.#dispatchQueued = true;
    queueMicrotask(() => this.dispatch());
  }

  /** Hands out messages now. */
  dispatch(): void {
    this.#dispatchQueued = false;
    for (const lock of this.#awakeSessions) {
      this.#awakeSessions.delete(lock);
      this.#dispatchSession(lock);
    }
    while (this.#ready.length > 0) {
      const consumer = this.#consumers.next();
      if (!consumer) return;
      const delivery = this.take(consumer.mode);
      if (delivery) consumer.deliver(delivery);
    }
  }

  #dispatchSession(lock: SessionLock): void {
    while (lock.consumer && lock.session.ready.length > 0 && lock.consumer.capacity() > 0) {
      const delivery = this.take(lock.consumer.mode, lock);
      if (delivery) lock.consumer.deliver(delivery);
    }
  }

  /** The next message (of the session), locked, or deleted if the mode is receiveAndDelete. */
  take(mode: ReceiveMode, sessionLock?: SessionLock): Delivery | undefined {
    const ready = sessionLock ? sessionLock.session.ready : this.#ready;
    const nowMs = this.#agenda.now();
    for (;;) {
      const message = ready.take();
      if (!message) return undefined;
      if (message.expiresAtMs !== undefined && message.expiresAtMs <= nowMs) this.#expire(message);
      else return this.#hand(message, mode, sessionLock);
    }
  }

  /**
   * Deferred messages, by sequence number: all of them, or none.
   * @throws BusFault message-not-found
   */
  takeDeferred(sequenceNumbers: readonly number[], mode: ReceiveMode, sessionLock?: SessionLock): Delivery[] {
    const messages = [...new Set(sequenceNumbers)].map((sequenceNumber) => {
      const message = this.#messages.get(sequenceNumber);
      const free = message?.state === 'deferred' && !message.lock;
      if (!free || (sessionLock && message.content.sessionId !== sessionLock.session.id))
        throw messageNotFound(sequenceNumber);
      return message;
    });
    return messages.map((message) => this.#hand(message, mode, sessionLock));
  }

  #hand(message: Message, mode: ReceiveMode, sessionLock: SessionLock | undefined): Delivery {
    if (mode === 'receiveAndDelete') {
      this.#remove(message);
      return { message, lock: undefined };
    }
    const lock: Lock = {
      token: this.options.nextLockToken(),
      message,
      session: sessionLock,
      lockedUntilMs: 0,
      expiry: undefined,
    };
    message.lock = lock;
    this.#locks.set(lock.token, lock);
    if (sessionLock) sessionLock.held.add(lock);
    else this.#startLock(lock);
    return { message, lock };
  }

  // ---- settling

  /** @throws BusFault message-lock-lost or session-lock-lost */
  complete(token: number): void {
    this.#remove(this.#unlock(token));
  }

  /** Gives the message back: a failed delivery. */
  abandon(token: number, properties?: ModifiedProperties): void {
    const message = this.#unlock(token);
    message.modify(properties);
    this.#failed(message);
  }

  /** Puts the message aside: from now on only `takeDeferred` finds it. */
  defer(token: number, properties?: ModifiedProperties): void {
    const message = this.#unlock(token);
    message.modify(properties);
    message.deliveryCount++;
    if (message.state !== 'deferred') this.#deferredCount++;
    message.state = 'deferred';
    this.#refreshSession(message);
  }

  deadLetter(token: number, request: DeadLetterRequest): void {
    if (!this.deadLetterQueue)
      throw new BusFault('not-allowed', 'A message of a dead-letter queue cannot be dead-lettered again.');
    const message = this.#unlock(token);
    message.modify(request.properties);
    this.#remove(message);
    this.#deadLetter(message, request);
  }

  /** @returns until when the message is locked now (Unix milliseconds) */
  renew(token: number): number {
    const lock = this.#validLock(token);
    if (lock.session)
      throw new BusFault(
        'not-allowed',
        'A message of a session has no lock of its own: renew the lock of the session.',
      );
    this.#agenda.cancel(lock.expiry);
    this.#startLock(lock);
    return lock.lockedUntilMs;
  }

  #startLock(lock: Lock): void {
    lock.lockedUntilMs = this.#agenda.now() + this.options.lockDurationMs;
    lock.expiry = this.#agenda.at(lock.lockedUntilMs, () => this.#giveBack(lock, true));
  }

  #validLock(token: number): Lock {
    const lock = this.#locks.get(token);
    if (!lock) throw messageLockLost();
    const nowMs = this.#agenda.now();
    if (lock.session) {
      if (lock.session.lockedUntilMs <= nowMs) throw sessionLockLost(lock.session.session.id);
    } else if (lock.lockedUntilMs <= nowMs) throw messageLockLost();
    return lock;
  }

  #unlock(token: number): Message {
    const lock = this.#validLock(token);
    lock.session?.held.delete(lock);
    this.#dropLock(lock);
    return lock.message;
  }

  #dropLock(lock: Lock): void {
    this.#agenda.cancel(lock.expiry);
    this.#locks.delete(lock.token);
    lock.message.lock = undefined;
  }

  /** The lock ran out, or its session was lost. */
  #giveBack(lock: Lock, failed: boolean): void {
    this.#dropLock(lock);
    if (failed) this.#failed(lock.message);
    else this.#makeWaiting(lock.message);
  }

  #failed(message: Message): void {
    message.deliveryCount++;
    const { maxDeliveryCount } = this.options;
    if (!this.deadLetterQueue || message.deliveryCount < maxDeliveryCount) {
      this.#makeWaiting(message);
      return;
    }
    this.#remove(message);
    const description = `Message could not be consumed after ${maxDeliveryCount} delivery attempts.`;
    this.#deadLetter(message, { reason: 'MaxDeliveryCountExceeded', description });
  }

  /** After a failed delivery: a deferred message stays deferred, any other one is ready again. */
  #makeWaiting(message: Message): void {
    const expired = message.expiresAtMs !== undefined && message.expiresAtMs <= this.#agenda.now();
    if (expired) this.#expire(message);
    else if (message.state === 'deferred') this.#refreshSession(message);
    else this.#makeReady(message, this.#sessionOf(message));
  }

  #makeReady(message: Message, session: Session | undefined): void {
    if (!session) {
      this.#ready.add(message);
      if (this.#consumers.size > 0) this.wake();
      return;
    }
    session.ready.add(message);
    if (session.lock) this.wake(session.lock);
    else this.sessions!.refresh(session);
  }

  // ---- the end of a message

  #expireUnlessLocked(message: Message): void {
    // A receiver that holds it may still settle it; what it gives back is expired then.
    if (message.lock) return;
    if (message.state === 'active') (this.#sessionOf(message)?.ready ?? this.#ready).remove(message);
    this.#expire(message);
  }

  #expire(message: Message): void {
    this.#remove(message);
    if (!this.options.deadLetteringOnMessageExpiration) return;
    this.#deadLetter(message, {
      reason: 'TTLExpiredException',
      description: 'The message expired and was dead lettered.',
    });
  }

  #deadLetter(message: Message, { reason, description }: DeadLetterRequest): void {
    this.#agenda.cancel(message.expiry);
    const { deadLetterQueue } = this;
    if (deadLetterQueue)
      deadLetterQueue.#receiveDeadLetter(message, { source: this.options.path, reason, description });
  }

  #remove(message: Message): void {
    this.#agenda.cancel(message.expiry);
    this.#messages.delete(message.sequenceNumber);
    if (message.state === 'deferred') this.#deferredCount--;
    const session = this.#sessionOf(message);
    if (!session) return;
    session.messageCount--;
    this.sessions!.refresh(session);
  }

  #sessionOf({ content }: Message): Session | undefined {
    return content.sessionId === undefined ? undefined : this.sessions?.getOrCreate(content.sessionId);
  }

  #refreshSession(message: Message): void {
    const session = this.#sessionOf(message);
    if (session) this.sessions!.refresh(session);
  }

  // ---- looking

  /** Messages from a sequence number on, locked and deferred ones too; nothing changes. */
  *peek(fromSequenceNumber: number): Generator<Message> {
    for (const message of this.#messages.values()) {
      if (message.sequenceNumber >= fromSequenceNumber) yield message;
    }
  }

  counts(): { active: number; deferred: number; locked: number } {
    const deferred = this.#deferredCount;
    return { active: this.#messages.size - deferred, deferred, locked: this.#locks.size };
  }
}
