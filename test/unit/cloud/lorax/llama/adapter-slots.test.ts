import { describe, expect, it } from 'vitest';
import { AdapterSlots } from '../../../../../runtime/cloud/lorax/llama/adapter-slots.ts';
import { ManualClock } from '../../../../../runtime/core/clock.ts';

/** Slots over contexts that are only names; what happens is written down. */
function setUp({ places = 2, active = 2 } = {}) {
  const clock = new ManualClock();
  const log: string[] = [];
  const slots = new AdapterSlots<string>({
    create: async (key) => {
      if (key.startsWith('bad')) throw new Error(`${key} is no adapter`);
      log.push(`+${key}`);
      return key;
    },
    destroy: async (context) => void log.push(`-${context}`),
    placesPerAdapter: places,
    activeAdapters: active,
    cycleMs: 2000,
    clock,
  });
  /** Names who was let in, in order; `leave(name)` ends his request. */
  const inside = new Map<string, () => void>();
  const entered: string[] = [];
  const enter = (name: string, key: string, signal?: AbortSignal) => {
    const entering = slots.enter(key, signal).then(({ leave }) => {
      entered.push(name);
      inside.set(name, leave);
    });
    entering.catch(() => undefined); // the tests look at it themselves
    return entering;
  };
  const settle = () => clock.advance(0);
  const leave = async (...names: string[]) => {
    for (const name of names) inside.get(name)?.();
    await settle();
  };
  return { slots, clock, log, entered, enter, leave, settle };
}

describe('AdapterSlots', () => {
  it('computes so many requests of an adapter together, and lets the others in as places become free', async () => {
    const { enter, entered, leave, settle, slots } = setUp();
    for (const name of ['1', '2', '3', '4']) enter(name, 'ceo');
    await settle();
    expect(entered).toEqual(['1', '2']);
    expect(slots.waiting).toBe(2);
    await leave('2');
    expect(entered).toEqual(['1', '2', '3']);
    await leave('1', '3');
    expect(entered).toEqual(['1', '2', '3', '4']);
  });

  it('takes out the adapter that was idle for the longest when another needs a place', async () => {
    const { enter, leave, log, slots, clock, settle } = setUp();
    enter('1', 'ceo');
    enter('2', 'cfo');
    await settle();
    await leave('1');
    await clock.advance(10);
    await leave('2');
    enter('3', 'cto');
    await settle();
    expect(log).toEqual(['+ceo', '+cfo', '-ceo', '+cto']);
    expect(slots.active).toEqual(['cfo', 'cto']);
  });

  it('never takes out a pinned one, and refuses to pin more than there are places', async () => {
    const { enter, leave, log, slots, settle } = setUp();
    expect(slots.pin('ceo')).toBe(true);
    enter('1', 'ceo');
    enter('2', 'cfo');
    await settle();
    await leave('1', '2');
    enter('3', 'cto');
    await settle();
    expect(log).toEqual(['+ceo', '+cfo', '-cfo', '+cto']);
    expect(slots.pin('cto')).toBe(true);
    expect(slots.pin('coo')).toBe(false);
    await leave('3');
    const waits = enter('4', 'coo');
    await settle();
    expect(slots.waiting).toBe(1);
    slots.unpin('ceo');
    await waits;
    expect(slots.active).toEqual(['cto', 'coo']);
  });

  it('lets an adapter with requests keep the others waiting for one cycle, and no longer', async () => {
    const { enter, entered, leave, clock, settle } = setUp({ places: 1, active: 1 });
    enter('a1', 'a');
    await settle();
    for (const name of ['b1', 'a2', 'a3']) enter(name, name.slice(0, 1));
    await clock.advance(500);
    await leave('a1');
    expect(entered).toEqual(['a1', 'a2']);
    await clock.advance(1500);
    await leave('a2');
    expect(entered).toEqual(['a1', 'a2', 'b1']);
    await leave('b1');
    expect(entered).toEqual(['a1', 'a2', 'b1', 'a3']);
  });

  it('lets those go on whose adapters are active while another waits for a slot', async () => {
    const { enter, entered, leave, settle } = setUp({ places: 1, active: 2 });
    for (const name of ['a1', 'b1']) enter(name, name.slice(0, 1));
    await settle();
    for (const name of ['c1', 'a2', 'b2']) enter(name, name.slice(0, 1));
    await leave('b1');
    expect(entered).toEqual(['a1', 'b1', 'b2']);
  });

  it('does not starve an adapter beside one that is always busy', async () => {
    const { enter, entered, leave, clock, settle } = setUp({ places: 2, active: 1 });
    enter('a1', 'a');
    enter('a2', 'a');
    await settle();
    enter('b1', 'b');
    for (let i = 3; i < 10; i++) {
      enter(`a${i}`, 'a');
      await clock.advance(600);
      await leave(`a${i - 2}`);
    }
    expect(entered.indexOf('b1')).toBeGreaterThan(0);
    expect(entered.indexOf('b1')).toBeLessThan(8);
  });

  it('tells everybody who waits for an adapter that it cannot be loaded, and tries again for the next one', async () => {
    const { enter, slots } = setUp();
    await expect(enter('1', 'bad')).rejects.toThrow('bad is no adapter');
    await expect(enter('2', 'bad')).rejects.toThrow('bad is no adapter');
    await enter('3', 'ceo');
    expect(slots.active).toEqual(['ceo']);
  });

  it('lets those go who give up', async () => {
    const { enter, entered, leave, slots, settle } = setUp({ places: 1 });
    enter('1', 'ceo');
    await settle();
    const caller = new AbortController();
    const waiting = enter('2', 'ceo', caller.signal);
    enter('3', 'ceo');
    caller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    expect(slots.waiting).toBe(1);
    await leave('1');
    expect(entered).toEqual(['1', '3']);
  });

  it('takes adapters out by hand when their requests are done, and lets later requests bring them in again', async () => {
    const { enter, entered, leave, log, slots, settle } = setUp({ active: 3 });
    enter('1', 'ceo');
    enter('2', 'ceo+cfo');
    enter('3', 'cto');
    await settle();
    await leave('2');
    let removed = false;
    slots
      .remove((key) => key.includes('ceo'))
      .then(() => {
        removed = true;
      });
    enter('4', 'ceo');
    await settle();
    expect([log, removed]).toEqual([['+ceo', '+ceo+cfo', '+cto', '-ceo+cfo'], false]);
    await leave('1');
    expect([log.slice(4), removed]).toEqual([['-ceo', '+ceo'], true]);
    expect(entered).toEqual(['1', '2', '3', '4']);
    expect(slots.has((key) => key === 'ceo')).toBe(true);
  });
});
