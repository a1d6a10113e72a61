import { newId } from '../core/ids.ts';
import type { ControlOrder, StateStore } from './state-store.ts';

/** What all replicas are to do: each has its own breaker and cache, and none knows another one's address. */
export type Control =
  | { subject: 'cache'; action: 'clear' }
  | { subject: `answer.${string}`; action: 'forget' }
  | { subject: `breaker.${string}`; action: 'reset' | 'open' };

/**
 * A board in storage on which one replica says what all are to do. Each looks at it with its heartbeat; the one that wrote
 * looks at once. Of several orders for one subject between two looks the last one is carried out.
 */
export class ControlBoard {
  readonly #store: StateStore;
  readonly #carryOut: (control: Control) => void;
  /** Id of the order carried out last, by subject. */
  readonly #seen = new Map<string, string>();
  #looked = false;

  constructor(options: { store: StateStore; carryOut: (control: Control) => void }) {
    this.#store = options.store;
    this.#carryOut = options.carryOut;
  }

  async post(control: Control): Promise<void> {
    await this.#store.saveOrder({ ...control, id: newId('ctl') });
    await this.look();
  }

  /** What was ordered before this replica's first look is no concern of it: it starts closed and empty. */
  async look(): Promise<void> {
    const orders = await this.#store.listOrders();
    for (const order of orders) {
      if (this.#seen.get(order.subject) === order.id) continue;
      this.#seen.set(order.subject, order.id);
      if (this.#looked) this.#carryOut(order as ControlOrder & Control);
    }
    this.#looked = true;
  }
}
