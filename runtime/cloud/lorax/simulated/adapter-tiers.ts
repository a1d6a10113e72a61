import type { SimulatedProfile } from './profile.ts';

const BYTES_PER_MB = 1_000_000;

export type AdapterState = 'ready' | 'loading' | 'blocked';

/** Where an adapter's weights are, and what it took to bring them there. */
export interface TieredAdapter {
  readonly id: string;
  readonly sizeBytes: number;
  onHost: boolean;
  onGpu: boolean;
  /** Monotonic milliseconds; only means something while it is on that tier. */
  hostReadyAtMs: number;
  gpuReadyAtMs: number;
  loadCount: number;
  /** Order of last use, for eviction. */
  lastUse: number;
}

export type TierProfile = Pick<SimulatedProfile, 'gpuAdapters' | 'hostAdapters' | 'diskMBps' | 'h2dMBps' | 'timeScale'>;

/**
 * Disk → host memory → GPU memory, each tier with room for some adapters and the least recently used one leaving first.
 * Disk and bus carry one adapter at a time, on timelines of their own: a load never delays the batch that is running.
 */
export class AdapterTiers {
  readonly #profile: TierProfile;
  readonly #adapters = new Map<string, TieredAdapter>();
  #diskFreeAtMs = 0;
  #busFreeAtMs = 0;
  #uses = 0;

  constructor(profile: TierProfile) {
    this.#profile = profile;
  }

  get(id: string): TieredAdapter | undefined {
    return this.#adapters.get(id);
  }

  isReady(id: string, nowMs: number): boolean {
    const adapter = this.#adapters.get(id);
    return adapter?.onGpu === true && adapter.gpuReadyAtMs <= nowMs;
  }

  /** Makes an adapter known, on disk. An adapter whose size changed counts as a new one. */
  register(id: string, sizeBytes: number): void {
    const known = this.#adapters.get(id);
    if (known && known.sizeBytes === sizeBytes) return;
    const loadCount = known?.loadCount ?? 0;
    const where = { onHost: false, onGpu: false, hostReadyAtMs: 0, gpuReadyAtMs: 0 };
    this.#adapters.set(id, { id, sizeBytes, ...where, loadCount, lastUse: 0 });
  }

  touch(ids: readonly string[]): void {
    for (const id of ids) this.#known(id).lastUse = ++this.#uses;
  }

  /**
   * Starts what is missing to have all `ids` on the GPU. `keep` are adapters that must not leave it: those of the
   * running batch and of requests that are ahead. `blocked`: there is no room and nothing may leave.
   */
  ensure(ids: readonly string[], nowMs: number, keep: ReadonlySet<string>): AdapterState {
    let state: AdapterState = 'ready';
    for (const id of ids) {
      const adapter = this.#known(id);
      if (!adapter.onGpu && !this.#makeRoomOnGpu(nowMs, keep, ids)) return 'blocked';
      if (!adapter.onGpu) this.#load(adapter, nowMs);
      if (adapter.gpuReadyAtMs > nowMs) state = 'loading';
    }
    return state;
  }

  /** When the next load is done; undefined if none is under way. */
  nextReadyAtMs(nowMs: number): number | undefined {
    const pending = [...this.#adapters.values()].filter((adapter) => adapter.onGpu && adapter.gpuReadyAtMs > nowMs);
    return pending.length > 0 ? Math.min(...pending.map((adapter) => adapter.gpuReadyAtMs)) : undefined;
  }

  #known(id: string): TieredAdapter {
    const adapter = this.#adapters.get(id);
    if (!adapter) throw new Error(`Adapter ${id} was never registered.`);
    return adapter;
  }

  #load(adapter: TieredAdapter, nowMs: number): void {
    const { diskMBps, h2dMBps, timeScale } = this.#profile;
    const megabytes = adapter.sizeBytes / BYTES_PER_MB;
    if (!adapter.onHost) {
      this.#makeRoomOnHost();
      this.#diskFreeAtMs = Math.max(nowMs, this.#diskFreeAtMs) + (megabytes / diskMBps) * 1000 * timeScale;
      adapter.onHost = true;
      adapter.hostReadyAtMs = this.#diskFreeAtMs;
    }
    const start = Math.max(nowMs, adapter.hostReadyAtMs, this.#busFreeAtMs);
    this.#busFreeAtMs = start + (megabytes / h2dMBps) * 1000 * timeScale;
    adapter.onGpu = true;
    adapter.gpuReadyAtMs = this.#busFreeAtMs;
    adapter.loadCount++;
    adapter.lastUse = ++this.#uses;
  }

  #makeRoomOnGpu(nowMs: number, keep: ReadonlySet<string>, wanted: readonly string[]): boolean {
    const onGpu = [...this.#adapters.values()].filter((adapter) => adapter.onGpu);
    if (onGpu.length < this.#profile.gpuAdapters) return true;
    const idle = onGpu.filter(
      (adapter) => adapter.gpuReadyAtMs <= nowMs && !keep.has(adapter.id) && !wanted.includes(adapter.id),
    );
    const victim = leastRecentlyUsed(idle);
    if (victim) victim.onGpu = false;
    return victim !== undefined;
  }

  // What is on the GPU keeps its copy in host memory, so the host may hold more than its share for a while.
  #makeRoomOnHost(): void {
    const onHost = [...this.#adapters.values()].filter((adapter) => adapter.onHost);
    if (onHost.length < this.#profile.hostAdapters) return;
    const victim = leastRecentlyUsed(onHost.filter((adapter) => !adapter.onGpu));
    if (victim) victim.onHost = false;
  }
}

function leastRecentlyUsed(adapters: readonly TieredAdapter[]): TieredAdapter | undefined {
  return adapters.reduce<TieredAdapter | undefined>(
    (oldest, adapter) => (!oldest || adapter.lastUse < oldest.lastUse ? adapter : oldest),
    undefined,
  );
}
