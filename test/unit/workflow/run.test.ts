import { describe, expect, it } from 'vitest';
import { sleep } from '../../../runtime/core/clock.ts';
import { AosError } from '../../../runtime/core/errors.ts';
import { benchmarkWorkflow } from '../../../runtime/workflow/benchmark-workflow.ts';
import { startRun, statuses, World } from './world.ts';

const once = { attempts: 1 };

describe('a run', () => {
  it('asks agents by event and by prompt, in the order of their dependencies, and gives the last result', async () => {
    const world = new World();
    const view = await startRun(
      world,
      await world.running(),
      {
        steps: [
          { id: 'decide', kind: 'infer', agent: 'ceo', prompt: 'Weigh: {{steps.cost.result}}', depends_on: ['cost'] },
          { id: 'cost', agent: 'cfo', task: 'What does {{input.topic}} cost?' },
        ],
      },
      { topic: 'Paris' },
    );
    expect(view).toMatchObject({
      status: 'completed',
      output: 'ceo: Weigh: cfo did What does Paris cost?',
      compensating: false,
      error: null,
    });
    expect(world.handled).toEqual([
      {
        agent: 'cfo',
        event: {
          id: 'r~cost~1',
          type: 'TaskRequested',
          data: { task: 'What does Paris cost?', workflow: 'test', run_id: 'r', step_id: 'cost' },
        },
      },
    ]);
    expect(world.published).toEqual([
      {
        id: 'r~end~WorkflowCompleted',
        type: 'WorkflowCompleted',
        data: { run_id: 'r', workflow: 'test', output: 'ceo: Weigh: cfo did What does Paris cost?' },
      },
    ]);
  });

  it('runs at the same time what does not depend on each other', async () => {
    const world = new World();
    world.handle = () => undefined;
    const runner = await world.running();
    const steps = [
      { id: 'a', agent: 'a', task: 'x' },
      { id: 'b', agent: 'b', task: 'x' },
      { id: 'c', agent: 'c', task: 'x', depends_on: ['a', 'b'] },
    ];
    expect(statuses(await startRun(world, runner, { steps }))).toEqual({ a: 'running', b: 'running', c: 'pending' });
    world.finish('r~b~1', { result: 2 });
    await world.settle(runner);
    expect(statuses(await runner.get('r'))).toEqual({ a: 'running', b: 'completed', c: 'pending' });
    world.finish('r~a~1', { result: 1 });
    await world.settle(runner);
    expect(statuses(await runner.get('r'))).toEqual({ a: 'completed', b: 'completed', c: 'running' });
  });

  it('gives the results by id when several steps are last, and its own output when it has one', async () => {
    const steps = [
      { id: 'a', kind: 'infer' as const, agent: 'a', prompt: 'x' },
      { id: 'b', kind: 'infer' as const, agent: 'b', prompt: 'x' },
    ];
    const [several, own] = [new World(), new World()];
    expect((await startRun(several, await several.running(), { steps })).output).toEqual({ a: 'a: x', b: 'b: x' });
    const output = 'A says {{steps.a.result}}';
    expect((await startRun(own, await own.running(), { steps, output })).output).toBe('A says a: x');
  });

  it('is the same run when it is started again with its id, and refuses the id to another workflow', async () => {
    const world = new World();
    const runner = await world.running();
    const workflow = { steps: [{ id: 'a', agent: 'a', task: 'x' }] };
    await startRun(world, runner, workflow);
    expect((await startRun(world, runner, workflow)).status).toBe('completed');
    expect(world.handled).toHaveLength(1);
    const { definition } = (await world.store.load('r'))!.run.start;
    await expect(runner.start({ runId: 'r', workflow: 'other', definition })).rejects.toMatchObject({
      code: 'AOS_STATE_CONFLICT',
    });
  });

  it('fails with what the template names when a placeholder has no value, without a second try', async () => {
    const world = new World();
    const view = await startRun(
      world,
      await world.running(),
      { steps: [{ id: 'a', agent: 'a', task: 'About {{input.topic}}' }] },
      {},
    );
    expect(view.error).toEqual({
      error: expect.stringContaining('{{input.topic}} has no value: there is no topic'),
      code: 'AOS_BAD_REQUEST',
    });
    expect(view.steps[0]).toMatchObject({ status: 'failed', attempts: 1 });
    expect(world.handled).toEqual([]);
  });
});

describe('a retry', () => {
  it('comes after a wait that doubles up to its limit, with jitter, as another event', async () => {
    const world = new World();
    world.handle = () => {
      throw new Error('no budget');
    };
    const runner = await world.running();
    const retry = { attempts: 4, backoff_ms: 1000, max_backoff_ms: 3000, jitter: 0.2 };
    await startRun(world, runner, { steps: [{ id: 'a', agent: 'cfo', task: 'x', retry }] });
    const at: number[] = [];
    // random is 0.5: every wait is 10 % longer.
    for (const waitMs of [1100, 2200, 3300]) {
      await world.clock.advance(waitMs - 1);
      at.push(world.handled.length);
      await world.clock.advance(1);
      await world.settle(runner);
      at.push(world.handled.length);
    }
    expect(at).toEqual([1, 2, 2, 3, 3, 4]);
    expect(world.handled.map(({ event }) => event.id)).toEqual(['r~a~1', 'r~a~2', 'r~a~3', 'r~a~4']);
    expect(await runner.get('r')).toMatchObject({
      status: 'failed',
      error: { error: 'Step a failed: no budget', code: 'AOS_HANDLER_FAILED' },
      steps: [{ status: 'failed', attempts: 4 }],
    });
  });

  it('shows when the next try begins and why the last one failed, and succeeds', async () => {
    const world = new World();
    world.answer = () => {
      if (world.prompts.length < 2) throw new Error('the endpoint is gone');
      return 'fine';
    };
    const runner = await world.running();
    const view = await startRun(world, runner, { steps: [{ id: 'a', kind: 'infer', agent: 'a', prompt: 'x' }] });
    expect(view.steps[0]).toMatchObject({
      status: 'running',
      attempts: 2,
      error: { error: 'the endpoint is gone', code: 'AOS_INFERENCE_FAILED' },
      due_at: new Date(world.clock.now() + 113).toISOString(),
    });
    await world.clock.advance(113);
    await world.settle(runner);
    expect(await runner.get('r')).toMatchObject({ status: 'completed', output: 'fine', steps: [{ error: null }] });
  });

  it('goes on waiting for the same time after a crash', async () => {
    const world = new World();
    world.answer = () => {
      if (world.prompts.length < 2) throw new Error('busy');
      return 'fine';
    };
    const retry = { attempts: 2, backoff_ms: 10_000, jitter: 0 };
    const first = await world.running();
    await startRun(world, first, { steps: [{ id: 'a', kind: 'infer', agent: 'a', prompt: 'x', retry }] });
    await world.clock.advance(4000);
    await first.release(0);
    const second = await world.running();
    await world.clock.advance(5999);
    expect(world.prompts).toHaveLength(1);
    await world.clock.advance(1);
    expect((await second.get('r')).status).toBe('completed');
  });
});

describe('a time-out', () => {
  it('aborts the model, counts as a failed try, and is as long for the next one', async () => {
    const world = new World();
    const signals: AbortSignal[] = [];
    world.answer = (_agent, _prompt, signal) => {
      signals.push(signal);
      return new Promise(() => undefined);
    };
    const runner = await world.running();
    const step = { id: 'a', kind: 'infer' as const, agent: 'a', prompt: 'x', timeout_seconds: 30 };
    await startRun(world, runner, { steps: [{ ...step, retry: { attempts: 2, backoff_ms: 0 } }] });
    await world.clock.advance(29_999);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    await world.clock.advance(1);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    await world.clock.advance(30_000);
    expect(await runner.get('r')).toMatchObject({
      status: 'failed',
      error: { error: 'Step a failed: It took longer than its time-out of 30 s.', code: 'AOS_DEADLINE' },
    });
  });

  it('ignores what an agent has to say after it', async () => {
    const world = new World();
    world.handle = () => undefined;
    const runner = await world.running();
    const step = { id: 'a', agent: 'a', task: 'x', timeout_seconds: 1, retry: { attempts: 2, backoff_ms: 0 } };
    await startRun(world, runner, { steps: [step] });
    await world.clock.advance(1000);
    expect(await runner.outcome({ event_id: 'r~a~1', result: 'late' })).toBe('ignored');
    expect(await runner.outcome({ event_id: 'r~a~2', result: 'in time' })).toBe('taken');
    expect((await runner.get('r')).output).toBe('in time');
  });

  it('holds for a run as a whole, also over a crash', async () => {
    const world = new World();
    world.handle = () => undefined;
    const first = await world.running();
    await startRun(world, first, { timeout_seconds: 60, steps: [{ id: 'a', agent: 'a', task: 'x' }] });
    await first.release(0);
    await world.clock.advance(70_000);
    const second = await world.running();
    await world.clock.advance(0);
    expect(await second.get('r')).toMatchObject({
      status: 'failed',
      error: { error: 'The run took longer than its time-out of 60 s.', code: 'AOS_DEADLINE' },
      steps: [{ status: 'cancelled' }],
    });
  });
});

describe('a timer', () => {
  it('fires at its time, also when the process was gone meanwhile', async () => {
    const world = new World();
    const first = await world.running();
    const steps = [
      { id: 'pause', kind: 'timer' as const, seconds: 3600 },
      { id: 'a', kind: 'infer' as const, agent: 'a', prompt: 'x', depends_on: ['pause'] },
    ];
    await startRun(world, first, { steps });
    await world.clock.advance(1_800_000);
    await first.release(0);
    const second = await world.running();
    await world.clock.advance(1_799_999);
    expect(world.prompts).toEqual([]);
    await world.clock.advance(1);
    expect((await second.get('r')).status).toBe('completed');
  });

  it('runs from when it is durable: of steps that do nothing, each takes the time of its write', async () => {
    const world = new World();
    const { clock } = world;
    const boundary = async (what: string) => {
      if (what === 'before save') await sleep(7, { clock });
    };
    const runner = await world.running({ boundary });
    await runner.start({ runId: 'r', workflow: 'aos.benchmark', definition: benchmarkWorkflow });
    await clock.advance(1000);
    const { status, steps } = await runner.get('r');
    expect([status, steps.map(({ duration_ms }) => duration_ms)]).toEqual(['completed', Array(10).fill(7)]);
  });

  it('takes a date, and refuses what is none', async () => {
    const steps = [{ id: 'pause', kind: 'timer' as const, until: '{{input.at}}' }];
    const world = new World();
    const runner = await world.running();
    await startRun(world, runner, { steps }, { at: new Date(world.clock.now() + 5000).toISOString() });
    await world.clock.advance(4999);
    expect((await runner.get('r')).status).toBe('running');
    await world.clock.advance(1);
    expect((await runner.get('r')).status).toBe('completed');
    const other = new World();
    expect((await startRun(other, await other.running(), { steps }, { at: 'soon' })).error?.error).toContain(
      '"soon" is no date',
    );
  });
});

describe('a failure', () => {
  it('skips the rest, and cancels what runs', async () => {
    const world = new World();
    world.handle = ({ agent }) => {
      if (agent === 'b') throw new Error('broken');
      return agent === 'a' ? 'done' : undefined;
    };
    const view = await startRun(world, await world.running(), {
      steps: [
        { id: 'a', agent: 'a', task: 'x' },
        { id: 'b', agent: 'b', task: 'x', depends_on: ['a'], retry: once },
        { id: 'c', agent: 'c', task: 'x' },
        { id: 'd', agent: 'd', task: 'x', depends_on: ['b'] },
        { id: 'e', agent: 'e', task: 'x', depends_on: ['c'] },
      ],
    });
    expect(statuses(view)).toEqual({ a: 'completed', b: 'failed', c: 'cancelled', d: 'skipped', e: 'skipped' });
    expect(view.status).toBe('failed');
    expect(world.published.map(({ type, data }) => [type, data])).toEqual([
      ['WorkflowFailed', { run_id: 'r', workflow: 'test', error: 'Step b failed: broken', code: 'AOS_HANDLER_FAILED' }],
    ]);
  });

  it('is not tried again when it cannot succeed', async () => {
    const world = new World();
    world.answer = () => {
      throw new AosError('AOS_AGENT_NOT_FOUND', 'There is no agent cfo.');
    };
    const view = await startRun(world, await world.running(), {
      steps: [{ id: 'a', kind: 'infer', agent: 'cfo', prompt: 'x' }],
    });
    expect(view.error).toEqual({ error: 'Step a failed: There is no agent cfo.', code: 'AOS_AGENT_NOT_FOUND' });
    expect(world.prompts).toHaveLength(1);
  });
});

describe('compensation', () => {
  const undoable = (id: string, dependsOn: string[] = []) => ({
    id,
    agent: id,
    task: 'do',
    depends_on: dependsOn,
    retry: once,
    compensate: { agent: id, task: `undo {{steps.${id}.result}}`, retry: once },
  });
  const undone = (world: World) => world.handled.filter(({ event }) => String(event.data.task).startsWith('undo'));

  it('undoes what was done in reverse, one after the other, and tells that it failed only then', async () => {
    const world = new World();
    world.handle = ({ agent, event }) => {
      if (agent === 'pay') throw new Error('no money');
      return String(event.data.task).startsWith('undo') ? undefined : `${agent}-7`;
    };
    const runner = await world.running();
    const steps = [undoable('flight'), undoable('hotel', ['flight']), undoable('pay', ['hotel'])];
    const view = await startRun(world, runner, { steps });
    expect(view).toMatchObject({ status: 'running', compensating: true, error: { code: 'AOS_HANDLER_FAILED' } });
    expect(undone(world).map(({ event }) => event)).toMatchObject([
      { id: 'r~hotel~undo~1', data: { task: 'undo hotel-7' } },
    ]);
    world.finish('r~hotel~undo~1', { result: null });
    await world.settle(runner);
    world.finish('r~flight~undo~1', { result: null });
    await world.settle(runner);
    expect(undone(world).map(({ agent }) => agent)).toEqual(['hotel', 'flight']);
    expect(await runner.get('r')).toMatchObject({
      status: 'failed',
      compensating: false,
      steps: [
        { compensation: { status: 'completed' } },
        { compensation: { status: 'completed' } },
        { compensation: null },
      ],
    });
  });

  it('also undoes a step that was cut off, and goes on when undoing one fails', async () => {
    const world = new World();
    world.handle = ({ agent, event }) => {
      if (!String(event.data.task).startsWith('undo')) return agent === 'a' ? 'done' : undefined;
      if (agent === 'b') throw new Error('cannot be undone');
      return 'undone';
    };
    const runner = await world.running();
    const b = { ...undoable('b', ['a']), compensate: { agent: 'b', task: 'undo b', retry: once } };
    await startRun(world, runner, { steps: [undoable('a'), b] });
    expect(await runner.cancel('r', 'Nobody wants it.')).toBe('taken');
    await world.settle(runner);
    expect(undone(world).map(({ agent }) => agent)).toEqual(['b', 'a']);
    expect(await runner.get('r')).toMatchObject({
      status: 'cancelled',
      error: { error: 'Nobody wants it.', code: 'AOS_CANCELLED' },
      steps: [
        { status: 'completed', compensation: { status: 'completed' } },
        { status: 'cancelled', compensation: { status: 'failed', error: { error: 'cannot be undone' } } },
      ],
    });
    expect(world.published.map(({ type }) => type)).toEqual(['WorkflowCancelled']);
  });

  it('is not begun by a second cancel, nor stopped by one', async () => {
    const world = new World();
    world.handle = ({ event }) => (event.data.task === 'do' ? 'done' : undefined);
    const runner = await world.running();
    await startRun(world, runner, { steps: [undoable('a'), { id: 'w', kind: 'wait', event: 'Go' }] });
    expect(await Promise.all([runner.cancel('r', 'one'), runner.cancel('r', 'two')])).toEqual(['taken', 'ignored']);
    await world.settle(runner);
    world.finish('r~a~undo~1', { result: null });
    await world.settle(runner);
    expect(await runner.cancel('r', 'three')).toBe('ignored');
    expect((await runner.get('r')).error?.error).toBe('one');
    expect(undone(world)).toHaveLength(1);
  });
});
