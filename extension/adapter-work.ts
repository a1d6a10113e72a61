/** What was asked of an adapter here and is not done yet, or was refused. */
export type AdapterWorkState = { kind: 'loading' } | { kind: 'unloading' } | { kind: 'refused'; reason: string };

/** The work on adapters that this window has asked for; the runtime's own view knows only what is done. */
export class AdapterWork {
  readonly #states = new Map<string, AdapterWorkState>();
  readonly #onChange: () => void;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  get(name: string): AdapterWorkState | undefined {
    return this.#states.get(name);
  }

  set(name: string, state: AdapterWorkState | undefined): void {
    if (state) this.#states.set(name, state);
    else this.#states.delete(name);
    this.#onChange();
  }

  /** The runtime is gone, and with it all that was asked of it. */
  clear(): void {
    this.#states.clear();
  }
}
