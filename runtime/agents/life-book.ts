import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import { type AgentLife, NEW_LIFE } from './purpose-driven-agent.ts';
import type { StateStore } from './state-store.ts';

/** How long a change may stay in this process alone: what a crash can lose of a wake count. */
const FLUSH_MS = 200;

/** The lives of the agents whose shards this replica holds: read once, written behind. */
export class LifeBook {
  readonly #store: StateStore;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #lives = new Map<string, AgentLife>();
  readonly #dirty = new Set<string>();
  #timer: Disposable | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: { store: StateStore; clock: Clock; logger: Logger }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#logger = options.logger;
  }

  async get(agentId: string): Promise<AgentLife> {
    const known = this.#lives.get(agentId);
    if (known) return known;
    const life = (await this.#store.getLife(agentId)) ?? NEW_LIFE;
    this.#lives.set(agentId, life);
    return life;
  }

  /** What is known here without asking storage. */
  peek(agentId: string): AgentLife | undefined {
    return this.#lives.get(agentId);
  }

  set(agentId: string, life: AgentLife): void {
    this.#lives.set(agentId, life);
    this.#dirty.add(agentId);
    this.#timer ??= this.#clock.setTimeout(() => {
      this.#timer = undefined;
      void this.flush();
    }, FLUSH_MS);
  }

  /** A shard was taken: its agents' lives are read again when needed, and one that was interrupted is asleep again. */
  async takeOver(belongs: (agentId: string) => boolean): Promise<void> {
    for (const life of await this.#store.listLives()) {
      if (!belongs(life.agentId)) continue;
      const { agentId, ...rest } = life;
      if (rest.state === 'running') this.set(agentId, { ...rest, state: 'asleep' });
      else this.#lives.set(agentId, rest);
    }
  }

  /** A shard was given up: the next owner writes its agents' lives from now on. */
  async handOver(belongs: (agentId: string) => boolean): Promise<void> {
    await this.flush();
    this.forget(belongs);
  }

  /** A shard was lost: another replica writes its agents' lives already. */
  forget(belongs: (agentId: string) => boolean): void {
    for (const agentId of [...this.#lives.keys()]) {
      if (!belongs(agentId)) continue;
      this.#lives.delete(agentId);
      this.#dirty.delete(agentId);
    }
  }

  /** Writes what has changed. A failed write is kept and tried again with the next one. */
  flush(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  async #write(): Promise<void> {
    const changed = [...this.#dirty].flatMap((agentId) => {
      const life = this.#lives.get(agentId);
      return life ? [{ agentId, ...life }] : [];
    });
    this.#dirty.clear();
    if (changed.length === 0) return;
    try {
      await this.#store.saveLives(changed);
    } catch (error) {
      this.#logger.warn('agents’ states could not be written; tried again with the next change', { error });
      for (const { agentId } of changed) this.#dirty.add(agentId);
    }
  }
}
