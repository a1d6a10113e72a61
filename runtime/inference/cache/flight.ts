import type { Generation, OnToken } from '../generation.ts';

interface Waiter<T> {
  onToken: OnToken | undefined;
  resolve(result: T): void;
  reject(error: unknown): void;
}

/**
 * One search for an answer, in the end a call of the model, that any number of callers wait for. A caller who gives up leaves alone; the work is aborted
 * when the last one has left.
 */
export class Flight<T extends { generation: Generation }> {
  readonly #controller = new AbortController();
  readonly #waiters = new Set<Waiter<T>>();
  readonly #onEnd: () => void;
  #ended = false;
  /** What was streamed so far, for those who join later. */
  readonly #streamed: string[] = [];
  #streams = false;

  /** @param onEnd called once, before any waiter hears of it */
  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }

  /** Begins; the first waiter has joined by then. It is streamed if one of those who wait now wants tokens. */
  start(work: (signal: AbortSignal, onToken: OnToken | undefined) => Promise<T>): void {
    this.#streams = [...this.#waiters].some((waiter) => waiter.onToken);
    const onToken: OnToken | undefined = this.#streams ? (text) => this.#hand(text) : undefined;
    // In an async function, so that a call that throws at once fails like any other.
    const done = (async () => work(this.#controller.signal, onToken))();
    done.then(
      (result) => this.#land(result),
      (error: unknown) => this.#fail(error),
    );
  }

  /**
   * Waits for the answer. `onToken` gets all of it: what was streamed before, then the rest as it comes; the whole text
   * at the end if the call is not streamed.
   * @throws what the call throws; the signal's reason; what `onToken` throws
   */
  join({ signal, onToken }: { signal?: AbortSignal | undefined; onToken?: OnToken | undefined }): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const waiter: Waiter<T> = { onToken, resolve, reject };
      const leave = () => {
        reject(signal?.reason);
        this.#drop(waiter, signal?.reason);
      };
      this.#waiters.add(waiter);
      signal?.addEventListener('abort', leave, { once: true });
      const forget = () => signal?.removeEventListener('abort', leave);
      waiter.resolve = (result) => {
        forget();
        resolve(result);
      };
      waiter.reject = (error) => {
        forget();
        reject(error);
      };
      for (const text of this.#streamed) this.#give(waiter, text);
    });
  }

  #hand(text: string): void {
    this.#streamed.push(text);
    for (const waiter of [...this.#waiters]) this.#give(waiter, text);
  }

  /** A listener that throws costs its own caller the answer, and nobody else. */
  #give(waiter: Waiter<T>, text: string): void {
    if (!this.#waiters.has(waiter)) return;
    try {
      waiter.onToken?.(text);
    } catch (error) {
      waiter.reject(error);
      this.#drop(waiter, error);
    }
  }

  #drop(waiter: Waiter<T>, reason: unknown): void {
    if (!this.#waiters.delete(waiter) || this.#waiters.size > 0 || this.#ended) return;
    this.#end();
    this.#controller.abort(reason);
  }

  #land(result: T): void {
    // It came after all had left: nobody waits, and the end was told already.
    if (this.#ended) return;
    this.#end();
    if (!this.#streams) for (const text of pieces(result.generation.text)) this.#hand(text);
    for (const waiter of this.#take()) waiter.resolve(result);
  }

  #fail(error: unknown): void {
    if (this.#ended) return;
    this.#end();
    for (const waiter of this.#take()) waiter.reject(error);
  }

  #end(): void {
    this.#ended = true;
    this.#onEnd();
  }

  #take(): Waiter<T>[] {
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    return waiters;
  }
}

/** A text in the pieces a model would stream: words with the white space behind them. */
export function pieces(text: string): string[] {
  return text.match(/\s+|\S+\s*/g) ?? [];
}
