/**
 * One request in the scheduler: it waits, joins the batch, and is granted one token a step. Without tokens it only waits
 * for its adapters.
 */
export class Seat {
  readonly adapters: readonly string[];
  /** Those that were not ready when it came. */
  readonly absent: readonly string[];
  readonly promptTokens: number;
  readonly arrivedAtMs: number;
  /** Names its queue: requests for the same adapters wait in the same one. */
  readonly queue: string;
  /** Steps it still takes part in. */
  remaining: number;
  /** It joined the batch in the step that is being computed: its prompt is part of that step. */
  fresh = true;
  /** What it took to load the absent ones, once it is started; undefined: there were none. */
  adapterLoadMs: number | undefined;
  #credits = 0;
  #started = false;
  #failure: { reason: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(options: {
    adapters: readonly string[];
    absent: readonly string[];
    promptTokens: number;
    tokens: number;
    arrivedAtMs: number;
  }) {
    this.adapters = options.adapters;
    this.absent = options.absent;
    this.queue = options.adapters.join('\n');
    this.promptTokens = options.promptTokens;
    this.remaining = options.tokens;
    this.arrivedAtMs = options.arrivedAtMs;
  }

  /** Resolves when the request joins the batch. @throws what `fail` was given */
  started(): Promise<void> {
    return this.#until(() => this.#started);
  }

  /** Resolves when the next token is due. Steps that passed while nobody asked are not lost. @throws as `started` */
  async step(): Promise<void> {
    await this.#until(() => this.#credits > 0);
    this.#credits--;
  }

  start(): void {
    this.#started = true;
    this.#wake?.();
  }

  grant(): void {
    this.remaining--;
    this.fresh = false;
    this.#credits++;
    this.#wake?.();
  }

  fail(reason: unknown): void {
    this.#failure ??= { reason };
    this.#wake?.();
  }

  async #until(done: () => boolean): Promise<void> {
    while (!done()) {
      if (this.#failure) throw this.#failure.reason;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
