/** The part of a delivered message that a mailbox needs. */
export interface MailboxItem {
  readonly sequenceNumber: bigint;
}

/** `done`: settled, go on. `again`: given back to the broker, which delivers it again: later ones wait for it. */
export type MailboxResult = 'done' | 'again';

/**
 * Messages of one agent, handled one at a time in the order of their sequence numbers. A message that was given back
 * holds the later ones until the broker has delivered it again, so a retry never overtakes or is overtaken.
 */
export class Mailbox<Item extends MailboxItem> {
  readonly #handle: (item: Item) => Promise<MailboxResult>;
  readonly #onIdle: () => void;
  #items: Item[] = [];
  /** Given back to the broker and not yet delivered again. */
  #returned = new Set<bigint>();
  #busy = false;
  #closed = false;

  /**
   * @param handle handles and settles one message; what it throws is a bug and ends the mailbox's turn
   * @param onIdle called whenever nothing is being handled and nothing can be
   */
  constructor(handle: (item: Item) => Promise<MailboxResult>, onIdle: () => void) {
    this.#handle = handle;
    this.#onIdle = onIdle;
  }

  /** Messages that wait or are being handled. */
  get size(): number {
    return this.#items.length + (this.#busy ? 1 : 0);
  }

  /** True when nothing waits, is being handled, or is to be delivered again: such a mailbox can be forgotten. */
  get empty(): boolean {
    return this.size === 0 && this.#returned.size === 0;
  }

  /** True while a message is being handled. */
  get busy(): boolean {
    return this.#busy;
  }

  add(item: Item): void {
    if (this.#closed) return;
    const at = this.#items.findIndex((other) => other.sequenceNumber > item.sequenceNumber);
    if (at < 0) this.#items.push(item);
    else this.#items.splice(at, 0, item);
    void this.#pump();
  }

  /** Takes out what could be handled now, for whoever handles a message and does the same with these. */
  takeWaiting(): Item[] {
    const taken: Item[] = [];
    for (let item = this.#next(); item; item = this.#next()) taken.push(item);
    return taken;
  }

  /** Does something in the agent's turn: meanwhile no message is handled. Nothing while one is being handled. */
  async run(work: () => Promise<void>): Promise<void> {
    if (this.#busy || this.#closed) return;
    this.#busy = true;
    try {
      await work();
    } finally {
      this.#busy = false;
      this.#onIdle();
    }
    if (this.#items.length > 0) await this.#pump();
  }

  /** Forgets what waits: its shard has moved, the broker delivers it to the new owner. */
  close(): void {
    this.#closed = true;
    this.#items = [];
  }

  async #pump(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let item = this.#next(); item; item = this.#next()) {
        const result = await this.#handle(item);
        if (result === 'again') this.#returned.add(item.sequenceNumber);
      }
    } finally {
      this.#busy = false;
      this.#onIdle();
    }
  }

  #next(): Item | undefined {
    const first = this.#items[0];
    if (!first) return undefined;
    for (const sequenceNumber of this.#returned) if (sequenceNumber < first.sequenceNumber) return undefined;
    this.#returned.delete(first.sequenceNumber);
    return this.#items.shift();
  }
}
