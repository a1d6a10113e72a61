import { describe, expect, it } from 'vitest';
import { PlanBook } from '../../../../../extension/panels/capacity/plan-book.ts';
import { planName } from '../../../../../extension/panels/capacity/plan-name.ts';
import { TestMemory } from './support.ts';

describe('the plans of a workspace', () => {
  it('begin with the guide’s example, or what the settings say of it', () => {
    expect(new PlanBook(new TestMemory()).current).toMatchObject({ name: null, inputs: {}, measured: null });
    expect(new PlanBook(new TestMemory(), () => ({ headroom: 2 })).current.inputs).toEqual({ headroom: 2 });
  });

  it('outlive the window: the plans, the one that is shown, and the comparison', () => {
    const memory = new TestMemory();
    const book = new PlanBook(memory);
    const b = book.add(book.current);
    book.change(b, { inputs: { shards: 32 } });
    book.compareWith(b);
    const later = new PlanBook(memory);
    expect(later.plans).toEqual(book.plans);
    expect(later.comparing).toMatchObject({ editing: 'b', plan: { id: b, inputs: { shards: 32 } } });
    expect(later.edited.id).toBe(b);
    later.edit('a');
    expect(later.edited.id).toBe(later.current.id);
  });

  it('begin anew when another version kept something else', () => {
    const memory = new TestMemory();
    void memory.update('aos.capacity.plans', { version: 1, plans: [{ id: 'x', inputs: { shards: -1 } }] });
    expect(new PlanBook(memory).current.inputs).toEqual({});
  });

  it('are never none, and a comparison ends with its plan', () => {
    const book = new PlanBook(new TestMemory());
    const a = book.current.id;
    book.remove(a);
    expect(book.current.id).toBe(a);
    const b = book.add();
    book.compareWith(a);
    expect(book.comparing).toBeNull();
    book.compareWith(b);
    book.remove(a);
    expect([book.current.id, book.comparing, book.letterOf(b)]).toEqual([b, null, 'A']);
  });

  it('have letters by their place', () => {
    const book = new PlanBook(new TestMemory());
    const ids = [book.current.id, ...Array.from({ length: 26 }, () => book.add())];
    expect([0, 1, 25, 26].map((at) => book.letterOf(ids[at]!))).toEqual(['A', 'B', 'Z', '27']);
  });
});

describe('a plan without a name of its own', () => {
  const named = (part: Partial<Parameters<typeof planName>[0]>) =>
    planName({ name: null, inputs: {}, measured: null, ...part });

  it('is called by what it has of its own', () => {
    expect(named({})).toBe('the guide’s example');
    expect(named({ inputs: { shards: 32, bus_tier: 'Standard' } })).toBe('Shards 32, Tier Standard');
    expect(named({ inputs: { shards: 32, headroom: 2, adapters: 5, total_agents: 7 } })).toBe('4 inputs of yours');
    const measured = { run: '7', at: '2026-11-24T12:00:00Z', simulated: false, values: {} };
    expect(named({ measured })).toBe('measured by run 7');
    expect(named({ name: 'Winter', inputs: { shards: 32 } })).toBe('Winter');
  });
});
