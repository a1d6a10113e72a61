export interface AsyncDisposableLike {
  dispose(): void | Promise<void>;
}

type Cleanup = () => void | Promise<void>;

/**
 * What was opened, in order; `dispose()` closes it in reverse order, once. Every step runs even if another one fails;
 * the first error is thrown at the end. Something added after disposal is closed at once.
 */
export class Disposer {
  #cleanups: Cleanup[] = [];
  #disposed: Promise<void> | undefined;

  get disposed(): boolean {
    return this.#disposed !== undefined;
  }

  add<T extends AsyncDisposableLike>(item: T): T {
    this.defer(() => item.dispose());
    return item;
  }

  defer(cleanup: Cleanup): void {
    if (this.#disposed) {
      void Promise.resolve(cleanup());
      return;
    }
    this.#cleanups.push(cleanup);
  }

  dispose(): Promise<void> {
    this.#disposed ??= this.#run();
    return this.#disposed;
  }

  async #run(): Promise<void> {
    const errors: unknown[] = [];
    for (const cleanup of this.#cleanups.splice(0).reverse()) {
      try {
        await cleanup();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}
