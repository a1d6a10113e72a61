import type { InferResponse } from '../contracts/http.ts';
import type { StateStore } from './state-store.ts';
import { AgentUsage } from './usage.ts';

/** This replica's share of every agent's usage; goes on where its predecessor of the same name ended. */
export class UsageBook {
  readonly #store: StateStore;
  readonly #replica: string;
  #usage = new Map<string, AgentUsage>();
  #dirty = new Set<string>();

  constructor(options: { store: StateStore; replica: string }) {
    this.#store = options.store;
    this.#replica = options.replica;
  }

  /** This replica's usage by agent as of now; the table lags behind by a heartbeat. */
  get current(): ReadonlyMap<string, AgentUsage> {
    return this.#usage;
  }

  async load(): Promise<void> {
    this.#usage = await this.#store.loadUsage(this.#replica);
  }

  answered(agentId: string, response: InferResponse): void {
    this.#of(agentId).recordAnswer(response);
  }

  failed(agentId: string): void {
    this.#of(agentId).recordError();
  }

  forget(agentId: string): void {
    this.#usage.delete(agentId);
    this.#dirty.delete(agentId);
  }

  /** Writes what has changed since the last time. On failure it stays marked, so the next flush writes it. */
  async flush(): Promise<void> {
    const ids = [...this.#dirty];
    if (ids.length === 0) return;
    this.#dirty.clear();
    try {
      await this.#store.saveUsage(
        this.#replica,
        new Map(ids.map((id) => [id, this.#usage.get(id) ?? new AgentUsage()])),
      );
    } catch (error) {
      for (const id of ids) this.#dirty.add(id);
      throw error;
    }
  }

  #of(agentId: string): AgentUsage {
    const usage = this.#usage.get(agentId) ?? new AgentUsage();
    this.#usage.set(agentId, usage);
    this.#dirty.add(agentId);
    return usage;
  }
}
