import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { AgentSwitch } from './agent-switch.ts';
import { type AgentLife, NEW_LIFE } from './purpose-driven-agent.ts';
import type { LifeRecord, StateStore } from './state-store.ts';

/** How long a change may stay in this process alone: what a crash can lose of a wake count. */
const FLUSH_MS = 200;
/** A thousand busy agents would have every flush write a thousand rows: writing takes a fifth of the time at most … */
const PAUSE_PER_WRITE = 4;
/** … but a change waits no longer than this. */
const MAX_FLUSH_MS = 2000;
/** From so many on, reading the lives of all agents costs less than a request for each. */
const READ_ALL_FROM = 20;

/** The lives of the agents whose shards this replica holds: read once, written behind. */
export class LifeBook {
  readonly #store: StateStore;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #switches: Pick<AgentSwitch, 'isStopped' | 'stopped'>;
  readonly #lives = new Map<string, AgentLife>();
  readonly #dirty = new Set<string>();
  /** Agents somebody asks for, until their read begins. */
  #wanted = new Map<string, PromiseWithResolvers<AgentLife>>();
  #reading = false;
  #timer: Disposable | undefined;
  #flushMs = FLUSH_MS;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: {
    store: StateStore;
    switches: Pick<AgentSwitch, 'isStopped' | 'stopped'>;
    clock: Clock;
    logger: Logger;
  }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#switches = options.switches;
  }

  async get(agentId: string): Promise<AgentLife> {
    const known = this.#lives.get(agentId);
    if (known) return known;
    const wanted = this.#wanted.get(agentId) ?? Promise.withResolvers<AgentLife>();
    this.#wanted.set(agentId, wanted);
    void this.#read();
    return wanted.promise;
  }

  /** What is known here without asking storage. */
  peek(agentId: string): AgentLife | undefined {
    return this.#lives.get(agentId);
  }

  /** A stopped agent's life is `stopped` whenever it is not `running`: what it handles it may finish. */
  set(agentId: string, life: AgentLife): void {
    const stopped = this.#switches.isStopped(agentId) && life.state !== 'running';
    this.#lives.set(agentId, stopped ? { ...life, state: 'stopped' } : life);
    this.#dirty.add(agentId);
    this.#timer ??= this.#clock.setTimeout(() => {
      this.#timer = undefined;
      void this.flush();
    }, this.#flushMs);
  }

  /**
   * A shard was taken: its agents' lives are read again when needed. One that was interrupted is asleep again, as is one that
   * was started while nobody held the shard, and the stopped ones are stopped.
   */
  async takeOver(belongs: (agentId: string) => boolean): Promise<void> {
    for (const life of await this.#store.listLives()) {
      if (!belongs(life.agentId)) continue;
      const { agentId } = life;
      const begins = life.state === 'running' || (life.state === 'stopped' && !this.#switches.isStopped(agentId));
      if (begins) this.set(agentId, { ...withoutId(life), state: 'asleep' });
      else this.#lives.set(agentId, withoutId(life));
    }
    for (const agentId of this.#switches.stopped) {
      if (belongs(agentId)) this.set(agentId, await this.get(agentId));
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

  /** Those asked for while a read is under way are the next one's: a read that began before may be too old for them. */
  async #read(): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    while (this.#wanted.size > 0) {
      const wanted = this.#wanted;
      this.#wanted = new Map();
      try {
        const found = await this.#fetch([...wanted.keys()]);
        for (const [agentId, { resolve }] of wanted) {
          const life = this.#lives.get(agentId) ?? found.get(agentId) ?? NEW_LIFE;
          this.#lives.set(agentId, life);
          resolve(life);
        }
      } catch (error) {
        for (const { reject } of wanted.values()) reject(error);
      }
    }
    this.#reading = false;
  }

  async #fetch(agentIds: readonly string[]): Promise<Map<string, AgentLife>> {
    const records =
      agentIds.length < READ_ALL_FROM
        ? await Promise.all(agentIds.map((agentId) => this.#store.getLife(agentId)))
        : await this.#store.listLives();
    return new Map(records.flatMap((record) => (record ? [[record.agentId, withoutId(record)]] : [])));
  }

  async #write(): Promise<void> {
    const changed = [...this.#dirty].flatMap((agentId) => {
      const life = this.#lives.get(agentId);
      return life ? [{ agentId, ...life }] : [];
    });
    this.#dirty.clear();
    if (changed.length === 0) return;
    const startMs = this.#clock.monotonic();
    try {
      await this.#store.saveLives(changed);
      const tookMs = this.#clock.monotonic() - startMs;
      this.#flushMs = Math.min(MAX_FLUSH_MS, Math.max(FLUSH_MS, PAUSE_PER_WRITE * tookMs));
    } catch (error) {
      this.#logger.warn('agents’ states could not be written; tried again with the next change', { error });
      for (const { agentId } of changed) this.#dirty.add(agentId);
    }
  }
}

const withoutId = ({ agentId: _, ...life }: LifeRecord): AgentLife => life;
