import { Disposer } from './disposal.ts';

/** A function that adds a listener and gives the way to remove it. Exposed by its owner as `onX`. */
export type Event<T> = (listener: (value: T) => void) => { dispose(): void };

export class Emitter<T> {
  #listeners = new Set<(value: T) => void>();

  readonly event: Event<T> = (listener) => {
    this.#listeners.add(listener);
    return { dispose: () => void this.#listeners.delete(listener) };
  };

  get hasListeners(): boolean {
    return this.#listeners.size > 0;
  }

  fire(value: T): void {
    for (const listener of [...this.#listeners]) listener(value);
  }

  dispose(): void {
    this.#listeners.clear();
  }
}

/** Resolves with the next value of `event`, or rejects with the signal's reason. */
export function nextEvent<T>(event: Event<T>, signal?: AbortSignal): Promise<T> {
  const disposer = new Disposer();
  return new Promise<T>((resolve, reject) => {
    signal?.throwIfAborted();
    disposer.add(event(resolve));
    const onAbort = () => reject(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    disposer.defer(() => signal?.removeEventListener('abort', onAbort));
  }).finally(() => disposer.dispose());
}
