import type { ServiceBusMessage, ServiceBusMessageBatch, ServiceBusSender } from '@azure/service-bus';

interface Waiting {
  readonly message: ServiceBusMessage;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Service Bus takes no more in one batch, whatever their size. */
const MAX_BATCH = 4500;

/**
 * Sends messages as they come; while one send is under way, further ones wait and go together as one batch. So a single
 * message is sent at once, and a busy sender needs a call for many. The order is kept.
 *
 * Only for entities without sessions: a batch has one partition, which on a partitioned entity is its session.
 */
export class Outbox {
  readonly #sender: ServiceBusSender;
  #waiting: Waiting[] = [];
  #sending = false;

  constructor(sender: ServiceBusSender) {
    this.#sender = sender;
  }

  /**
   * Resolves when the bus has taken the message. When `signal` aborts, the wait ends; the message may be sent all the same.
   * @throws what the SDK throws; the signal's reason
   */
  send(message: ServiceBusMessage, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const onAbort = () => reject(signal?.reason);
      const forget = () => signal?.removeEventListener('abort', onAbort);
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push({
        message,
        resolve: () => {
          forget();
          resolve();
        },
        reject: (error) => {
          forget();
          reject(error);
        },
      });
      if (!this.#sending) void this.#sendAll();
    });
  }

  async #sendAll(): Promise<void> {
    this.#sending = true;
    while (this.#waiting.length > 0) await this.#sendSome();
    this.#sending = false;
  }

  /** Never throws: who waits is told. */
  async #sendSome(): Promise<void> {
    const together: Waiting[] = [];
    try {
      await this.#sender.sendMessages(await this.#take(together));
      for (const { resolve } of together) resolve();
    } catch (error) {
      for (const { reject } of together.length > 0 ? together : this.#waiting.splice(0)) reject(error);
    }
  }

  /** Moves what fits into one send from those that wait to `together`. */
  async #take(together: Waiting[]): Promise<ServiceBusMessage | ServiceBusMessageBatch> {
    const batch = this.#waiting.length > 1 ? await this.#sender.createMessageBatch() : undefined;
    const fits = this.#waiting.findIndex(({ message }, index) => index >= MAX_BATCH || !batch?.tryAddMessage(message));
    const first = this.#waiting[0] as Waiting;
    together.push(...this.#waiting.splice(0, fits < 0 ? this.#waiting.length : Math.max(1, fits)));
    // One that fits into no batch is refused by the bus, and does not hold up the others.
    return batch && batch.count > 0 ? batch : first.message;
  }
}
