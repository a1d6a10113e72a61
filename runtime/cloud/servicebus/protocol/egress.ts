import type { Logger } from '../../../core/logger.ts';
import type { Consumer } from '../entity/consumer.ts';
import { BusFault } from '../entity/fault.ts';
import type { Delivery, ReceiveMode } from '../entity/locks.ts';
import type { MessageQueue } from '../entity/message-queue.ts';
import type { SessionLock } from '../entity/session-table.ts';
import { toWireError } from './conditions.ts';
import { type Dispositions, rejectedWith } from './dispositions.ts';
import type { LockTokens } from './lock-token.ts';
import { encodeMessage } from './message-codec.ts';
import type { RheaContext, RheaDelivery, RheaSender } from './rhea.ts';
import { applyOutcome, type OutcomeName } from './settlement.ts';

export interface EgressOptions {
  link: RheaSender;
  messages: MessageQueue;
  /** Set if the link has locked a session: it gets that session's messages and no others. */
  sessionLock?: SessionLock | undefined;
  dispositions: Dispositions;
  tokens: LockTokens;
  logger: Logger;
}

const OUTCOMES: readonly OutcomeName[] = ['accepted', 'rejected', 'modified', 'released'];
const SETTLED = 1; // snd-settle-mode

/** A link on which a client receives. Messages come as its credit allows; dispositions go back to the entity. */
export class EgressLink implements Consumer {
  readonly mode: ReceiveMode;
  readonly #options: EgressOptions;
  readonly #link: RheaSender;
  /** What the client has not settled yet, with the lock's token. */
  readonly #unsettled = new Map<RheaDelivery, number>();
  #deliveryTag = 0;
  #draining = false;
  /** The link has credit, but the session lets nothing through now: its windows are full, or others write first. */
  #stalled = false;
  #closed = false;

  constructor(options: EgressOptions) {
    this.#options = options;
    this.#link = options.link;
    this.mode = options.link.snd_settle_mode === SETTLED ? 'receiveAndDelete' : 'peekLock';
    this.#listen();
  }

  get sessionLock(): SessionLock | undefined {
    return this.#options.sessionLock;
  }

  /** Starts to take messages; to be called when the attach is on its way. */
  start(): void {
    const { messages, sessionLock } = this.#options;
    if (!sessionLock) {
      messages.addConsumer(this);
      return;
    }
    sessionLock.consumer = this;
    messages.wake(sessionLock);
  }

  /**
   * The link's credit, less what waits to be written, within what the session's windows allow. Where several links
   * share a session the others' share is taken off too: too little for a moment, never too much.
   */
  capacity(): number {
    if (this.#closed) return 0;
    const { outgoing } = this.#link.session;
    const pending = outgoing.next_delivery_id - outgoing.next_pending_delivery;
    const credit = this.#link.credit - pending;
    const window = Math.min(outgoing.available(), outgoing.transfer_window() - pending);
    const capacity = Math.min(credit, window);
    this.#stalled = this.#link.credit > 0 && !(capacity > 0);
    return capacity;
  }

  deliver({ message, lock }: Delivery): void {
    const { tokens } = this.#options;
    const lockedUntilMs = lock?.session?.lockedUntilMs ?? lock?.lockedUntilMs;
    const tag = tokens.toTag(lock ? lock.token : ++this.#deliveryTag);
    const delivery = this.#link.send(encodeMessage(message, { lockedUntilMs }), tag, 0);
    if (lock) this.#unsettled.set(delivery, lock.token);
  }

  /** To be called after each round of writing: a window may have opened, of which the link itself hears nothing. */
  retry(): void {
    if (this.#closed) return;
    const { outgoing } = this.#link.session;
    if (this.#draining && outgoing.next_pending_delivery === outgoing.next_delivery_id) this.#drain();
    else if (this.#stalled) this.#wake();
  }

  /**
   * The link is gone. Its session is free at once; a message without a session stays locked until its lock runs out.
   * @param failed the connection broke, so that what was with the client counts as a failed delivery
   */
  close({ failed }: { failed: boolean }): void {
    if (this.#closed) return;
    this.#closed = true;
    const { messages, sessionLock } = this.#options;
    for (const delivery of this.#unsettled.keys()) {
      // Nothing more will be said about them: the session's buffer must let go.
      delivery.settled = true;
      delivery.remote_settled = true;
    }
    this.#unsettled.clear();
    if (sessionLock) messages.sessions?.release(sessionLock, { failed });
    else messages.removeConsumer(this);
  }

  #listen(): void {
    this.#link.on('sender_flow', () => {
      // The last flow counts: one without drain takes an earlier drain back.
      this.#draining = false;
      this.#wake();
    });
    this.#link.on('sender_draining', () => this.#drain());
    for (const name of OUTCOMES) this.#link.on(name, ({ delivery }) => this.#settle(name, delivery));
    this.#link.on('settled', ({ delivery }) => this.#settledWithoutOutcome(delivery));
    this.#answerDrain();
  }

  #wake(): void {
    this.#options.messages.wake(this.#options.sessionLock);
  }

  /** Everything that is ready goes out first, then the flow that says "drained". */
  #drain(): void {
    this.#draining = true;
    this.#wake();
    this.#options.messages.dispatch();
    this.#link.set_drained(true);
    this.#link.connection._register();
  }

  /**
   * rhea says "drained" only if credit was left over. The client waits for that word also when the last of its credit
   * was just used up, and closes the link if it does not come. So the flow is made here: credit 0 and drain, always.
   */
  #answerDrain(): void {
    const link = this.#link;
    link._get_drain = () => {
      const { outgoing } = link.session;
      // What waits for the client's window needs its credit still; `retry` comes back to it.
      if (!this.#draining || outgoing.next_pending_delivery < outgoing.next_delivery_id) return false;
      this.#draining = false;
      link.delivery_count += link.credit;
      link.credit = 0;
      return true;
    };
  }

  #settle(name: OutcomeName, delivery: RheaContext['delivery']): void {
    const token = delivery && this.#unsettled.get(delivery);
    if (!delivery || token === undefined) return;
    this.#unsettled.delete(delivery);
    const { dispositions, messages, logger } = this.#options;
    try {
      dispositions.settle(this.#link, delivery, applyOutcome(name, delivery, messages, token), false);
    } catch (error) {
      if (!(error instanceof BusFault))
        logger.error(`Could not settle a message of '${messages.options.path}'`, { error });
      dispositions.settle(this.#link, delivery, rejectedWith(toWireError(error)), false);
    }
  }

  /** The client has no opinion: the message goes back. */
  #settledWithoutOutcome(delivery: RheaContext['delivery']): void {
    if (delivery && !delivery.remote_state) this.#settle('released', delivery);
  }
}
