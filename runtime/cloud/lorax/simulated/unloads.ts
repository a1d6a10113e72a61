import type { Seat } from './seat.ts';

interface Unload {
  id: string;
  /** Requests that use the adapter and were here when it was asked to leave. */
  users: Set<Seat>;
  done: () => void;
}

/** Adapters that leave memory as soon as the requests that use them are gone. Later requests wait, and load them again. */
export class Unloads {
  #pending: Unload[] = [];

  /** Resolves when the last of `users` is gone. */
  whenUnused(id: string, users: readonly Seat[]): Promise<void> {
    if (users.length === 0) return Promise.resolve();
    return new Promise((done) => this.#pending.push({ id, users: new Set(users), done }));
  }

  /** True while the adapter of this seat is on its way out for others. */
  hold(seat: Seat): boolean {
    return this.#pending.some(({ id, users }) => seat.adapters.includes(id) && !users.has(seat));
  }

  /** To be told of every seat that is left. @returns the adapters that nobody uses any more */
  left(seat: Seat): string[] {
    for (const { users } of this.#pending) users.delete(seat);
    const over = this.#pending.filter(({ users }) => users.size === 0);
    this.#pending = this.#pending.filter(({ users }) => users.size > 0);
    for (const { done } of over) done();
    return over.map(({ id }) => id);
  }
}
