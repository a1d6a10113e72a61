import type { FastifyReply } from 'fastify';

/** A client that reads slower than this falls behind for good: it is let go, and comes back with a fresh snapshot. */
const MAX_BUFFERED_BYTES = 8 * 1024 * 1024;
/** Comment lines that keep proxies from closing a silent stream. */
const KEEP_ALIVE_MS = 15_000;

/** One response as a stream of server-sent events. */
export class SseStream {
  readonly #reply: FastifyReply;
  readonly #closed = new AbortController();
  readonly #keepAlive: NodeJS.Timeout;
  #id = 0;

  constructor(reply: FastifyReply) {
    this.#reply = reply;
    reply.hijack();
    reply.raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    reply.raw.on('close', () => this.#end());
    this.#keepAlive = setInterval(() => reply.raw.write(': keep-alive\n\n'), KEEP_ALIVE_MS);
    this.#keepAlive.unref();
  }

  /** Aborts when the client is gone or the stream has ended. */
  get signal(): AbortSignal {
    return this.#closed.signal;
  }

  /** Sends `data` as one JSON line under the event's name. @param id default: the number of the event in this stream */
  send(event: string, data: unknown, id = String(++this.#id)): void {
    if (this.signal.aborted) return;
    this.#reply.raw.write(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    if (this.#reply.raw.writableLength > MAX_BUFFERED_BYTES) this.#reply.raw.destroy();
  }

  end(): void {
    this.#reply.raw.end();
    this.#end();
  }

  #end(): void {
    clearInterval(this.#keepAlive);
    this.#closed.abort();
  }
}
