import { describe, expect, it } from 'vitest';
import { AdapterTurns } from '../../../../../runtime/cloud/lorax/llama/adapter-turns.ts';
import { ManualClock } from '../../../../../runtime/core/clock.ts';

/** Requests named by their adapter and a number; `step` asks for the next step of one, `begun` says which have begun, in order. */
function setUp() {
  const clock = new ManualClock();
  const turns = new AdapterTurns({ turnMs: 200, clock });
  const takers = new Map<string, ReturnType<AdapterTurns['join']>>();
  const takerOf = (name: string) => {
    const taker = takers.get(name) ?? turns.join(name.slice(0, 1));
    takers.set(name, taker);
    return taker;
  };
  let begun: string[] = [];
  return {
    clock,
    async step(...names: string[]) {
      for (const name of names) Promise.resolve(takerOf(name).step()).then(() => begun.push(name));
      await clock.advance(0);
    },
    async leave(...names: string[]) {
      for (const name of names) takerOf(name).leave();
      await clock.advance(0);
    },
    /** Since it was last asked. */
    begun() {
      const names = begun;
      begun = [];
      return names;
    },
  };
}

describe('AdapterTurns', () => {
  it('lets the requests of one adapter compute together, and those of the next when all of them are done', async () => {
    const { step, leave, begun } = setUp();
    await step('a1', 'b1', 'a2', 'b2');
    expect(begun()).toEqual(['a1', 'a2']);
    await leave('a1');
    await step('a2');
    expect(begun()).toEqual(['a2']);
    await leave('a2');
    expect(begun()).toEqual(['b1', 'b2']);
  });

  it('lets a request join the turn of its adapter', async () => {
    const { step, begun } = setUp();
    await step('a1', 'b1', 'a2');
    await step('a3');
    expect(begun()).toEqual(['a1', 'a2', 'a3']);
  });

  it('passes the turn on when its time is over, to the one that waits for the longest', async () => {
    const { step, clock, begun } = setUp();
    await step('a1', 'a2', 'c1', 'b1');
    await clock.advance(200);
    await step('a1', 'a3');
    expect(begun()).toEqual(['a1', 'a2']); // a2 still computes the step it has begun
    await step('a2');
    expect(begun()).toEqual(['c1']);
    await clock.advance(200);
    await step('c1');
    expect(begun()).toEqual(['b1']);
    await clock.advance(200);
    await step('b1');
    expect(begun()).toEqual(['a1', 'a3', 'a2']);
  });

  it('ends no turn that nobody else wants', async () => {
    const { step, clock, begun } = setUp();
    await step('a1');
    await clock.advance(1000);
    await step('a1');
    expect(begun()).toEqual(['a1', 'a1']);
  });

  it('wakes a request that gives up, and forgets it', async () => {
    const { step, leave, begun } = setUp();
    await step('a1', 'b1', 'c1');
    await leave('b1');
    expect(begun()).toEqual(['a1', 'b1']);
    await leave('a1');
    expect(begun()).toEqual(['c1']);
  });
});
