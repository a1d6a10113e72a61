import type { LiveEvent, LiveSnapshot } from '../contracts/events.ts';
import type { Clock } from '../core/clock.ts';
import { Emitter } from '../core/events.ts';
import type { Logger } from '../core/logger.ts';
import type { Overview } from './overview.ts';

/** Changes are merged: subscribers hear at most two times a second. */
const INTERVAL_MS = 500;

/** Looks at the system while somebody listens, and tells what has changed since the last look. */
export class LiveFeed {
  readonly #overview: Overview;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #events = new Emitter<LiveEvent>();
  #last: LiveSnapshot | undefined;
  #timer: Disposable | undefined;

  constructor(options: { overview: Overview; clock: Clock; logger: Logger }) {
    this.#overview = options.overview;
    this.#clock = options.clock;
    this.#logger = options.logger;
  }

  /** Calls `listener` with a snapshot, then with every change. */
  async subscribe(listener: (event: LiveEvent) => void): Promise<{ dispose(): void }> {
    const first = await this.#overview.read();
    // Listeners that are there already hear what changed up to this look, so that one `#last` serves them all.
    this.#advance(first);
    listener(first);
    const subscription = this.#events.event(listener);
    this.#schedule();
    return {
      dispose: () => {
        subscription.dispose();
        if (!this.#events.hasListeners) this.#stop();
      },
    };
  }

  dispose(): void {
    this.#events.dispose();
    this.#stop();
  }

  #stop(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#last = undefined;
  }

  #schedule(): void {
    this.#timer ??= this.#clock.setTimeout(() => {
      this.#timer = undefined;
      void this.#look();
    }, INTERVAL_MS);
  }

  async #look(): Promise<void> {
    try {
      const next = await this.#overview.read();
      if (this.#events.hasListeners) this.#advance(next);
    } catch (error) {
      this.#logger.warn('the live view could not be read; tried again', { error });
    }
    if (this.#events.hasListeners) this.#schedule();
  }

  #advance(next: LiveSnapshot): void {
    for (const event of this.#last ? changesBetween(this.#last, next) : []) this.#events.fire(event);
    this.#last = next;
  }
}

/** What makes `before` into `after`. */
export function changesBetween(before: LiveSnapshot, after: LiveSnapshot): LiveEvent[] {
  const events: LiveEvent[] = [];
  if (differs(before.status, after.status)) events.push({ event: 'status', status: after.status });
  const agents = listChanges(before.agents, after.agents, (agent) => agent.agent_id);
  if (agents) events.push({ event: 'agents', ...agents });
  const adapters = listChanges(before.adapters, after.adapters, (adapter) => adapter.name);
  if (adapters) events.push({ event: 'adapters', ...adapters });
  if (differs(before.shards, after.shards)) events.push({ event: 'shards', shards: after.shards });
  return events;
}

function listChanges<T>(
  before: readonly T[],
  after: readonly T[],
  idOf: (item: T) => string,
): { changed: T[]; removed: string[] } | undefined {
  const old = new Map(before.map((item) => [idOf(item), item]));
  const changed = after.filter((item) => differs(old.get(idOf(item)), item));
  const kept = new Set(after.map(idOf));
  const removed = [...old.keys()].filter((id) => !kept.has(id));
  return changed.length > 0 || removed.length > 0 ? { changed, removed } : undefined;
}

const differs = (a: unknown, b: unknown) => JSON.stringify(a) !== JSON.stringify(b);
