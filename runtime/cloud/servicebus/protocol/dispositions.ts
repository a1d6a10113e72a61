import type { WireError } from './conditions.ts';
import { type RheaConnection, type RheaDelivery, type RheaLink, type RheaSession, type Typed, types } from './rhea.ts';

const described = (code: number, fields: readonly unknown[]) =>
  types.described(types.wrap_ulong(code), types.wrap_list(fields));

/** Outcomes of a delivery (AMQP 1.0, part 3, 3.4). */
export const outcome = {
  accepted: described(0x24, []),
  /** Without an error: the right answer to a dead-lettering. */
  rejected: described(0x25, [null]),
  released: described(0x26, []),
  modified: described(0x27, [null, null, null]),
};

export function rejectedWith({ condition, description }: WireError): Typed {
  return described(0x25, [types.wrap_error({ condition, description })]);
}

interface Answer {
  session: RheaSession;
  /** True if we are the receiver of the delivery. */
  receiving: boolean;
  id: number;
  state: Typed;
}

/**
 * Answers to deliveries, collected for one tick and written as few frames. rhea's own `delivery.update` is not used:
 * when two neighbours are answered in one tick with different states, it gives the second one the state of the first
 * (`write_dispositions` compares states only from the third delivery on).
 */
export class Dispositions {
  readonly #connection: RheaConnection;
  #answers: Answer[] = [];

  constructor(connection: RheaConnection) {
    this.#connection = connection;
  }

  /** Settles a delivery at our end, and tells the peer unless it has settled already. */
  settle(link: RheaLink, delivery: RheaDelivery, state: Typed, receiving: boolean): void {
    delivery.settled = true;
    if (!delivery.remote_settled) {
      // The SDK sends no second disposition: without this, the session's buffer would fill up and stop for good.
      delivery.remote_settled = true;
      this.#answers.push({ session: link.session, receiving, id: delivery.id, state });
    }
    this.#connection._register();
  }

  /** Writes the collected answers; neighbours that are accepted share a frame. */
  flush(): void {
    if (this.#answers.length === 0) return;
    const answers = this.#answers;
    this.#answers = [];
    let first = answers[0]!;
    let last = first;
    for (let i = 1; i < answers.length; i++) {
      const answer = answers[i]!;
      const joins =
        answer.id === last.id + 1 &&
        answer.state === outcome.accepted &&
        first.state === outcome.accepted &&
        answer.session === first.session &&
        answer.receiving === first.receiving;
      if (!joins) {
        write(first, last.id);
        first = answer;
      }
      last = answer;
    }
    write(first, last.id);
  }
}

function write({ session, receiving, id, state }: Answer, lastId: number): void {
  session.output(described(0x15, [receiving, types.wrap_uint(id), types.wrap_uint(lastId), true, state]));
}
