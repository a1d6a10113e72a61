import { describe, expect, it } from 'vitest';
import { defineWorkflow } from '../../../runtime/workflow/orchestrations.ts';
import { startRun, statuses, World } from './world.ts';

const wait = (id: string, more: { correlation?: string; depends_on?: string[]; timeout_seconds?: number } = {}) => ({
  id,
  kind: 'wait' as const,
  event: 'Paid',
  ...more,
});

describe('a step that waits for an event', () => {
  it('takes one of its type and correlation, and gives its data', async () => {
    const world = new World();
    const runner = await world.running();
    const steps = [wait('paid', { correlation: 'order-{{input.order}}' })];
    const view = await startRun(world, runner, { steps }, { order: 7 });
    expect(view.steps[0]).toMatchObject({ status: 'running', waiting_for: 'order-7' });
    expect(await runner.event({ type: 'Shipped', correlation: 'order-7' })).toBe(0);
    expect(await runner.event({ type: 'Paid', correlation: 'order-8' })).toBe(0);
    expect(await runner.event({ type: 'Paid', correlation: 'order-7', data: { amount: 3 } })).toBe(1);
    expect(await runner.get('r')).toMatchObject({ status: 'completed', output: { amount: 3 } });
  });

  it('shares no event with another one, and knows one that comes again', async () => {
    const world = new World();
    const runner = await world.running();
    await startRun(world, runner, { steps: [wait('a'), wait('b')] });
    expect(await runner.raise('r', { id: 'e1', type: 'Paid', data: 1 })).toBe('taken');
    expect(await runner.raise('r', { id: 'e1', type: 'Paid', data: 1 })).toBe('ignored');
    expect(statuses(await runner.get('r'))).toEqual({ a: 'completed', b: 'running' });
    expect(await runner.raise('r', { id: 'e2', type: 'Paid', data: 2 })).toBe('taken');
    expect((await runner.get('r')).output).toEqual({ a: 1, b: 2 });
  });

  it('takes one that came before it began, also after a crash', async () => {
    const world = new World();
    world.handle = () => undefined;
    const first = await world.running();
    const steps = [
      { id: 'order', agent: 'a', task: 'x' },
      wait('paid', { depends_on: ['order'], correlation: '{{steps.order.result}}' }),
    ];
    await startRun(world, first, { steps });
    expect(await first.raise('r', { id: 'e1', type: 'Paid', correlation: 'other' })).toBe('taken');
    expect(await first.raise('r', { id: 'e2', type: 'Paid', correlation: 'mine', data: 'early' })).toBe('taken');
    await first.release(0);
    const second = await world.running();
    expect(await second.raise('r', { id: 'e2', type: 'Paid', correlation: 'mine' })).toBe('ignored');
    await second.outcome({ event_id: 'r~order~1', result: 'mine' });
    expect(await second.get('r')).toMatchObject({ status: 'completed', output: 'early' });
  });

  it('is given at most 100 events in advance', async () => {
    const world = new World();
    world.handle = () => undefined;
    const runner = await world.running();
    await startRun(world, runner, { steps: [{ id: 'a', agent: 'a', task: 'x' }, wait('w', { depends_on: ['a'] })] });
    for (let i = 0; i < 100; i++) await runner.raise('r', { id: `e${i}`, type: 'Paid', data: i });
    await expect(runner.raise('r', { id: 'more', type: 'Paid' })).rejects.toMatchObject({ code: 'AOS_STATE_CONFLICT' });
    await runner.outcome({ event_id: 'r~a~1' });
    expect((await runner.get('r')).output).toBe(0);
  });

  it('fails when none comes in time', async () => {
    const world = new World();
    const runner = await world.running();
    await startRun(world, runner, { steps: [wait('paid', { timeout_seconds: 60 })] });
    await world.clock.advance(60_000);
    expect(await runner.get('r')).toMatchObject({ status: 'failed', error: { code: 'AOS_DEADLINE' } });
  });
});

describe('an approval', () => {
  const steps = [
    { id: 'vote', kind: 'approval' as const, message: 'Buy {{input.what}}?' },
    { id: 'buy', kind: 'infer' as const, agent: 'coo', prompt: 'Buy', depends_on: ['vote'] },
  ];

  it('tells everybody once what is asked, and goes on when a person agrees', async () => {
    const world = new World();
    const runner = await world.running();
    const view = await startRun(world, runner, { steps }, { what: 'ships' });
    expect(view.steps[0]).toMatchObject({ status: 'running', waiting_for: 'Buy ships?' });
    expect(world.published).toEqual([
      {
        id: 'r~vote~WorkflowApprovalRequested',
        type: 'WorkflowApprovalRequested',
        data: { run_id: 'r', workflow: 'test', step_id: 'vote', message: 'Buy ships?' },
      },
    ]);
    const decision = { stepId: 'vote', approved: true, by: 'ann', comment: 'two of them' };
    expect(await Promise.all([runner.decide('r', decision), runner.decide('r', decision)])).toEqual([
      'taken',
      'ignored',
    ]);
    await world.settle(runner);
    expect(await runner.get('r')).toMatchObject({
      status: 'completed',
      steps: [{ result: { approved: true, by: 'ann', comment: 'two of them' } }, { status: 'completed' }],
    });
  });

  it('fails the run with the comment when a person refuses', async () => {
    const world = new World();
    const runner = await world.running();
    await startRun(world, runner, { steps }, { what: 'ships' });
    await runner.decide('r', { stepId: 'vote', approved: false, by: 'bob', comment: 'too dear' });
    const view = await runner.get('r');
    expect(view.error).toEqual({ error: 'Step vote failed: Rejected by bob: too dear', code: 'AOS_CANCELLED' });
    expect(statuses(view)).toEqual({ vote: 'failed', buy: 'skipped' });
    await world.settle(runner);
    expect(await runner.decide('r', { stepId: 'vote', approved: false })).toBe('ignored');
    await expect(runner.decide('r', { stepId: 'vote', approved: true })).rejects.toMatchObject({
      code: 'AOS_STATE_CONFLICT',
      message: 'Step vote of run r waits for no approval: it is failed.',
    });
  });

  it('refuses an answer that nobody asked for', async () => {
    const world = new World();
    world.handle = () => undefined;
    const runner = await world.running();
    await startRun(world, runner, {
      steps: [
        { id: 'work', agent: 'a', task: 'x' },
        { id: 'vote', kind: 'approval', message: 'Well?', depends_on: ['work'] },
      ],
    });
    const decide = (stepId: string) => runner.decide('r', { stepId, approved: true });
    await expect(decide('none')).rejects.toMatchObject({ code: 'AOS_NOT_FOUND' });
    await expect(decide('work')).rejects.toMatchObject({ code: 'AOS_BAD_REQUEST' });
    await expect(decide('vote')).rejects.toMatchObject({ code: 'AOS_STATE_CONFLICT' });
  });
});

describe('signals', () => {
  it('that come at the same time are all taken, and share writes', async () => {
    const world = new World();
    world.handle = () => undefined;
    let writes = 0;
    const runner = await world.running({
      boundary: async (what) => {
        if (what === 'before save') writes++;
      },
    });
    const steps = Array.from({ length: 50 }, (_, n) => ({ id: `s${n}`, agent: 'a', task: 'x' }));
    await startRun(world, runner, { steps });
    writes = 0;
    const outcomes = steps.map(({ id }) => runner.outcome({ event_id: `r~${id}~1`, result: id }));
    expect(new Set(await Promise.all(outcomes))).toEqual(new Set(['taken']));
    expect(writes).toBeLessThanOrEqual(2);
    expect((await runner.get('r')).status).toBe('completed');
  });

  it('are told to go elsewhere when the shard is not held here, and are ignored when they mean nothing', async () => {
    const world = new World();
    world.handle = () => undefined;
    const runner = await world.running();
    await startRun(world, runner, { steps: [{ id: 'a', agent: 'a', task: 'x' }] });
    expect(await runner.outcome({ event_id: 'evt_1', result: 1 })).toBe('ignored');
    expect(await runner.outcome({ event_id: 'nobody~a~1', result: 1 })).toBe('ignored');
    await expect(runner.cancel('nobody', 'x')).rejects.toMatchObject({ code: 'AOS_NOT_FOUND' });
    await runner.release(0);
    expect(await runner.outcome({ event_id: 'r~a~1', result: 1 })).toBe('not_held');
    expect(await runner.cancel('r', 'x')).toBe('not_held');
    expect((await runner.get('r')).status).toBe('running');
  });

  it('find a run that another replica started on a shard held here', async () => {
    const world = new World();
    const [holder, other] = [await world.running(), world.process()];
    const definition = defineWorkflow({ steps: [{ id: 'vote', kind: 'approval', message: 'Well?' }] });
    expect(await other.start({ runId: 'r', workflow: 'test', definition })).toMatchObject({ status: 'pending' });
    expect(await holder.wake('r')).toBe('taken');
    await world.settle(holder);
    expect(await holder.decide('r', { stepId: 'vote', approved: true })).toBe('taken');
    expect(await other.get('r')).toMatchObject({ status: 'completed' });
  });
});

describe('a released shard', () => {
  it('stops at once, aborts what runs, and loses nothing', async () => {
    const world = new World();
    const signals: AbortSignal[] = [];
    world.answer = (_agent, _prompt, signal) => {
      signals.push(signal);
      return signals.length === 1 ? new Promise(() => undefined) : 'answer';
    };
    const first = await world.running();
    const steps = [{ id: 'a', kind: 'infer' as const, agent: 'a', prompt: 'x' }];
    expect((await startRun(world, first, { steps })).status).toBe('running');
    await first.release(0);
    expect(signals[0]?.aborted).toBe(true);
    const second = await world.running();
    await world.settle(second);
    expect(await second.get('r')).toMatchObject({ status: 'completed', output: 'answer' });
  });

  it('does not swallow a signal that comes at that moment', async () => {
    const world = new World();
    world.handle = () => undefined;
    const loaded = Promise.withResolvers<void>();
    const first = await world.running();
    await startRun(world, first, { steps: [{ id: 'a', agent: 'a', task: 'x' }] });
    await first.release(0);
    const boundary = (what: string) => (what === 'after load' ? loaded.promise : Promise.resolve());
    const second = world.process({ boundary });
    const resumed = expect(second.resume(0)).rejects.toMatchObject({ code: 'AOS_STATE_CONFLICT' });
    await world.clock.advance(0);
    const delivery = expect(second.outcome({ event_id: 'r~a~1', result: 1 })).rejects.toMatchObject({
      code: 'AOS_STATE_CONFLICT',
    });
    const released = second.release(0);
    loaded.resolve();
    await Promise.all([resumed, delivery, released]);
    const third = await world.running();
    expect(await third.outcome({ event_id: 'r~a~1', result: 1 })).toBe('taken');
  });

  it('has only its own runs taken over', async () => {
    const world = new World();
    world.handle = () => undefined;
    const [one, two] = [world.process({ numShards: 2 }), world.process({ numShards: 2 })];
    const definition = defineWorkflow({ steps: [{ id: 'a', agent: 'a', task: 'x' }] });
    const runIds = Array.from({ length: 10 }, (_, n) => `run${n}`);
    for (const runId of runIds) await one.start({ runId, workflow: 'test', definition });
    await one.resume(0);
    await two.resume(1);
    await world.settle(one);
    const held = await Promise.all(runIds.map((runId) => one.outcome({ event_id: `${runId}~a~1` })));
    expect(held).toEqual(runIds.map((runId) => (one.shardOf(runId) === 0 ? 'taken' : 'not_held')));
    expect(new Set(held)).toEqual(new Set(['taken', 'not_held']));
    expect(world.handled).toHaveLength(10);
  });
});

describe('changes', () => {
  it('are told after they are durable, with the run as it is then', async () => {
    const world = new World();
    const runner = await world.running();
    const seen: string[] = [];
    runner.onChanged(({ view }) => seen.push(`${view().status} ${view().steps.map((step) => step.status)}`));
    await startRun(world, runner, {
      steps: [
        { id: 'a', kind: 'infer', agent: 'a', prompt: 'x' },
        { id: 'b', kind: 'infer', agent: 'b', prompt: 'x', depends_on: ['a'] },
      ],
    });
    expect(seen).toEqual(['running running,pending', 'running completed,running', 'completed completed,completed']);
  });
});
