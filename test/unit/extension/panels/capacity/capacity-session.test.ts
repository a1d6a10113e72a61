import { describe, expect, it } from 'vitest';
import { CapacitySession, type WorkspaceFacts } from '../../../../../extension/panels/capacity/capacity-session.ts';
import { readChosenPlan } from '../../../../../extension/panels/capacity/chosen-plan.ts';
import { PlanBook } from '../../../../../extension/panels/capacity/plan-book.ts';
import { PriceShelf } from '../../../../../extension/panels/capacity/price-shelf.ts';
import type { CapacityState } from '../../../../../runtime/contracts/capacity-panel.ts';
import { configSchema } from '../../../../../runtime/contracts/config.ts';
import { measurementOf, resultOf } from '../../../benchmark/support/results.ts';
import { TestMemory, temporaryFolder } from './support.ts';

function sessionWith(facts: WorkspaceFacts = {}) {
  const memory = new TestMemory();
  const states: CapacityState[] = [];
  const noErrors = (message: string) => expect.unreachable(message);
  const session: CapacitySession = new CapacitySession({
    ...{ plans: new PlanBook(memory), memory, facts: () => facts },
    prices: new PriceShelf({
      folder: temporaryFolder(),
      url: () => undefined,
      onChange: () => undefined,
      onError: noErrors,
    }),
    ...{ noBenchmark: () => null, pricesMaxAgeDays: () => 30, now: () => new Date('2026-11-24T12:00:00Z') },
    onChange: (state) => states.push(state),
  });
  const id = session.plans.current.id;
  const input = (key: string) => session.state.plan.inputs.find((one) => one.key === key)!;
  return { session, memory, states, id, input };
}

describe('an input', () => {
  it('becomes yours, and goes back to its source', () => {
    const { session, states, id, input } = sessionWith();
    session.setInput(id, 'total_agents', 2000);
    expect(input('total_agents')).toMatchObject({ value: 2000, source: 'yours', default: 1000 });
    expect(states.at(-1)?.plan.guide.lines[0]).toBe('Required instances: 20.0');
    session.setInput(id, 'total_agents', null);
    expect(input('total_agents')).toMatchObject({ value: 1000, source: 'guide' });
  });

  it.each([-5, 0, Number.NaN, 1.5])('is refused and the plan kept: %d agents', (value) => {
    const { session, id, input } = sessionWith();
    expect(() => session.setInput(id, 'total_agents', value)).toThrow('1 to 1,000,000 agents, whole');
    expect(input('total_agents').value).toBe(1000);
  });

  it('is reset with Undo, one or all', async () => {
    const { session, id, input } = sessionWith();
    session.setInput(id, 'shards', 32);
    session.setInput(id, 'headroom', 2);
    session.reset(id, 'shards');
    expect([input('shards').value, input('headroom').value]).toEqual([10, 2]);
    expect(session.state.notice).toEqual({ kind: 'info', text: 'Shards is back to its source.', undo: true });
    await session.undo();
    expect(input('shards').value).toBe(32);
    session.reset(id, null);
    expect([input('shards').value, input('headroom').value]).toEqual([10, 3]);
    await session.undo();
    expect([input('shards').value, input('headroom').value]).toEqual([32, 2]);
  });
});

describe('a fix', () => {
  it('of inputs is done and can be undone; what was changed since stays', async () => {
    const { session, id, input } = sessionWith();
    expect(session.applyFix(id, 'scale-out')).toBeUndefined();
    expect(input('shards')).toMatchObject({ value: 32, source: 'yours' });
    session.setInput(id, 'headroom', 4);
    await session.undo();
    expect([input('shards').value, input('headroom').value]).toEqual([10, 4]);
    expect(session.state.notice).toMatchObject({ text: 'Undone.', undo: false });
  });

  it('of aos.json or a price is left to the panel', () => {
    const config = configSchema.parse({ name: 'test', runtime: { replicas: 2, shards: 10 } });
    const { session, id } = sessionWith({ config });
    session.setInput(id, 'shards', 32);
    expect(session.applyFix(id, 'scale-out')).toMatchObject({ kind: 'config', value: 32 });
    expect(session.applyFix(id, 'unknown-prices')).toMatchObject({ kind: 'price' });
  });

  it('with a price of yours makes it known', () => {
    const { session, id } = sessionWith();
    const before = session.state.plan.total.unknown.length;
    session.setPrice(id, 'egress_gb', 0.08, 'your price');
    expect(session.state.plan.total.unknown).toHaveLength(before - 1);
  });
});

describe('a benchmark', () => {
  const measured = resultOf([
    measurementOf(
      'inference-uncached',
      Array.from({ length: 100 }, () => 1250),
    ),
  ]);

  it('fills inputs, which reset gives back', async () => {
    const { session, id, input } = sessionWith();
    session.useBenchmark(id, measured, '7');
    expect(input('answer_seconds')).toMatchObject({ source: 'measured', from: 'run 7 of 2026-01-01' });
    session.reset(id, 'answer_seconds');
    expect(input('answer_seconds')).toMatchObject({ source: 'assumed', value: 2 });
    await session.undo();
    expect(input('answer_seconds').source).toBe('measured');
    await session.undo();
    expect(input('answer_seconds').source).toBe('assumed');
  });

  it('of a simulated engine changes nothing', () => {
    const { session, id, input } = sessionWith();
    const simulated = resultOf(measured.measurements, 'simulated');
    expect(() => session.useBenchmark(id, simulated, '8')).toThrow('This run was simulated.');
    expect(input('answer_seconds').source).toBe('assumed');
  });
});

describe('Use for Deployment', () => {
  it('is refused while the plan cannot carry its peak', async () => {
    const { session, id, memory } = sessionWith();
    await expect(session.useForDeployment(id)).rejects.toThrow('This plan can’t carry its own peak.');
    expect(readChosenPlan(memory)).toBeUndefined();
  });

  it('hands over what the plan comes to', async () => {
    const { session, id, memory } = sessionWith();
    session.setInput(id, 'shards', 32);
    await session.useForDeployment(id);
    expect(readChosenPlan(memory)).toMatchObject({
      ...{ plan: id, name: 'Plan A: Shards 32', chosen_at: '2026-11-24T12:00:00.000Z' },
      capacity: { min_replicas: 10, max_replicas: 30, shards: 32, messaging_units: 4, gpus: 2 },
    });
  });
});

it('compares two plans, and goes on with one', () => {
  const { session, id } = sessionWith();
  const b = session.plans.add(session.plans.current);
  session.plans.compareWith(b);
  session.setInput(b, 'messaging_units', 1);
  const { comparing, plan } = session.state;
  expect(comparing).toMatchObject({ editing: 'b', plan: { id: b, letter: 'B', name: 'Messaging units 1' } });
  expect(plan).toMatchObject({ id, letter: 'A', name: 'the guide’s example' });
  session.plans.show(b);
  expect(session.state).toMatchObject({ plan: { id: b }, comparing: null });
});
