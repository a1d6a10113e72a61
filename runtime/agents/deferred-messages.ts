import { type Clock, sleep } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { DeferrableDelivery, ShardDelivery, ShardReceiver } from '../messaging/service-bus-manager.ts';
import type { DeferredRecord, StateStore } from './state-store.ts';

export interface DeferredMessagesOptions {
  shard: number;
  store: Pick<StateStore, 'saveDeferred' | 'deleteDeferred' | 'listDeferred'>;
  receive: ShardReceiver['receiveDeferred'];
  /** Whether the shard is still this replica's: after a silence only the bus can say. */
  isOwn: () => Promise<boolean>;
  /** Aborts when the shard is lost. */
  signal: AbortSignal;
  clock: Clock;
  logger: Logger;
}

/** Received at a time: few, since after a crash each of them counts as delivered once more. */
const RECEIVE = 16;
/** Pause between two attempts to write down what is to be put aside. */
const RETRY_MS = 500;

/**
 * The messages of stopped agents in a shard: put aside on the bus, so that they take no part of what the shard's holder may
 * receive at a time, and found again by their sequence numbers, which are rows of the state table. (The session's state,
 * where the handled events are, takes 256 KiB in all and is written as a whole; a mailbox may wait for weeks.)
 *
 * A row is written before its message is put aside, and deleted after it is settled. So a crash can leave a row without a
 * message, which is dropped when the bus does not find it, and never a message without a row.
 */
export class DeferredMessages {
  readonly #options: DeferredMessagesOptions;
  /** By agent, in the order of their positions. */
  readonly #records = new Map<string, DeferredRecord[]>();
  /** Received again and not yet settled, by position. */
  readonly #received = new Map<bigint, ShardDelivery>();

  constructor(options: DeferredMessagesOptions) {
    this.#options = options;
  }

  /** Aborts when the shard is lost. */
  get signal(): AbortSignal {
    return this.#options.signal;
  }

  get size(): number {
    return [...this.#records.values()].reduce((sum, records) => sum + records.length, 0);
  }

  get agents(): string[] {
    return [...this.#records.keys()];
  }

  has(agentId: string): boolean {
    return this.#records.has(agentId);
  }

  /** Whether something of the agent was sent here from its old shard, and has not come yet. */
  awaits(agentId: string): boolean {
    return this.#recordsOf(agentId).some(({ sequenceNumber }) => sequenceNumber === undefined);
  }

  /** Reads what is written down: by the shard's last owner, and of agents that have moved here since. */
  async read(): Promise<void> {
    for (const record of await this.#options.store.listDeferred(this.#options.shard)) {
      const known = this.#recordsOf(record.agentId).some(({ position }) => position === record.position);
      if (!known) this.#remember(record);
    }
  }

  /** Puts messages of one agent aside, in their order. Ends when that is done, or when the shard is lost. */
  async putAside(deliveries: readonly DeferrableDelivery[]): Promise<void> {
    const records = deliveries.map(({ message, position, sequenceNumber }) => ({
      agentId: message.agent_id,
      position,
      sequenceNumber,
    }));
    if (!(await this.#write(records))) return;
    for (const record of records) this.#remember(record);
    // All at once: they go one after the other over the same link.
    const { logger } = this.#options;
    const warn = (error: unknown) => logger.warn('a message could not be put aside; its shard is let go', { error });
    await Promise.all(deliveries.map((delivery) => delivery.defer().catch(warn)));
  }

  /**
   * The agent's first message, received again; undefined if there is none, or if it is still to come.
   * @throws AosError AOS_SERVICE_BUS; then the shard is lost
   */
  async next(agentId: string): Promise<ShardDelivery | undefined> {
    for (;;) {
      const [first] = this.#recordsOf(agentId);
      if (first?.sequenceNumber === undefined) return undefined;
      const delivery = this.#received.get(first.position);
      if (delivery) return delivery;
      await this.#receive(agentId);
    }
  }

  /** It is settled: nothing is left of it. */
  async done({ message, position }: Pick<ShardDelivery, 'message' | 'position'>): Promise<void> {
    await this.#forget(message.agent_id, position);
  }

  /** It was given back, and is put aside again. */
  returned({ position }: Pick<ShardDelivery, 'position'>): void {
    this.#received.delete(position);
  }

  /**
   * Sends all of an agent on to the shard that it moves to. There they are written down before they are sent, so that its
   * next owner lets nothing of the agent pass before they have come.
   * @throws AosError AOS_STORAGE, AOS_SERVICE_BUS; to be called again then
   */
  async moveTo(shard: number, agentId: string, forward: (delivery: ShardDelivery) => Promise<unknown>): Promise<void> {
    const { store, isOwn, signal } = this.#options;
    for (let first = await this.next(agentId); first; first = await this.next(agentId)) {
      const batch = this.#recordsOf(agentId).flatMap(({ position }) => this.#received.get(position) ?? []);
      // Only what is surely there, and by its owner alone: a row that nothing comes for would hold its agent up.
      const announced = batch.map(({ position }) => ({ agentId, position, sequenceNumber: undefined }));
      if (!(await isOwn())) return;
      await store.saveDeferred(shard, announced);
      for (const delivery of batch) {
        await forward(delivery);
        if (signal.aborted) return;
        await this.done(delivery);
      }
    }
  }

  #recordsOf(agentId: string): readonly DeferredRecord[] {
    return this.#records.get(agentId) ?? [];
  }

  #remember(record: DeferredRecord): void {
    const records = this.#records.get(record.agentId) ?? [];
    this.#records.set(record.agentId, records);
    const before = records.findLastIndex(({ position }) => position < record.position);
    const known = records[before + 1]?.position === record.position;
    records.splice(before + 1, known ? 1 : 0, record);
  }

  /** Giving the messages back instead would count as failed deliveries. @returns false if the shard was lost before */
  async #write(records: readonly DeferredRecord[]): Promise<boolean> {
    const { shard, store, signal, clock, logger } = this.#options;
    while (!signal.aborted) {
      try {
        await store.saveDeferred(shard, records);
        return !signal.aborted;
      } catch (error) {
        logger.warn('what is to be put aside could not be written down; tried again', { shard, error });
        await sleep(RETRY_MS, { clock, signal }).catch(() => undefined);
      }
    }
    return false;
  }

  async #receive(agentId: string): Promise<void> {
    const wanted = this.#recordsOf(agentId)
      .slice(0, RECEIVE)
      .filter(({ position }) => !this.#received.has(position));
    const numbers = wanted.flatMap(({ sequenceNumber }) => sequenceNumber ?? []);
    const found = await this.#options.receive(numbers);
    for (const delivery of found) this.#received.set(delivery.position, delivery);
    const gone = wanted.filter(({ position, sequenceNumber }) => sequenceNumber && !this.#received.has(position));
    for (const { position } of gone) await this.#forget(agentId, position);
  }

  /** A row that stays, for storage is away, is dropped by the next owner, who does not find its message. */
  async #forget(agentId: string, gone: bigint): Promise<void> {
    const { shard, store, logger } = this.#options;
    this.#received.delete(gone);
    const records = this.#records.get(agentId) ?? [];
    const at = records.findIndex(({ position }) => position === gone);
    if (at >= 0) records.splice(at, 1);
    if (records.length === 0) this.#records.delete(agentId);
    await store
      .deleteDeferred(shard, gone)
      .catch((error) => logger.warn('a settled message could not be struck off', { shard, error }));
  }
}
