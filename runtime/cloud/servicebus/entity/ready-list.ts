import type { Message } from './message.ts';

/**
 * Messages that wait for a receiver, by sequence number: an array whose head moves, so that taking and adding cost
 * nothing, and a returned message goes back to its place (nearly always just in front of the head).
 */
export class ReadyList {
  #items: (Message | undefined)[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  /** Removes and returns the first message. */
  take(): Message | undefined {
    const message = this.#items[this.#head];
    if (!message) return undefined;
    this.#items[this.#head++] = undefined;
    if (this.#head === this.#items.length) {
      this.#items = [];
      this.#head = 0;
    } else if (this.#head > 4096 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return message;
  }

  /** Puts a message at the place that its sequence number has. */
  add(message: Message): void {
    const items = this.#items;
    const last = items[items.length - 1];
    if (this.length === 0 || last!.sequenceNumber < message.sequenceNumber) {
      items.push(message);
      return;
    }
    const place = this.#placeOf(message.sequenceNumber);
    if (place === this.#head && this.#head > 0) items[--this.#head] = message;
    else items.splice(place, 0, message);
  }

  /** Removes a message from wherever it is. */
  remove(message: Message): void {
    const place = this.#placeOf(message.sequenceNumber);
    if (this.#items[place] !== message) return;
    // Many that expire together go one by one from the head: shifting the rest each time would be quadratic.
    if (place === this.#head) this.take();
    else this.#items.splice(place, 1);
  }

  /** Index of the first message whose number is not below `sequenceNumber`. */
  #placeOf(sequenceNumber: number): number {
    let low = this.#head;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#items[middle]!.sequenceNumber < sequenceNumber) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
