import path from 'node:path';
import type { Clock } from '../../../core/clock.ts';
import { messageOf } from '../../../core/errors.ts';
import type { Logger } from '../../../core/logger.ts';
import type { AdapterEntry, AdapterRef } from '../engine.ts';
import { AdapterFolder, type AdapterGguf } from './adapter-gguf.ts';
import type { LlamaProcess } from './llama-process.ts';
import type { LoraFile } from './protocol.ts';

interface KnownAdapter {
  ref: AdapterRef;
  gguf: AdapterGguf;
  createdMs: number;
  pinned: boolean;
  /** llama.cpp has read it; it keeps what it has read until that is unloaded. */
  inMemory: boolean;
  loads: number;
  inferences: number;
  lastUsed: number | null;
}

/** The adapters that were named so far: their files, what they did, and what the process of llama.cpp is told of them. */
export class LlamaAdapters {
  readonly #process: LlamaProcess;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #folder = new AdapterFolder();
  readonly #known = new Map<string, KnownAdapter>();
  #active: ReadonlySet<string> = new Set();

  constructor(options: { process: LlamaProcess; clock: Clock; logger: Logger }) {
    this.#process = options.process;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#process.onActive((files) => this.#setActive(new Set(files)));
    this.#process.onRestarted(() => this.#tellAgain());
  }

  /** Their files as they are now. @throws LoraxError `generation` (424) if there is none */
  meetAll(refs: readonly AdapterRef[]): Promise<LoraFile[]> {
    return Promise.all(refs.map(async (ref) => ({ file: (await this.#meet(ref)).gguf.file, scale: ref.weight })));
  }

  markUsed(refs: readonly AdapterRef[]): void {
    for (const { id } of refs) {
      const adapter = this.#known.get(id);
      if (!adapter) continue;
      adapter.inferences++;
      adapter.lastUsed = this.#clock.now();
    }
  }

  /** @param pinned undefined: as it is. @throws LoraxError `generation`; the signal's reason */
  async load(ref: AdapterRef, pinned: boolean | undefined, signal: AbortSignal): Promise<AdapterEntry> {
    const adapter = await this.#meet(ref);
    await this.#tellLoad(adapter, pinned, signal);
    adapter.pinned = pinned ?? adapter.pinned;
    return this.#entryOf(adapter);
  }

  /** Resolves when the requests that use it are done and its memory is free; undefined if it was never named. */
  async unload(id: string): Promise<AdapterEntry | undefined> {
    const adapter = this.#known.get(id);
    if (!adapter) return undefined;
    adapter.pinned = false;
    await this.#tellUnload(adapter.gguf.file);
    adapter.inMemory = this.#active.has(adapter.gguf.file);
    return this.#entryOf(adapter);
  }

  /** The oldest first. */
  entries(): AdapterEntry[] {
    return [...this.#known.values()].map((adapter) => this.#entryOf(adapter));
  }

  dispose(): Promise<void> {
    return this.#folder.dispose();
  }

  async #meet(ref: AdapterRef): Promise<KnownAdapter> {
    const gguf = await this.#folder.find(ref);
    const known = this.#known.get(ref.id);
    if (known) {
      if (known.gguf.file !== gguf.file) this.#replace(known, gguf);
      return known;
    }
    const adapter: KnownAdapter = {
      ...{ ref, gguf, createdMs: this.#clock.now(), pinned: false },
      ...{ inMemory: false, loads: 0, inferences: 0, lastUsed: null },
    };
    this.#known.set(ref.id, adapter);
    return adapter;
  }

  /** Its file has another content now: the old one is of no use to anybody, and the pin is for the new one. */
  #replace(adapter: KnownAdapter, gguf: AdapterGguf): void {
    const { file } = adapter.gguf;
    Object.assign(adapter, { gguf, inMemory: false });
    const others = [...this.#known.values()].some((other) => other.gguf.file === file);
    if (!others) this.#inBackground(this.#tellUnload(file));
    if (adapter.pinned) this.#pinAgain(adapter);
  }

  #tellAgain(): void {
    for (const adapter of this.#known.values()) {
      adapter.inMemory = false;
      if (adapter.pinned) this.#pinAgain(adapter);
    }
  }

  #pinAgain(adapter: KnownAdapter): void {
    this.#inBackground(
      this.#tellLoad(adapter, true).catch((error: unknown) => {
        adapter.pinned = false;
        throw error;
      }),
    );
  }

  /** Nobody waits for it. A pin that is lost shows in the list of the adapters, too. */
  #inBackground(work: Promise<void>): void {
    work.catch((error: unknown) => this.#logger.warn(messageOf(error), { error }));
  }

  #tellLoad({ gguf: { file } }: KnownAdapter, pinned: boolean | undefined, signal?: AbortSignal): Promise<void> {
    return end(this.#process.request((id) => ({ type: 'load', id, adapter: { file, scale: 1 }, pinned }), signal));
  }

  #tellUnload(file: string): Promise<void> {
    return end(this.#process.request((id) => ({ type: 'unload', id, file })));
  }

  #setActive(files: ReadonlySet<string>): void {
    for (const adapter of this.#known.values()) {
      const { file } = adapter.gguf;
      if (!files.has(file)) continue;
      if (!this.#active.has(file)) adapter.loads++;
      adapter.inMemory = true;
    }
    this.#active = files;
  }

  #entryOf({ ref, gguf, createdMs, pinned, inMemory, loads, inferences, lastUsed }: KnownAdapter): AdapterEntry {
    const loaded = this.#active.has(gguf.file);
    return {
      id: ref.id,
      root: path.resolve(gguf.original),
      createdMs,
      loaded,
      tier: loaded ? 'gpu' : inMemory ? 'host' : 'disk',
      pinned,
      size_bytes: gguf.sizeBytes,
      memory_bytes: loaded ? gguf.sizeBytes : 0,
      load_count: loads,
      inference_count: inferences,
      last_used: lastUsed,
    };
  }
}

/** Only the end of the replies, or the failure, matters. */
async function end(replies: AsyncIterator<unknown>): Promise<void> {
  while (!(await replies.next()).done);
}
