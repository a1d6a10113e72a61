import { type Clock, sleep } from '../core/clock.ts';
import { isAosError } from '../core/errors.ts';
import { Emitter } from '../core/events.ts';
import type { Logger } from '../core/logger.ts';
import type { ServiceBusManager, ShardDelivery, ShardReceiver } from '../messaging/service-bus-manager.ts';
import { getShardId } from '../sharding/shard-id.ts';
import type { AgentSwitch } from './agent-switch.ts';
import { DeferredMessages, type DeferredMessagesOptions } from './deferred-messages.ts';
import { HandledLog } from './handled-log.ts';
import { HeldShard } from './held-shard.ts';
import type { LayoutChange } from './layout-change.ts';
import type { LifeBook } from './life-book.ts';
import type { MailboxResult } from './mailbox.ts';
import type { ReplicaDirectory } from './replica-directory.ts';
import { planShards } from './shard-assignment.ts';
import { Silence } from './silence.ts';

/** That a replica holds a shard. */
export interface Ownership {
  /** Aborts when the shard is lost: then its messages are the next owner's. */
  readonly signal: AbortSignal;
  /** To be called before anything that others can see: after a silence only the bus knows. @throws the signal's reason */
  confirm(): Promise<void>;
}

export interface ShardWorkerOptions {
  replica: string;
  change: LayoutChange;
  bus: Pick<ServiceBusManager, 'openShard' | 'forward'>;
  directory: Pick<ReplicaDirectory, 'others'>;
  /** Handles one message and settles it. */
  handle: (delivery: ShardDelivery, handled: HandledLog, owned: Ownership) => Promise<MailboxResult>;
  lives: Pick<LifeBook, 'takeOver' | 'handOver' | 'forget'>;
  /** Who is stopped, and where it is written down what waits for them. */
  switches: Pick<AgentSwitch, 'isStopped' | 'look' | 'onTurned'>;
  store: DeferredMessagesOptions['store'];
  /** Called when an agent of this replica was stopped, started or restarted; before anything that waited for that. */
  onTurned: (agentId: string) => Promise<void>;
  /** Called before the first message of a taken shard is handled, and when a shard was given up or lost. */
  onTaken: (shard: number) => Promise<void>;
  onGiven: (shard: number) => Promise<void>;
  /** The others have agreed on another layout, since this replica was taken for lost: it holds nothing any more. */
  onOutdated: () => void;
  clock: Clock;
  logger: Logger;
}

/** What a replica needs of whoever brings it the messages of its shards: a {@link ShardWorker}, or a host that has its own. */
export type Shards = Pick<ShardWorker, 'shards' | 'backlog' | 'onChanged' | 'start' | 'stop' | 'cutOff'>;

/** Pause between two looks at who holds what. */
const TICK_MS = 500;
/** How long a shard that is given up may go on with what was received; the next owner gets the rest. */
const DRAIN_MS = 5000;
/** Pause between two attempts to send a message on to another shard. */
const FORWARD_RETRY_MS = 500;

interface Taken {
  readonly held: HeldShard;
  deferred: DeferredMessages | undefined;
  /** Undefined while it is being taken. */
  receiver: ShardReceiver | undefined;
  /** How often this process had been silent when the bus last said that the shard is its own. */
  confirmedAfter: number;
}

/**
 * Takes its fair share of the shards, as Service Bus sessions, and hands their messages to the agents: agents in parallel,
 * the messages of one agent in order. The session lock is the ownership; the directory only says where to look.
 */
export class ShardWorker {
  readonly #options: ShardWorkerOptions;
  readonly #taken = new Map<number, Taken>();
  /** Shards that were lost while something of them was still being handled here. */
  readonly #ending = new Map<number, Promise<void>>();
  readonly #changed = new Emitter<void>();
  readonly #silence: Silence;
  readonly #turning: { dispose(): void };
  #stopped = false;
  #timer: Disposable | undefined;
  #tick: Promise<void> = Promise.resolve();

  readonly onChanged = this.#changed.event;

  constructor(options: ShardWorkerOptions) {
    this.#options = options;
    this.#silence = new Silence(options.clock);
    this.#turning = options.switches.onTurned((agentId) => void this.#turned(agentId));
  }

  /** Numbers of the shards this replica holds, ascending. */
  get shards(): number[] {
    return [...this.#taken]
      .filter(([, { receiver }]) => receiver)
      .map(([shard]) => shard)
      .sort((a, b) => a - b);
  }

  /** Shard → messages received and not yet settled. */
  get backlog(): Record<number, number> {
    return Object.fromEntries([...this.#taken].map(([shard, { held }]) => [shard, held.size]));
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
    this.#turning.dispose();
    this.#silence.dispose();
    const given = await Promise.allSettled([...this.#taken.keys()].map((shard) => this.#give(shard)));
    for (const one of given) {
      if (one.status === 'rejected') this.#options.logger.warn('a shard could not be given up', { error: one.reason });
    }
  }

  /**
   * While `stop` takes too long: what is being handled is not settled any more, nor counted as failed. It goes to the shards'
   * next owners.
   */
  cutOff(): void {
    for (const { held } of this.#taken.values()) held.close(new Error('the time to drain is over'));
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#timer = this.#options.clock.setTimeout(() => {
      this.#tick = this.#balance().finally(() => this.#schedule());
    }, TICK_MS);
  }

  async #balance(): Promise<void> {
    const { change, directory, replica, logger } = this.#options;
    try {
      if (!(await this.#followChange())) return;
      const others = (await directory.others()).map(({ view }) => ({ replica: view.replica, shards: view.shards }));
      const held = [...this.#taken.keys()];
      const plan = planShards({ replica, held, others, numShards: change.layout.sessions });
      await Promise.all(plan.give.map((shard) => this.#give(shard)));
      await this.#takeSome(
        plan.take,
        plan.candidates.filter((shard) => !this.#ending.has(shard)),
      );
    } catch (error) {
      logger.warn('shards could not be balanced; tried again soon', { error });
    }
  }

  /** @returns false if this replica may hold nothing any more */
  async #followChange(): Promise<boolean> {
    const { passed, outdated } = await this.#options.change.look(() => this.#readDeferred());
    if (outdated) {
      this.#stopped = true;
      const reason = new Error('the layout of the shards has changed');
      for (const [shard, taken] of [...this.#taken]) this.#lose(shard, taken, reason);
      this.#options.onOutdated();
      return false;
    }
    if (passed.length > 0) this.#routeAgain();
    for (const { held } of this.#taken.values()) held.tryFence();
    return true;
  }

  /** A fence has passed: agents that wait for it begin. */
  #routeAgain(): void {
    for (const { held } of this.#taken.values()) held.routeAgain();
  }

  /** What was put aside in other shards for agents that move here: to be known before these begin. */
  async #readDeferred(): Promise<void> {
    await Promise.all([...this.#taken.values()].map(({ deferred }) => deferred?.read()));
  }

  async #turned(agentId: string): Promise<void> {
    const { change, onTurned, logger } = this.#options;
    try {
      if ([...this.#taken.keys()].some((shard) => change.belongs(shard, agentId))) await onTurned(agentId);
    } catch (error) {
      logger.warn('the state of an agent could not be changed', { agent: agentId, error });
    }
    for (const { held } of this.#taken.values()) held.resume(agentId);
  }

  async #passFence(shard: number, deferred: DeferredMessages): Promise<void> {
    const { change, lives, logger } = this.#options;
    const moving = deferred.agents.filter((agentId) => change.movesFrom(shard, agentId));
    for (const agentId of moving) {
      const to = getShardId(agentId, change.layout.shards);
      await deferred.moveTo(to, agentId, (delivery) => this.#forward(delivery, to, deferred.signal));
    }
    deferred.signal.throwIfAborted();
    if (moving.length > 0) await this.#readDeferred();
    // Their next owner reads them as soon as it hears that the fence has passed.
    await lives.handOver((agentId) => change.movesFrom(shard, agentId));
    await change.pass(shard);
    this.#routeAgain();
    logger.info('the fence of a shard has passed', { shard, epoch: change.layout.epoch });
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
    const { bus, change, clock, handle, lives, logger, onTaken, store, switches } = this.#options;
    /** Messages come at once, and wait for this; undefined if the shard is lost before. */
    const ready = Promise.withResolvers<HandledLog | undefined>();
    const held = new HeldShard({
      shard,
      change,
      isStopped: (agentId) => switches.isStopped(agentId),
      handle: async (delivery, signal) => {
        const handled = await ready.promise;
        if (!handled || !(await this.#isOwn(shard, taken))) return 'done';
        const confirm = async () => {
          if (!(await this.#isOwn(shard, taken))) throw signal.reason;
        };
        return handle(delivery, handled, { signal, confirm });
      },
      forward: (delivery, to, signal) => this.#forward(delivery, to, signal),
      passFence: (deferred) => this.#passFence(shard, deferred),
      logger,
    });
    const taken: Taken = { held, deferred: undefined, receiver: undefined, confirmedAfter: this.#silence.times() };
    this.#taken.set(shard, taken);
    let receiver: ShardReceiver | undefined;
    try {
      receiver = await bus.openShard(shard, {
        onMessage: (delivery) => held.add(delivery),
        onFence: (fence) => held.addFence(fence),
        onClosed: (reason) => this.#lose(shard, taken, reason),
      });
      const { receiveDeferred: receive } = receiver;
      const isOwn = () => this.#isOwn(shard, taken);
      const deferred = new DeferredMessages({ shard, store, receive, isOwn, signal: held.signal, clock, logger });
      taken.deferred = deferred;
      const [handled] = await Promise.all([HandledLog.open(receiver, clock), switches.look(), deferred.read()]);
      await Promise.all([lives.takeOver((agentId) => change.belongs(shard, agentId)), onTaken(shard)]);
      ready.resolve(handled);
      held.begin(deferred);
    } catch (error) {
      ready.resolve(undefined);
      this.#taken.delete(shard);
      held.close(new Error('the shard could not be taken', { cause: error }));
      await receiver?.close();
      if (isAosError(error) && error.details?.locked === true) return false;
      throw error;
    }
    if (held.signal.aborted) return false;
    taken.receiver = receiver;
    logger.info('took a shard', { shard });
    this.#changed.fire();
    return true;
  }

  /** Whether the shard is this replica's: after a silence only the bus can say. */
  async #isOwn(shard: number, taken: Taken): Promise<boolean> {
    const times = this.#silence.times();
    if (taken.confirmedAfter !== times && !taken.held.signal.aborted) {
      try {
        await taken.receiver?.readState();
        taken.confirmedAfter = times;
      } catch (error) {
        this.#lose(shard, taken, new Error('the shard was lost in a silence of this process', { cause: error }));
      }
    }
    return !taken.held.signal.aborted;
  }

  async #forward(delivery: ShardDelivery, to: number, signal: AbortSignal): Promise<MailboxResult> {
    const { bus, clock, logger } = this.#options;
    const { event_id: event, agent_id: agent } = delivery.message;
    // Giving it back would count as a failed delivery, and the tenth would lose it: it is nobody's fault but the bus's.
    while (!signal.aborted) {
      try {
        await bus.forward(delivery, to);
        await delivery.complete();
        logger.debug('sent a message on to the shard of its agent', { event, agent, to });
        return 'done';
      } catch (error) {
        if (signal.aborted) break;
        logger.warn('a message could not be sent on to the shard of its agent; tried again', {
          event,
          agent,
          to,
          error,
        });
        await sleep(FORWARD_RETRY_MS, { clock, signal }).catch(() => undefined);
      }
    }
    return 'done';
  }

  /** Gives a shard up in good order: no new message, what is held is finished (as far as that
   * takes no longer than the others can wait), then the session is released. */
  async #give(shard: number): Promise<void> {
    const taken = this.#taken.get(shard);
    if (!taken?.receiver) return;
    const { change, clock, lives, logger, onGiven } = this.#options;
    taken.receiver.pause();
    const limit = clock.setTimeout(() => taken.held.dropWaiting(), DRAIN_MS);
    await taken.held.idle();
    limit[Symbol.dispose]();
    taken.held.dropWaiting();
    await taken.held.idle();
    if (taken.held.signal.aborted) return;
    await onGiven(shard);
    await lives.handOver((agentId) => change.belongs(shard, agentId));
    this.#taken.delete(shard);
    taken.held.close(new Error('the shard was given up'));
    await taken.receiver.close();
    logger.info('gave a shard up', { shard });
    this.#changed.fire();
  }

  #lose(shard: number, taken: Taken, reason: Error): void {
    const { change, lives, logger, onGiven } = this.#options;
    if (this.#taken.get(shard) !== taken) return;
    this.#taken.delete(shard);
    taken.held.close(reason);
    lives.forget((agentId) => change.belongs(shard, agentId));
    const ended = Promise.all([taken.held.idle(), onGiven(shard), taken.receiver?.close()])
      .catch((error) => logger.warn('a lost shard could not be let go in good order', { shard, error }))
      .then(() => void this.#ending.delete(shard));
    this.#ending.set(shard, ended);
    logger.warn('lost a shard', { shard, reason });
    this.#changed.fire();
  }
}
