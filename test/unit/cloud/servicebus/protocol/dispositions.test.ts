import { describe, expect, it } from 'vitest';
import { Dispositions, outcome, rejectedWith } from '../../../../../runtime/cloud/servicebus/protocol/dispositions.ts';
import {
  type RheaConnection,
  type RheaDelivery,
  type RheaLink,
  type RheaSession,
  type Typed,
  types,
} from '../../../../../runtime/cloud/servicebus/protocol/rhea.ts';

/** What is written on a session: [role, first, last, outcome's code]. */
function setup() {
  const written: unknown[][] = [];
  const session = {
    output: (frame: Typed) => {
      const [role, first, last, , state] = (frame as { value: Typed[] }).value.map((field) => types.unwrap(field));
      written.push([role, first, last, state]);
    },
  } as unknown as RheaSession;
  let registered = 0;
  const dispositions = new Dispositions({ _register: () => registered++ } as unknown as RheaConnection);
  const settle = (id: number, state: Typed, { receiving = true, on = session, remoteSettled = false } = {}) => {
    const delivery = { id, settled: false, remote_settled: remoteSettled } as RheaDelivery;
    dispositions.settle({ session: on } as RheaLink, delivery, state, receiving);
    return delivery;
  };
  const frames = () => {
    dispositions.flush();
    return written.splice(0).map(([role, first, last]) => [role, first, last]);
  };
  return { settle, frames, registered: () => registered, session };
}

describe('Dispositions', () => {
  it('share a frame where neighbours are accepted, and only there', () => {
    const { settle, frames } = setup();
    const rejected = rejectedWith({ condition: 'c', description: 'd' });
    for (const [id, state] of [outcome.accepted, outcome.accepted, rejected, rejected, outcome.accepted].entries())
      settle(id, state);
    settle(6, outcome.accepted);
    expect(frames()).toEqual([
      [true, 0, 1],
      [true, 2, 2],
      [true, 3, 3],
      [true, 4, 4],
      [true, 6, 6],
    ]);
    expect(frames()).toEqual([]);
  });

  it('keep directions and sessions apart', () => {
    const { settle, frames, session } = setup();
    const other = { ...session } as RheaSession;
    settle(1, outcome.accepted);
    settle(2, outcome.accepted, { receiving: false });
    settle(3, outcome.accepted, { receiving: false, on: other });
    expect(frames()).toEqual([
      [true, 1, 1],
      [false, 2, 2],
      [false, 3, 3],
    ]);
  });

  it('say nothing about what the peer has settled, and settle it here', () => {
    const { settle, frames, registered } = setup();
    const delivery = settle(1, outcome.accepted, { remoteSettled: true });
    expect(delivery).toMatchObject({ settled: true, remote_settled: true });
    expect(frames()).toEqual([]);
    expect(registered()).toBe(1);
  });
});
