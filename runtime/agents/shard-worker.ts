import type { Clock } from '../core/clock.ts';
import { isAosError } from '../core/errors.ts';
import { Emitter } from '../core/events.ts';
import type { Logger } from '../core/logger.ts';
import type { ServiceBusManager, ShardDelivery, ShardReceiver } from '../messaging/service-bus-manager.ts';
import { HandledLog } from './handled-log.ts';
import { Mailbox, type MailboxResult } from './mailbox.ts';
import type { ReplicaDirectory } from './replica-directory.ts';
import { planShards } from './shard-assignment.ts';

export interface ShardWorkerOptions {
  replica: string;
  numShards: number;
  bus: ServiceBusManager;
  directory: ReplicaDirectory;
  /** Handles one message and settles it. */
  handle: (delivery: ShardDelivery, handled: HandledLog, shardSignal: AbortSignal) => Promise<MailboxResult>;
  /** Called before the first message of a taken shard is handled, and after the last one of a given-up shard. */
  onTaken: (shard: number) => Promise<void>;
  onGiven: (shard: number) => Promise<void>;
  clock: Clock;
  logger: Logger;
}

/** Pause between two looks at who holds what. */
const TICK_MS = 500;

interface HeldShard {
  /** Undefined while it is being taken. */
  receiver: ShardReceiver | undefined;
  mailboxes: Map<string, Mailbox<ShardDelivery>>;
  /** Aborts when the shard is lost: what is being handled must not be settled any more. */
  lost: AbortController;
  idle: Emitter<void>;
}

/**
 * Takes its fair share of the shards, as Service Bus sessions, and hands their messages to the agents: agents in parallel,
 * the messages of one agent in order. The session lock is the ownership; the directory only says where to look.
 */
export class ShardWorker {
  readonly #options: ShardWorkerOptions;
  readonly #held = new Map<number, HeldShard>();
  readonly #changed = new Emitter<void>();
  #stopped = false;
  #timer: Disposable | undefined;
  #tick: Promise<void> = Promise.resolve();

  readonly onChanged = this.#changed.event;

  constructor(options: ShardWorkerOptions) {
    this.#options = options;
  }

  /** Numbers of the shards this replica holds, ascending. */
  get shards(): number[] {
    return [...this.#held]
      .filter(([, held]) => held.receiver)
      .map(([shard]) => shard)
      .sort((a, b) => a - b);
  }

  /** Shard → messages received and not yet settled. */
  get backlog(): Record<number, number> {
    return Object.fromEntries([...this.#held].map(([shard, held]) => [shard, waitingIn(held)]));
  }

  /** Takes shards now, and goes on by itself. Resolves after the first try. */
  async start(): Promise<void> {
    await this.#balance();
    this.#schedule();
  }

  /** Drains: takes nothing new, finishes and settles what it holds, gives every shard up. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.[Symbol.dispose]();
    await this.#tick;
    await Promise.all([...this.#held.keys()].map((shard) => this.#give(shard)));
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#timer = this.#options.clock.setTimeout(() => {
      this.#tick = this.#balance().finally(() => this.#schedule());
    }, TICK_MS);
  }

  async #balance(): Promise<void> {
    const { directory, replica, numShards, logger } = this.#options;
    try {
      const others = (await directory.others()).map(({ view }) => ({ replica: view.replica, shards: view.shards }));
      const plan = planShards({ replica, held: [...this.#held.keys()], others, numShards });
      await Promise.all(plan.give.map((shard) => this.#give(shard)));
      await this.#takeSome(plan.take, plan.candidates);
    } catch (error) {
      logger.warn('shards could not be balanced; tried again soon', { error });
    }
  }

  /** Takes `count` of the candidates: as many at once as are wanted, the next ones for those that turn out to be locked. */
  async #takeSome(count: number, candidates: readonly number[]): Promise<void> {
    const left = [...candidates];
    let missing = count;
    while (missing > 0 && left.length > 0 && !this.#stopped) {
      const taken = await Promise.all(left.splice(0, missing).map((shard) => this.#take(shard)));
      missing -= taken.filter(Boolean).length;
    }
  }

  /** @returns false if another replica holds it */
  async #take(shard: number): Promise<boolean> {
    const { bus, clock, logger, onTaken } = this.#options;
    const held: HeldShard = {
      receiver: undefined,
      mailboxes: new Map(),
      lost: new AbortController(),
      idle: new Emitter(),
    };
    const early: ShardDelivery[] = [];
    let handled: HandledLog | undefined;
    this.#held.set(shard, held);
    try {
      held.receiver = await bus.openShard(shard, {
        onMessage: (delivery) => (handled ? this.#deliver(held, handled, delivery) : void early.push(delivery)),
        onClosed: (reason) => this.#lose(shard, held, reason),
      });
      const log = await HandledLog.open(held.receiver, clock);
      await onTaken(shard);
      handled = log;
    } catch (error) {
      this.#held.delete(shard);
      if (isAosError(error) && error.details?.locked === true) return false;
      throw error;
    }
    for (const delivery of early) this.#deliver(held, handled, delivery);
    logger.info('took a shard', { shard });
    this.#changed.fire();
    return true;
  }

  #deliver(held: HeldShard, handled: HandledLog, delivery: ShardDelivery): void {
    const agentId = delivery.message.agent_id;
    let mailbox = held.mailboxes.get(agentId);
    if (!mailbox) {
      mailbox = new Mailbox<ShardDelivery>(
        (item) => this.#options.handle(item, handled, held.lost.signal),
        () => this.#onMailboxIdle(held, agentId),
      );
      held.mailboxes.set(agentId, mailbox);
    }
    mailbox.add(delivery);
  }

  #onMailboxIdle(held: HeldShard, agentId: string): void {
    if (held.mailboxes.get(agentId)?.empty) held.mailboxes.delete(agentId);
    held.idle.fire();
  }

  /** Gives a shard up in good order: no new message, what is held is finished, then the session is released. */
  async #give(shard: number): Promise<void> {
    const held = this.#held.get(shard);
    if (!held?.receiver) return;
    await held.receiver.pause();
    await this.#drained(held);
    await this.#options.onGiven(shard);
    this.#held.delete(shard);
    held.lost.abort(new Error('the shard was given up'));
    await held.receiver.close();
    this.#options.logger.info('gave a shard up', { shard });
    this.#changed.fire();
  }

  #drained(held: HeldShard): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (!held.lost.signal.aborted && [...held.mailboxes.values()].some((mailbox) => mailbox.busy)) return;
        listener.dispose();
        held.lost.signal.removeEventListener('abort', check);
        resolve();
      };
      const listener = held.idle.event(check);
      held.lost.signal.addEventListener('abort', check, { once: true });
      check();
    });
  }

  #lose(shard: number, held: HeldShard, reason: unknown): void {
    if (this.#held.get(shard) !== held || held.lost.signal.aborted) return;
    this.#held.delete(shard);
    held.lost.abort(reason instanceof Error ? reason : new Error('the shard was lost'));
    for (const mailbox of held.mailboxes.values()) mailbox.close();
    this.#options.logger.warn('lost a shard', { shard, reason });
    this.#changed.fire();
  }
}

function waitingIn(held: HeldShard): number {
  return [...held.mailboxes.values()].reduce((sum, mailbox) => sum + mailbox.size, 0);
}
