import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Clock } from '../../../core/clock.ts';

const KEEP_ALIVE_MS = 15_000;

/** Writes server-sent events: `data:` and one line of JSON each, with comment lines while nothing happens. */
export class SseWriter {
  readonly #response: ServerResponse;
  readonly #clock: Clock;
  readonly #prefix: string;
  #timer: Disposable | undefined;

  /** `prefix` is `data:` as LoRAX writes it, or `data: ` as OpenAI does. */
  constructor(response: ServerResponse, options: { clock: Clock; headers: Record<string, string>; prefix: string }) {
    this.#response = response;
    this.#clock = options.clock;
    this.#prefix = options.prefix;
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache',
      'x-accel-buffering': 'no',
      ...options.headers,
    });
    response.flushHeaders();
    this.#keepAlive();
  }

  /** Resolves when there is room for more. */
  async send(data: object | '[DONE]'): Promise<void> {
    const text = typeof data === 'string' ? data : JSON.stringify(data);
    await this.#write(`${this.#prefix}${text}\n\n`);
    this.#keepAlive();
  }

  end(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#response.end();
  }

  async #write(text: string): Promise<void> {
    if (this.#response.destroyed || this.#response.write(text)) return;
    // A reader that went away never drains, but closes.
    const left = new AbortController();
    try {
      await Promise.race([
        once(this.#response, 'drain', { signal: left.signal }),
        once(this.#response, 'close', { signal: left.signal }),
      ]);
    } finally {
      left.abort();
    }
  }

  #keepAlive(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = this.#clock.setTimeout(() => {
      if (!this.#response.destroyed) this.#response.write(':\n\n');
      this.#keepAlive();
    }, KEEP_ALIVE_MS);
  }
}
