import type { Delivery, ReceiveMode } from './message.ts';

/** A receiver as the entities see it: something that can take so many messages now. */
export interface Consumer {
  readonly mode: ReceiveMode;
  /** How many more messages it can take; asked before each one. */
  capacity(): number;
  deliver(delivery: Delivery): void;
}

/** The receivers of one entity, served in turns. */
export class ConsumerRing {
  #consumers: Consumer[] = [];
  #next = 0;

  get size(): number {
    return this.#consumers.length;
  }

  add(consumer: Consumer): void {
    this.#consumers.push(consumer);
  }

  remove(consumer: Consumer): void {
    this.#consumers = this.#consumers.filter((other) => other !== consumer);
  }

  /** The next one that can take a message, or undefined. */
  next(): Consumer | undefined {
    const count = this.#consumers.length;
    for (let tried = 0; tried < count; tried++) {
      this.#next = this.#next + 1 < count ? this.#next + 1 : 0;
      const consumer = this.#consumers[this.#next]!;
      if (consumer.capacity() > 0) return consumer;
    }
    return undefined;
  }
}
