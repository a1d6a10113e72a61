import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../../core/clock.ts';
import { AosError } from '../../core/errors.ts';
import type { HostedContext } from '../agent-context.ts';
import type { AgentDefinition, AgentEvent } from '../define-agent.ts';
import { HandlerThread } from './handler-thread.ts';

interface Loaded {
  /** When the file was last changed; 0 if it is not there. */
  modifiedMs: number;
  thread: Promise<HandlerThread>;
}

/** The handlers of a workspace, one thread for each file; started with its first event, and anew when the file has changed. */
export class HandlerThreads {
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #memoryMb: number | undefined;
  readonly #loaded = new Map<string, Loaded>();
  /** Looks at a file that are under way: events that come meanwhile share one. */
  readonly #looks = new Map<string, Promise<number>>();
  #disposed = false;

  /** @param options `memoryMb`: heap of a thread at most. Default 512 MiB */
  constructor({ folder, clock, memoryMb }: { folder: string; clock: Clock; memoryMb?: number }) {
    this.#folder = folder;
    this.#clock = clock;
    this.#memoryMb = memoryMb;
  }

  /**
   * The handlers of a file as it is now. What runs with an older version is finished with that.
   * @throws AosError AOS_HANDLER_LOAD, AOS_DISPOSED
   */
  async load(file: string): Promise<AgentDefinition> {
    const thread = await this.#usable(file);
    const handlers = thread.handlers.map((handler) => [
      handler,
      // The file may change, or the thread be lost, between the load and the event.
      async (event: AgentEvent, context: HostedContext) =>
        (thread.usable ? thread : await this.#usable(file)).run(handler, event, context),
    ]);
    return { on: Object.fromEntries(handlers) };
  }

  /** The next event loads the file anew, though it has not changed; what runs is finished first. */
  renew(file: string): void {
    const loaded = this.#loaded.get(file);
    this.#loaded.delete(file);
    loaded?.thread.then(
      (thread) => thread.retire(),
      () => undefined, // it was never loaded, and whoever waited for it was told
    );
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    const threads = await Promise.allSettled([...this.#loaded.values()].map(({ thread }) => thread));
    this.#loaded.clear();
    for (const thread of threads) if (thread.status === 'fulfilled') await thread.value.stop();
  }

  async #usable(file: string): Promise<HandlerThread> {
    const modifiedMs = await this.#modifiedMs(file);
    for (;;) {
      if (this.#disposed) throw new AosError('AOS_DISPOSED', 'The handlers are stopped: this replica is leaving.');
      const loaded = this.#loaded.get(file);
      if (loaded?.modifiedMs !== modifiedMs) {
        this.renew(file);
        this.#start(file, modifiedMs);
        continue;
      }
      const thread = await loaded.thread;
      await thread.settled();
      if (thread.usable) return thread;
      if (this.#loaded.get(file) === loaded) this.#start(file, modifiedMs);
    }
  }

  #modifiedMs(file: string): Promise<number> {
    const underWay = this.#looks.get(file);
    if (underWay) return underWay;
    const look = stat(path.resolve(this.#folder, file))
      .then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      )
      .finally(() => this.#looks.delete(file));
    this.#looks.set(file, look);
    return look;
  }

  #start(file: string, modifiedMs: number): void {
    const thread = HandlerThread.start({ folder: this.#folder, file, clock: this.#clock, memoryMb: this.#memoryMb });
    const loaded = { modifiedMs, thread };
    this.#loaded.set(file, loaded);
    // A file that could not be loaded is tried again with the next event.
    thread.catch(() => this.#loaded.get(file) === loaded && this.#loaded.delete(file));
  }
}
