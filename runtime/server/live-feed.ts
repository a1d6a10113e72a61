import type { LiveEvent, LiveSnapshot } from '../contracts/events.ts';
import type { Clock } from '../core/clock.ts';
import { Emitter } from '../core/events.ts';
import { newId } from '../core/ids.ts';
import type { Logger } from '../core/logger.ts';
import type { Overview } from './overview.ts';

/** Changes are merged: subscribers hear at most two times a second. */
const INTERVAL_MS = 500;

/** Changes that are kept for those who come back. */
const MAX_KEPT = 500;

/** An event with its id, which rises; a subscriber who comes back says the last one he has got. */
export interface FeedEvent {
  id: string;
  event: LiveEvent;
}

/** Looks at the system while somebody listens, and tells what has changed since the last look. */
export class LiveFeed {
  readonly #overview: Overview;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #events = new Emitter<FeedEvent>();
  /** Ids of another replica, or of an earlier run, mean nothing here. */
  readonly #run = newId('feed');
  #kept: FeedEvent[] = [];
  #count = 0;
  #last: LiveSnapshot | undefined;
  #timer: Disposable | undefined;

  constructor(options: { overview: Overview; clock: Clock; logger: Logger }) {
    this.#overview = options.overview;
    this.#clock = options.clock;
    this.#logger = options.logger;
  }

  /**
   * Calls `listener` with a snapshot, then with every change.
   * @param lastId the last event that the subscriber has got before: what came after it takes the place of the snapshot, if
   * it is still known
   */
  async subscribe(listener: (event: FeedEvent) => void, lastId?: string): Promise<{ dispose(): void }> {
    const first = await this.#overview.read();
    // Listeners that are there already hear what changed up to this look, so that one `#last` serves them all.
    this.#advance(first);
    const missed = this.#since(lastId) ?? [{ id: this.#idOf(this.#count), event: first }];
    for (const event of missed) listener(event);
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
    for (const event of this.#last ? changesBetween(this.#last, next) : []) {
      const numbered = { id: this.#idOf(++this.#count), event };
      this.#kept.push(numbered);
      this.#events.fire(numbered);
    }
    this.#kept = this.#kept.slice(-MAX_KEPT);
    this.#last = next;
  }

  #since(lastId: string | undefined): FeedEvent[] | undefined {
    if (lastId === undefined) return undefined;
    if (lastId === this.#idOf(this.#count)) return [];
    const oldest = this.#count - this.#kept.length;
    const known = Array.from({ length: this.#kept.length }, (_, i) => oldest + i).find((n) => this.#idOf(n) === lastId);
    return known === undefined ? undefined : this.#kept.slice(known - oldest);
  }

  #idOf(count: number): string {
    return `${this.#run}.${count}`;
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
