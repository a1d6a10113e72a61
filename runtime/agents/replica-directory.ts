import type { Clock } from '../core/clock.ts';
import type { ReplicaRecord, StateStore } from './state-store.ts';

/** A replica says that it lives once a second, and is taken for lost after three silent seconds. */
export const HEARTBEAT_MS = 1000;
export const LOST_AFTER_MS = 3 * HEARTBEAT_MS;

/** Which replicas live, and what each holds. A wrong guess costs nothing: the broker alone decides who owns a shard. */
export class ReplicaDirectory {
  readonly #store: StateStore;
  readonly #clock: Clock;
  readonly #replica: string;
  readonly #describe: () => Promise<Omit<ReplicaRecord, 'heartbeatAt'>>;

  constructor(options: {
    replica: string;
    store: StateStore;
    clock: Clock;
    /** What this replica says of itself. */
    describe: () => Promise<Omit<ReplicaRecord, 'heartbeatAt'>>;
  }) {
    this.#replica = options.replica;
    this.#store = options.store;
    this.#clock = options.clock;
    this.#describe = options.describe;
  }

  async beat(): Promise<void> {
    await this.#store.saveReplica({ ...(await this.#describe()), heartbeatAt: this.#clock.now() });
  }

  /** The other replicas that live and take shards. */
  async others(): Promise<ReplicaRecord[]> {
    const records = await this.live();
    return records.filter(({ view }) => view.replica !== this.#replica && view.state === 'running');
  }

  /** All replicas that live, this one included if it has said so. */
  async live(): Promise<ReplicaRecord[]> {
    return (await this.#store.listReplicas()).filter((record) => isLive(record, this.#clock.now()));
  }
}

export function isLive(record: ReplicaRecord, now: number): boolean {
  return record.view.state !== 'stopped' && now - record.heartbeatAt < LOST_AFTER_MS;
}
