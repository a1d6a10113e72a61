import { fencedSessions, movesFrom, type Place, placeOf, placeOfRun, type ShardLayout } from './shard-layout.ts';
import type { StateStore } from './state-store.ts';

type Agreement = Pick<StateStore, 'saveFencePassed' | 'listFencesPassed' | 'readLayout' | 'replaceLayout'>;

/** How far the last change of the layout has come, as this replica knows it; a layout without one has no fences to pass. */
export class LayoutChange {
  readonly layout: ShardLayout;
  readonly #store: Agreement;
  readonly #passed = new Set<number>();

  constructor({ layout, store }: { layout: ShardLayout; store: Agreement }) {
    this.layout = layout;
    this.#store = store;
  }

  placeOf(shard: number, agentId: string): Place {
    return placeOf(this.layout, this.#passed, shard, agentId);
  }

  placeOfRun(shard: number, runId: string): Place {
    return placeOfRun(this.layout, shard, runId);
  }

  movesFrom(shard: number, agentId: string): boolean {
    return movesFrom(this.layout, shard, agentId);
  }

  /** Whether the agent's messages are handled by whoever holds `shard`. */
  belongs(shard: number, agentId: string): boolean {
    return this.placeOf(shard, agentId).do === 'handle';
  }

  /** Whether what stands behind the fence of `shard` must still wait. */
  awaitsFence(shard: number): boolean {
    return this.layout.previous !== undefined && shard < this.layout.previous && !this.#passed.has(shard);
  }

  /** Everything in front of the fence of `shard` is settled: all replicas may know. */
  async pass(shard: number): Promise<void> {
    await this.#store.saveFencePassed(shard, this.layout.epoch);
    this.#passed.add(shard);
  }

  /**
   * Looks at what the others have passed, and ends the change when all fences have.
   * @param prepare what has to be done before this replica acts on that
   * @returns the sessions whose fence has passed since the last look; `outdated` if the replicas have agreed on another
   * layout: this one was silent for so long that it was taken for lost
   */
  async look(prepare?: () => Promise<void>): Promise<{ passed: number[]; outdated: boolean }> {
    const found = await this.#store.readLayout();
    if (found && found.layout.epoch !== this.layout.epoch) return { passed: [], outdated: true };
    const fenced = fencedSessions(this.layout);
    if (fenced.every((shard) => this.#passed.has(shard)) && found?.layout.previous === undefined) {
      return { passed: [], outdated: false };
    }
    const known = await this.#store.listFencesPassed(this.layout.epoch);
    const passed = fenced.filter((shard) => known.has(shard) && !this.#passed.has(shard));
    if (passed.length > 0) await prepare?.();
    for (const shard of passed) this.#passed.add(shard);
    const finished = fenced.every((shard) => known.has(shard));
    // Whoever writes in between has done the same, or joins: then the next look does it.
    if (finished && found) await this.#store.replaceLayout({ ...found.layout, previous: undefined }, found.etag);
    return { passed, outdated: false };
  }
}
