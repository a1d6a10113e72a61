import type { Clock } from '../../../core/clock.ts';
import type { AdapterEntry, AdapterRef } from '../engine.ts';
import { AdapterFiles } from './adapter-files.ts';
import type { AdapterTiers } from './adapter-tiers.ts';

const BYTES_PER_MB = 1_000_000;

export interface KnownAdapter {
  ref: AdapterRef;
  /** Changes when its files change. */
  hash: string;
  createdMs: number;
  inferenceCount: number;
  lastUsedMs: number | null;
}

/** The adapters that were named so far, with what they did; where they are is the tiers' business. */
export class KnownAdapters {
  readonly #known = new Map<string, KnownAdapter>();
  readonly #files = new AdapterFiles();
  readonly #clock: Clock;
  readonly #tiers: AdapterTiers;
  readonly #assumedBytes: number;

  /** `assumedMB` is the size of an adapter that is not a local file: nothing is downloaded, its name stands for it. */
  constructor(options: { clock: Clock; tiers: AdapterTiers; assumedMB: number }) {
    this.#clock = options.clock;
    this.#tiers = options.tiers;
    this.#assumedBytes = options.assumedMB * BYTES_PER_MB;
  }

  /** Looks at its files and makes it known; one whose files have changed has to be loaded again. @throws LoraxError `generation` (424) if there are none */
  async meet(ref: AdapterRef): Promise<KnownAdapter> {
    const { sizeBytes, hash } =
      ref.source === 'local'
        ? await this.#files.look(ref.id)
        : { sizeBytes: this.#assumedBytes, hash: `${ref.source}:${ref.id}` };
    this.#tiers.register(ref.id, sizeBytes, hash);
    const first = { createdMs: this.#clock.now(), inferenceCount: 0, lastUsedMs: null };
    const adapter = { ...(this.#known.get(ref.id) ?? first), ref, hash };
    this.#known.set(ref.id, adapter);
    return adapter;
  }

  async meetAll(refs: readonly AdapterRef[]): Promise<KnownAdapter[]> {
    const met: KnownAdapter[] = [];
    for (const ref of refs) met.push(await this.meet(ref));
    return met;
  }

  markUsed(refs: readonly AdapterRef[]): void {
    for (const { id } of refs) {
      const adapter = this.#known.get(id);
      if (!adapter) continue;
      this.#known.set(id, { ...adapter, inferenceCount: adapter.inferenceCount + 1, lastUsedMs: this.#clock.now() });
    }
  }

  entries(): AdapterEntry[] {
    return [...this.#known.values()].map((adapter) => this.#toEntry(adapter));
  }

  entry(id: string): AdapterEntry | undefined {
    const adapter = this.#known.get(id);
    return adapter && this.#toEntry(adapter);
  }

  #toEntry({ ref: { id }, createdMs, inferenceCount, lastUsedMs }: KnownAdapter): AdapterEntry {
    const { sizeBytes = 0, loadCount = 0 } = this.#tiers.get(id) ?? {};
    const tier = this.#tiers.tierOf(id);
    return {
      id,
      root: id,
      createdMs,
      loaded: this.#tiers.isReady(id, this.#clock.monotonic()),
      tier,
      pinned: this.#tiers.isPinned(id),
      size_bytes: sizeBytes,
      memory_bytes: tier === 'gpu' ? sizeBytes : 0,
      load_count: loadCount,
      inference_count: inferenceCount,
      last_used: lastUsedMs,
    };
  }
}
