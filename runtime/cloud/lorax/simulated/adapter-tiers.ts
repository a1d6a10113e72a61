import type { SimulatedProfile } from './profile.ts';
import { Timeline } from './timeline.ts';

const BYTES_PER_MB = 1_000_000;

export type AdapterState = 'ready' | 'loading' | 'blocked';

/** What is known of an adapter, and what it took to bring it where it is. */
export interface TieredAdapter {
  readonly id: string;
  readonly sizeBytes: number;
  /** Hash of its content. */
  readonly hash: string;
  /** Monotonic milliseconds; only mean something while it is on that tier. */
  hostReadyAtMs: number;
  gpuReadyAtMs: number;
  /** How long the last load to the GPU took from the moment it was wanted there, the read from the disk included. */
  loadMs: number;
  loadCount: number;
}

export type TierProfile = Pick<SimulatedProfile, 'gpuAdapters' | 'hostAdapters' | 'diskMBps' | 'h2dMBps' | 'timeScale'>;

/**
 * Disk → host memory → GPU memory, each tier with room for some adapters and the least recently used one leaving first,
 * unless it is pinned. Disk and bus carry one adapter at a time: a load never delays the batch that is running.
 */
export class AdapterTiers {
  readonly #profile: TierProfile;
  readonly #adapters = new Map<string, TieredAdapter>();
  /** Ids on each tier, the least recently used one first. */
  readonly #host = new Set<string>();
  readonly #gpu = new Set<string>();
  readonly #pinned = new Set<string>();
  readonly #disk = new Timeline();
  readonly #bus = new Timeline();

  constructor(profile: TierProfile) {
    this.#profile = profile;
  }

  get(id: string): Readonly<TieredAdapter> | undefined {
    return this.#adapters.get(id);
  }

  isReady(id: string, nowMs: number): boolean {
    return this.#gpu.has(id) && this.#known(id).gpuReadyAtMs <= nowMs;
  }

  /** The fastest tier on which it is, or will be when its load is done. */
  tierOf(id: string): 'gpu' | 'host' | 'disk' {
    if (this.#gpu.has(id)) return 'gpu';
    return this.#host.has(id) ? 'host' : 'disk';
  }

  /** Makes an adapter known, on disk. An adapter whose content changed counts as a new one; its pin stays. */
  register(id: string, sizeBytes: number, hash: string): void {
    const known = this.#adapters.get(id);
    if (known && known.sizeBytes === sizeBytes && known.hash === hash) return;
    this.evict(id);
    const { loadCount = 0 } = known ?? {};
    this.#adapters.set(id, { id, sizeBytes, hash, loadCount, loadMs: 0, hostReadyAtMs: 0, gpuReadyAtMs: 0 });
  }

  pin(id: string, pinned: boolean): void {
    if (pinned) this.#pinned.add(id);
    else this.#pinned.delete(id);
  }

  isPinned(id: string): boolean {
    return this.#pinned.has(id);
  }

  /** False if all of `ids` cannot be on the GPU together, however long one waits: it is too small, or pinned full. */
  fits(ids: readonly string[]): boolean {
    const unpinned = ids.filter((id) => !this.#pinned.has(id));
    return this.#pinned.size + unpinned.length <= this.#profile.gpuAdapters;
  }

  touch(ids: readonly string[]): void {
    for (const id of ids) {
      moveToEnd(this.#host, id);
      moveToEnd(this.#gpu, id);
    }
  }

  /**
   * Starts what is missing to have all `ids` on the GPU. `keep` are adapters that must not leave it: those of the
   * running batch and of requests that are ahead. `blocked`: there is no room and nothing may leave; they come as far
   * as host memory then.
   */
  ensure(ids: readonly string[], nowMs: number, keep: ReadonlySet<string>): AdapterState {
    let state: AdapterState = 'ready';
    for (const id of ids) {
      const adapter = this.#known(id);
      if (!this.#host.has(id)) this.#loadToHost(adapter, nowMs);
      if (!this.#gpu.has(id)) {
        if (!this.#makeRoomOnGpu(nowMs, keep, ids)) return 'blocked';
        this.#loadToGpu(adapter, nowMs);
      }
      if (adapter.gpuReadyAtMs > nowMs) state = 'loading';
    }
    return state;
  }

  /** Takes it out of all memory. */
  evict(id: string): void {
    this.#host.delete(id);
    this.#gpu.delete(id);
  }

  /** How long its last load to the GPU took. */
  loadMsOf(id: string): number {
    return this.#known(id).loadMs;
  }

  /** When the next load to the GPU is done; undefined if none is under way. */
  nextReadyAtMs(nowMs: number): number | undefined {
    const pending = [...this.#gpu].map((id) => this.#known(id).gpuReadyAtMs).filter((readyAtMs) => readyAtMs > nowMs);
    return pending.length > 0 ? Math.min(...pending) : undefined;
  }

  #known(id: string): TieredAdapter {
    const adapter = this.#adapters.get(id);
    if (!adapter) throw new Error(`Adapter ${id} was never registered.`);
    return adapter;
  }

  #loadToHost(adapter: TieredAdapter, nowMs: number): void {
    // What is on the GPU keeps its copy in host memory, so the host may hold more than its share for a while.
    if (this.#host.size >= this.#profile.hostAdapters) {
      const victim = [...this.#host].find((id) => !this.#gpu.has(id));
      if (victim !== undefined) this.#host.delete(victim);
    }
    const readMs = this.#transferMs(adapter, this.#profile.diskMBps);
    adapter.hostReadyAtMs = this.#disk.book(readMs, { nowMs, earliestMs: nowMs });
    this.#host.add(adapter.id);
  }

  #loadToGpu(adapter: TieredAdapter, nowMs: number): void {
    const copyMs = this.#transferMs(adapter, this.#profile.h2dMBps);
    adapter.gpuReadyAtMs = this.#bus.book(copyMs, { nowMs, earliestMs: adapter.hostReadyAtMs });
    adapter.loadMs = adapter.gpuReadyAtMs - nowMs;
    adapter.loadCount++;
    this.#gpu.add(adapter.id);
  }

  #transferMs(adapter: TieredAdapter, megabytesPerSecond: number): number {
    return (adapter.sizeBytes / BYTES_PER_MB / megabytesPerSecond) * 1000 * this.#profile.timeScale;
  }

  #makeRoomOnGpu(nowMs: number, keep: ReadonlySet<string>, wanted: readonly string[]): boolean {
    if (this.#gpu.size < this.#profile.gpuAdapters) return true;
    const mayLeave = (id: string) => !this.#pinned.has(id) && !keep.has(id) && !wanted.includes(id);
    const victim = [...this.#gpu].find((id) => mayLeave(id) && this.isReady(id, nowMs));
    if (victim === undefined) return false;
    this.#gpu.delete(victim);
    return true;
  }
}

function moveToEnd(ids: Set<string>, id: string): void {
  if (ids.delete(id)) ids.add(id);
}
