import { Emitter, nextEvent } from '../core/events.ts';
import type { Logger } from '../core/logger.ts';
import type { DeferrableDelivery, ShardDelivery, ShardFence } from '../messaging/service-bus-manager.ts';
import type { DeferredMessages } from './deferred-messages.ts';
import type { LayoutChange } from './layout-change.ts';
import { Mailbox, type MailboxResult } from './mailbox.ts';
import type { Place } from './shard-layout.ts';

export interface HeldShardOptions {
  shard: number;
  change: LayoutChange;
  isStopped: (agentId: string) => boolean;
  /** Handles one message and settles it. */
  handle: (delivery: ShardDelivery, shardSignal: AbortSignal) => Promise<MailboxResult>;
  /** Sends a message on to the shard that its agent lives in, and settles it. */
  forward: (delivery: ShardDelivery, to: number, shardSignal: AbortSignal) => Promise<MailboxResult>;
  /** Everything in front of the shard's fence is settled or put aside. Called again after a failure. */
  passFence: (deferred: DeferredMessages) => Promise<void>;
  logger: Logger;
}

/**
 * The messages of a shard that this replica holds, until they are settled: agents in parallel, the messages of one agent in
 * order. While the layout changes, what stands behind the fence waits for it, and what is for an agent whose old shard's
 * fence has not passed waits for that. What is for a stopped agent is put aside.
 */
export class HeldShard {
  readonly shard: number;
  readonly #options: HeldShardOptions;
  readonly #mailboxes = new Map<string, Mailbox<DeferrableDelivery>>();
  readonly #lost = new AbortController();
  readonly #idle = new Emitter<void>();
  /** Undefined once the shard is lost before it began. */
  readonly #begun = Promise.withResolvers<DeferredMessages | undefined>();
  #deferred: DeferredMessages | undefined;
  #fence: ShardFence | undefined;
  #passing = false;
  #ending = false;
  #waiting: DeferrableDelivery[] = [];

  constructor(options: HeldShardOptions) {
    this.shard = options.shard;
    this.#options = options;
  }

  /** Aborts when the shard is lost or given up: what is being handled must not be settled any more. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  /** Messages received and not yet settled, and those put aside. */
  get size(): number {
    const inMailboxes = [...this.#mailboxes.values()].reduce((sum, mailbox) => sum + mailbox.size, 0);
    return this.#waiting.length + inMailboxes + (this.#deferred?.size ?? 0);
  }

  /** The shard is taken, and it is known who is stopped and what was put aside: until now every message waits. */
  begin(deferred: DeferredMessages): void {
    this.#deferred = deferred;
    this.#begun.resolve(deferred);
    for (const agentId of deferred.agents) this.resume(agentId);
  }

  /** Handles what was put aside for an agent, unless it is still to wait. */
  resume(agentId: string): void {
    const deferred = this.#deferred;
    if (!deferred?.has(agentId) || this.#ending || this.#mustWait(deferred, agentId)) return;
    void this.#mailboxOf(agentId).run(() => this.#handleDeferred(deferred, agentId));
  }

  add(delivery: DeferrableDelivery): void {
    if (this.#ending) return;
    const behindFence = this.#fence !== undefined && delivery.sequenceNumber > this.#fence.sequenceNumber;
    if (behindFence || this.#placeOf(delivery).do === 'hold') this.#waiting.push(delivery);
    else this.#mailboxOf(mailboxKey(delivery)).add(delivery);
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
    this.#begun.resolve(undefined);
    this.dropWaiting();
  }

  get #busy(): boolean {
    return [...this.#mailboxes.values()].some((mailbox) => mailbox.busy);
  }

  async #pass(fence: ShardFence): Promise<void> {
    const deferred = await this.#begun.promise;
    if (!deferred) return;
    await this.#options.passFence(deferred);
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

  #mailboxOf(key: string): Mailbox<DeferrableDelivery> {
    const known = this.#mailboxes.get(key);
    if (known) return known;
    const mailbox: Mailbox<DeferrableDelivery> = new Mailbox(
      (delivery) => this.#handle(delivery, mailbox),
      () => this.#onIdle(key),
    );
    this.#mailboxes.set(key, mailbox);
    return mailbox;
  }

  async #handle(delivery: DeferrableDelivery, mailbox: Mailbox<DeferrableDelivery>): Promise<MailboxResult> {
    const { forward, handle } = this.#options;
    const place = this.#placeOf(delivery);
    if (place.do === 'forward') return forward(delivery, place.to, this.signal);
    // It is for a run of a workflow: nobody stops those.
    if (delivery.message.workflow) return handle(delivery, this.signal);
    const deferred = this.#deferred ?? (await this.#begun.promise);
    if (!deferred) return 'done';
    const { agent_id: agentId } = delivery.message;
    if (deferred.has(agentId)) await this.#handleDeferred(deferred, agentId);
    if (this.#mustWait(deferred, agentId)) {
      await deferred.putAside([delivery, ...mailbox.takeWaiting()]);
      return 'done';
    }
    // Something in front of it is left if the shard is let go meanwhile: both are the next owner's.
    return deferred.has(agentId) ? 'done' : handle(delivery, this.signal);
  }

  /** What was put aside comes before all that came later. Ends when nothing of it is left, or may be handled now. */
  async #handleDeferred(deferred: DeferredMessages, agentId: string): Promise<void> {
    while (deferred.has(agentId) && !this.#ending && !this.#mustWait(deferred, agentId)) {
      try {
        const delivery = await deferred.next(agentId);
        if (!delivery || this.#mustWait(deferred, agentId)) return;
        const result = await this.#options.handle(delivery, this.signal);
        if (this.signal.aborted) return;
        if (result === 'done') await deferred.done(delivery);
        else deferred.returned(delivery);
      } catch (error) {
        this.#options.logger.warn('what was put aside could not be received', { shard: this.shard, agentId, error });
        return;
      }
    }
  }

  #mustWait(deferred: DeferredMessages, agentId: string): boolean {
    const { change, isStopped } = this.#options;
    if (isStopped(agentId) || deferred.awaits(agentId)) return true;
    // It moves with its agent when the fence passes, in one piece: nothing of it is handled here any more.
    return deferred.has(agentId) && change.awaitsFence(this.shard) && change.movesFrom(this.shard, agentId);
  }

  #onIdle(key: string): void {
    this.resume(key);
    if (this.#mailboxes.get(key)?.empty) this.#mailboxes.delete(key);
    this.#idle.fire();
    this.tryFence();
  }
}

/** The agent's id; a run of a workflow may have the same one. */
const mailboxKey = ({ message }: ShardDelivery) => (message.workflow ? `run ${message.agent_id}` : message.agent_id);
