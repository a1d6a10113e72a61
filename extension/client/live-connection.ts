import type { Endpoint } from './http.ts';
import type { LiveState } from './live-state.ts';
import { RuntimeClient } from './runtime-client.ts';

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 5_000;

export interface LiveConnectionOptions {
  endpoint: Endpoint;
  state: LiveState;
  /** Why the connection ended; it is tried again until disposed. */
  onLost(error: Error): void;
}

/** Keeps a LiveState up to date over `GET /api/events`, and comes back when the connection breaks. */
export class LiveConnection {
  readonly client: RuntimeClient;
  readonly #abort = new AbortController();
  readonly #done: Promise<void>;

  constructor(options: LiveConnectionOptions) {
    this.client = new RuntimeClient(options.endpoint);
    this.#done = this.#run(options);
  }

  /** Resolves when the connection is closed and nothing is written to the state any more. */
  dispose(): Promise<void> {
    this.#abort.abort();
    return this.#done;
  }

  async #run({ state, onLost }: LiveConnectionOptions): Promise<void> {
    const { signal } = this.#abort;
    let delayMs = FIRST_DELAY_MS;
    while (!signal.aborted) {
      let lost = new Error('The stream of events ended.');
      try {
        for await (const event of this.client.events({ signal })) {
          if (signal.aborted) return;
          delayMs = FIRST_DELAY_MS;
          state.apply(event);
        }
      } catch (error) {
        lost = error instanceof Error ? error : new Error(String(error));
      }
      if (signal.aborted) return;
      onLost(lost);
      state.setDisconnected(lost);
      await pause(delayMs, signal);
      delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS);
    }
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
  });
}
