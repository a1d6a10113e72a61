import type { Logger } from '../../../core/logger.ts';
import type { Consumer } from '../entity/consumer.ts';
import { BusFault } from '../entity/fault.ts';
import type { Delivery, ReceiveMode } from '../entity/message.ts';
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
  /** `wanted`: the client drains its credit; `answering`: what is ready is on its way, the word "drained" comes next. */
  #drain: 'no' | 'wanted' | 'answering' = 'no';
  /** The link has credit, but nothing can go out now: the attach or other links come first, or a window is full. */
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
    const { credit, session } = this.#link;
    const { outgoing } = session;
    const pending = outgoing.next_delivery_id - outgoing.next_pending_delivery;
    const window = Math.min(outgoing.available(), outgoing.transfer_window() - pending);
    const capacity = this.#attachPending() ? 0 : Math.min(credit - pending, window);
    this.#stalled = credit > 0 && !(capacity > 0);
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
    if (this.#drain !== 'no' && outgoing.next_pending_delivery === outgoing.next_delivery_id) this.#answerDrain();
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
      this.#drain = 'no';
      this.#wake();
    });
    this.#link.on('sender_draining', () => {
      this.#drain = 'wanted';
      this.#answerDrain();
    });
    for (const name of OUTCOMES) this.#link.on(name, ({ delivery }) => this.#settle(name, delivery));
    // It comes after the outcome's own event; what is still unsettled then had none, and goes back.
    this.#link.on('settled', ({ delivery }) => this.#settle('released', delivery));
    this.#sayDrained();
  }

  #wake(): void {
    this.#options.messages.wake(this.#options.sessionLock);
  }

  /** rhea writes transfers before attaches: they have to wait while an attach is not written yet. */
  #attachPending(): boolean {
    return this.#link.state.open_requests > 0;
  }

  /** Everything that is ready goes out first, then the flow that says "drained". */
  #answerDrain(): void {
    // `retry` comes back to it.
    if (this.#attachPending()) return;
    this.#drain = 'answering';
    this.#wake();
    this.#options.messages.dispatch();
    this.#link.set_drained(true);
    this.#link.connection._register();
  }

  /**
   * rhea says "drained" only if credit was left over. The client waits for that word also when the last of its credit
   * was just used up, and closes the link if it does not come. So the flow is made here: credit 0 and drain, always.
   */
  #sayDrained(): void {
    const link = this.#link;
    link._get_drain = () => {
      const { outgoing } = link.session;
      // What waits for the client's window needs its credit still; `retry` comes back to it.
      if (this.#drain !== 'answering' || outgoing.next_pending_delivery < outgoing.next_delivery_id) return false;
      this.#drain = 'no';
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
}
