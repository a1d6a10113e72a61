import { Emitter, nextEvent } from '../core/events.ts';
import type { Logger } from '../core/logger.ts';
import type { ShardDelivery, ShardFence } from '../messaging/service-bus-manager.ts';
import type { LayoutChange } from './layout-change.ts';
import { Mailbox, type MailboxResult } from './mailbox.ts';
import type { Place } from './shard-layout.ts';

export interface HeldShardOptions {
  shard: number;
  change: LayoutChange;
  /** Handles one message and settles it. */
  handle: (delivery: ShardDelivery, shardSignal: AbortSignal) => Promise<MailboxResult>;
  /** Sends a message on to the shard that its agent lives in, and settles it. */
  forward: (delivery: ShardDelivery, to: number, shardSignal: AbortSignal) => Promise<MailboxResult>;
  /** Everything in front of the shard's fence is settled. Called again after a failure. */
  passFence: () => Promise<void>;
  logger: Logger;
}

/**
 * The messages of a shard that this replica holds, until they are settled: agents in parallel, the messages of one agent in
 * order. While the layout changes, what stands behind the fence waits for it, and what is for an agent whose old shard's
 * fence has not passed waits for that.
 */
export class HeldShard {
  readonly shard: number;
  readonly #options: HeldShardOptions;
  readonly #mailboxes = new Map<string, Mailbox<ShardDelivery>>();
  readonly #lost = new AbortController();
  readonly #idle = new Emitter<void>();
  #fence: ShardFence | undefined;
  #passing = false;
  #ending = false;
  #waiting: ShardDelivery[] = [];

  constructor(options: HeldShardOptions) {
    this.shard = options.shard;
    this.#options = options;
  }

  /** Aborts when the shard is lost or given up: what is being handled must not be settled any more. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  /** Messages received and not yet settled. */
  get size(): number {
    return this.#waiting.length + [...this.#mailboxes.values()].reduce((sum, mailbox) => sum + mailbox.size, 0);
  }

  add(delivery: ShardDelivery): void {
    if (this.#ending) return;
    const behindFence = this.#fence !== undefined && delivery.sequenceNumber > this.#fence.sequenceNumber;
    if (behindFence || this.#placeOf(delivery).do === 'hold') this.#waiting.push(delivery);
    else this.#mailboxOf(delivery.message.agent_id).add(delivery);
  }

  addFence(fence: ShardFence): void {
    const { change, logger } = this.#options;
    const { epoch } = change.layout;
    const awaited = fence.epoch === epoch && change.awaitsFence(this.shard) && !this.#fence;
    if (awaited || fence.epoch > epoch) {
      this.#fence = fence;
      this.tryFence();
      return;
    }
    // Of a change that is over; or one more, from a replica that started later, and the first one stands for it.
    fence
      .complete()
      .catch((error) => logger.warn('a fence could not be settled; it comes again', { shard: this.shard, error }));
  }

  /** Lets the fence pass if nothing in front of it is left. */
  tryFence(): void {
    const fence = this.#fence;
    // A fence of a layout that this replica does not run by is for the others.
    if (fence?.epoch !== this.#options.change.layout.epoch) return;
    if (this.#passing || this.#mailboxes.size > 0 || this.signal.aborted) return;
    this.#passing = true;
    this.#pass(fence)
      .catch((error) => this.#options.logger.warn('a fence could not pass; tried again', { shard: this.shard, error }))
      .finally(() => {
        this.#passing = false;
      });
  }

  /** Looks again at what waits: a fence has passed, here or elsewhere. */
  routeAgain(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const delivery of waiting) this.add(delivery);
  }

  /** Resolves when nothing is being handled. */
  async idle(): Promise<void> {
    while (this.#busy) await nextEvent(this.#idle.event);
  }

  /** Forgets what waits and what still comes, but not what is being handled: the broker delivers it to the next owner. */
  dropWaiting(): void {
    this.#ending = true;
    this.#waiting = [];
    for (const mailbox of this.#mailboxes.values()) mailbox.close();
  }

  /** As `dropWaiting`; and what is being handled must not be settled any more. */
  close(reason: Error): void {
    this.#lost.abort(reason);
    this.dropWaiting();
  }

  get #busy(): boolean {
    return [...this.#mailboxes.values()].some((mailbox) => mailbox.busy);
  }

  async #pass(fence: ShardFence): Promise<void> {
    await this.#options.passFence();
    await fence.complete();
    this.#fence = undefined;
    this.routeAgain();
  }

  #placeOf({ message }: ShardDelivery): Place {
    const { change } = this.#options;
    return message.workflow
      ? change.placeOfRun(this.shard, message.agent_id)
      : change.placeOf(this.shard, message.agent_id);
  }

  #mailboxOf(agentId: string): Mailbox<ShardDelivery> {
    const known = this.#mailboxes.get(agentId);
    if (known) return known;
    const mailbox = new Mailbox<ShardDelivery>(
      (delivery) => this.#handle(delivery),
      () => this.#onIdle(agentId),
    );
    this.#mailboxes.set(agentId, mailbox);
    return mailbox;
  }

  #handle(delivery: ShardDelivery): Promise<MailboxResult> {
    const place = this.#placeOf(delivery);
    if (place.do === 'forward') return this.#options.forward(delivery, place.to, this.signal);
    return this.#options.handle(delivery, this.signal);
  }

  #onIdle(agentId: string): void {
    if (this.#mailboxes.get(agentId)?.empty) this.#mailboxes.delete(agentId);
    this.#idle.fire();
    this.tryFence();
  }
}
