import type { AskHistory } from './ask-history.ts';

export interface EntryBookOptions<T> {
  history: AskHistory<T>;
  /** Entries kept at most. */
  limit(): number;
  /** Nothing more comes for it. One that runs cannot be taken up again after a reload, so it is not saved. */
  isSettled(entry: T): boolean;
  /** A new entry, or a new step of a known one. */
  onEntry(entry: T): void;
  onRemoved(ids: string[]): void;
}

/** Entries of a workspace and the work that fills them: held here and not in the webview, so a hidden panel misses nothing. */
export class EntryBook<T extends { id: string }> {
  readonly #options: EntryBookOptions<T>;
  readonly #running = new Map<string, { controller: AbortController; ended: Promise<void> }>();
  #entries = new Map<string, T>();

  constructor(options: EntryBookOptions<T>) {
    this.#options = options;
  }

  /** Oldest first. */
  get all(): T[] {
    return [...this.#entries.values()];
  }

  get(id: string): T | undefined {
    return this.#entries.get(id);
  }

  async load(): Promise<void> {
    const loaded = await this.#options.history.load();
    this.#entries = new Map([...loaded.map((entry) => [entry.id, entry] as const), ...this.#entries]);
  }

  /** Adds an entry and starts the work on it, which never rejects; saved when it ends. */
  run(entry: T, work: (signal: AbortSignal) => Promise<void>): void {
    this.#entries.set(entry.id, entry);
    this.#options.onEntry(entry);
    this.#forgetOldest();
    const controller = new AbortController();
    const ended = work(controller.signal)
      .then(() => this.#save())
      .finally(() => this.#running.delete(entry.id));
    this.#running.set(entry.id, { controller, ended });
  }

  /** A new step of an entry, which listeners hear; one that was removed meanwhile does not come back. */
  set(entry: T): void {
    if (this.setQuietly(entry)) this.#options.onEntry(entry);
  }

  /** As {@link set}, for a step that listeners are told in another way. @returns false if the entry is gone */
  setQuietly(entry: T): boolean {
    const known = this.#entries.has(entry.id);
    if (known) this.#entries.set(entry.id, entry);
    return known;
  }

  stop(id: string): void {
    this.#running.get(id)?.controller.abort();
  }

  async clear(): Promise<void> {
    this.#stopAll();
    const ids = [...this.#entries.keys()];
    this.#entries.clear();
    this.#options.onRemoved(ids);
    await this.#save();
  }

  /** What is on disk is what is here; running work is stopped. */
  async dispose(): Promise<void> {
    await Promise.all(this.#stopAll());
    await this.#save();
  }

  /** @returns what resolves when each of them has ended */
  #stopAll(): Promise<void>[] {
    const running = [...this.#running.values()];
    for (const { controller } of running) controller.abort();
    return running.map(({ ended }) => ended);
  }

  #save(): Promise<void> {
    const { history, isSettled } = this.#options;
    return history.save(this.all.filter(isSettled));
  }

  #forgetOldest(): void {
    const { limit, isSettled, onRemoved } = this.#options;
    const settled = this.all.filter(isSettled);
    const removed = settled.slice(0, Math.max(0, this.#entries.size - limit())).map(({ id }) => id);
    for (const id of removed) this.#entries.delete(id);
    if (removed.length > 0) onRemoved(removed);
  }
}
