import type { Clock } from '../../../core/clock.ts';

/** Makes and destroys what an adapter needs to answer. */
export interface SlotFactory<Context> {
  create(key: string): Promise<Context>;
  destroy(context: Context): Promise<void>;
}

export interface AdapterSlotsOptions<Context> extends SlotFactory<Context> {
  /** Requests of one adapter that are computed together. */
  placesPerAdapter: number;
  /** Adapters that are active at a time. */
  activeAdapters: number;
  /** How long a busy adapter may keep others waiting when all slots are taken. Default 2000 ms (LoRAX: adapter-cycle-time-s). */
  cycleMs?: number;
  clock: Clock;
  /** Called when the set of active adapters has changed. */
  onChanged?: () => void;
}

interface Place<Context> {
  context: Context;
  /** What it took to make the context; undefined: it was there when the request came. */
  loadMs: number | undefined;
}

interface Waiting<Context> {
  key: string;
  /** The adapter was ready when it came. */
  foundReady: boolean;
  resolve: (place: Place<Context>) => void;
  reject: (error: unknown) => void;
}

interface Slot<Context> {
  context: Context | undefined;
  loadMs: number;
  busy: number;
  activeSinceMs: number;
  usedMs: number;
  /** Takes no new request: another adapter waits for its slot, or it was removed. */
  leaving: boolean;
  /** Resolves when its context is destroyed. */
  gone: PromiseWithResolvers<void>;
}

/**
 * Which adapters are active, and who is computed next. LoRAX's rules (router/src/adapter.rs and queue.rs): requests wait by
 * adapter, the oldest first; an adapter becomes active in the order of its first request; one that is idle leaves for it,
 * the one that was not used for the longest first; if all are busy, the one active for longer than its cycle takes no more
 * requests until its turn comes again. Pinned adapters never leave.
 */
export class AdapterSlots<Context> {
  readonly #options: AdapterSlotsOptions<Context>;
  readonly #cycleMs: number;
  readonly #slots = new Map<string, Slot<Context>>();
  readonly #pinned = new Set<string>();
  #queue: Waiting<Context>[] = [];
  #timer: Disposable | undefined;

  constructor(options: AdapterSlotsOptions<Context>) {
    this.#options = options;
    this.#cycleMs = options.cycleMs ?? 2000;
  }

  /** Adapters that are active. */
  get active(): string[] {
    return [...this.#slots].filter(([, slot]) => slot.context !== undefined).map(([key]) => key);
  }

  get waiting(): number {
    return this.#queue.length;
  }

  /** Also true for one that is being loaded. */
  has(matches: (key: string) => boolean): boolean {
    return [...this.#slots.keys()].some(matches);
  }

  /**
   * Waits for a place with an adapter.
   * @returns what the adapter answers with, how long that took to load if it was not there, and `leave` to give the place back
   * @throws what `create` throws, for every request of the adapter; the signal's reason
   */
  async enter(key: string, signal?: AbortSignal): Promise<Place<Context> & { leave: () => void }> {
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<Place<Context>>();
    const foundReady = this.#slots.get(key)?.context !== undefined;
    const waiting: Waiting<Context> = { key, foundReady, resolve, reject };
    const onAbort = () => {
      this.#queue = this.#queue.filter((other) => other !== waiting);
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#queue.push(waiting);
    this.#pump();
    const place = await promise.finally(() => signal?.removeEventListener('abort', onAbort));
    let left = false;
    return {
      ...place,
      leave: () => {
        if (left) return;
        left = true;
        const slot = this.#slots.get(key);
        if (slot) {
          slot.busy--;
          slot.usedMs = this.#options.clock.monotonic();
        }
        this.#pump();
      },
    };
  }

  /** @returns false if all slots are pinned by others */
  pin(key: string): boolean {
    if (!this.#pinned.has(key) && this.#pinned.size >= this.#options.activeAdapters) return false;
    this.#pinned.add(key);
    return true;
  }

  unpin(key: string): void {
    this.#pinned.delete(key);
    this.#pump();
  }

  /** Takes adapters out as soon as the requests that use them are done. Later requests bring them in again. */
  async remove(matches: (key: string) => boolean): Promise<void> {
    for (const key of this.#pinned) if (matches(key)) this.#pinned.delete(key);
    const leaving = [...this.#slots].filter(([key]) => matches(key)).map(([, slot]) => slot);
    for (const slot of leaving) slot.leaving = true;
    this.#pump();
    await Promise.all(leaving.map(({ gone }) => gone.promise));
  }

  #pump(): void {
    let full = false;
    for (const waiting of [...this.#queue]) {
      const slot = this.#slots.get(waiting.key);
      if (slot) this.#admit(waiting, slot);
      // An adapter that does not fit keeps those behind it from taking its slot; those that are active go on.
      else if (!full) full = !this.#activate(waiting.key);
    }
    for (const [key, slot] of this.#slots) {
      if (slot.leaving && slot.busy === 0 && slot.context !== undefined) this.#drop(key, slot);
    }
  }

  #admit(waiting: Waiting<Context>, slot: Slot<Context>): void {
    const { placesPerAdapter } = this.#options;
    if (slot.context === undefined || slot.leaving || slot.busy >= placesPerAdapter) return;
    this.#queue = this.#queue.filter((other) => other !== waiting);
    slot.busy++;
    waiting.resolve({ context: slot.context, loadMs: waiting.foundReady ? undefined : slot.loadMs });
  }

  #activate(key: string): boolean {
    const { activeAdapters, create, clock } = this.#options;
    if (this.#slots.size >= activeAdapters && !this.#makeRoom()) return false;
    const now = clock.monotonic();
    const slot: Slot<Context> = {
      ...{ context: undefined, loadMs: 0, busy: 0, activeSinceMs: now, usedMs: now, leaving: false },
      gone: Promise.withResolvers(),
    };
    this.#slots.set(key, slot);
    create(key).then(
      (context) => {
        slot.context = context;
        slot.loadMs = clock.monotonic() - now;
        this.#options.onChanged?.();
        this.#pump();
      },
      (error: unknown) => {
        // As LoRAX: all who wait for it hear of it, and the next request tries again.
        this.#slots.delete(key);
        slot.gone.resolve();
        for (const waiting of this.#queue.filter((one) => one.key === key)) waiting.reject(error);
        this.#queue = this.#queue.filter((one) => one.key !== key);
        this.#pump();
      },
    );
    return true;
  }

  /** @returns whether a slot is free now; else one becomes free later, if any can */
  #makeRoom(): boolean {
    const candidates = [...this.#slots].filter(([key, slot]) => !this.#pinned.has(key) && slot.context !== undefined);
    const idle = candidates
      .filter(([key, slot]) => slot.busy === 0 && !slot.leaving && !this.#queue.some((one) => one.key === key))
      .sort(([, a], [, b]) => a.usedMs - b.usedMs);
    const [unused] = idle;
    if (unused) {
      this.#drop(...unused);
      return true;
    }
    if (candidates.some(([, slot]) => slot.leaving)) return false;
    const [longest] = candidates.sort(([, a], [, b]) => a.activeSinceMs - b.activeSinceMs);
    if (!longest) return false;
    const [, slot] = longest;
    const untilMs = slot.activeSinceMs + this.#cycleMs - this.#options.clock.monotonic();
    if (untilMs <= 0) slot.leaving = true;
    else {
      this.#timer ??= this.#options.clock.setTimeout(() => {
        this.#timer = undefined;
        this.#pump();
      }, untilMs);
    }
    return false;
  }

  #drop(key: string, { context, gone }: Slot<Context>): void {
    this.#slots.delete(key);
    this.#options.onChanged?.();
    queueMicrotask(() => this.#pump());
    if (context !== undefined) this.#options.destroy(context).then(gone.resolve, gone.reject);
  }
}
