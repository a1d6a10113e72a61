import { describe, expect, it } from 'vitest';
import type { RunView, WorkflowDefinitionInput } from '../../../runtime/contracts/workflow.ts';
import { defineWorkflow } from '../../../runtime/workflow/orchestrations.ts';
import type { UnitState } from '../../../runtime/workflow/run-state.ts';
import type { WorkflowRunner } from '../../../runtime/workflow/runner.ts';
import { type Boundary, World } from './world.ts';

/** Every kind of step, in a row and side by side. */
const everything: WorkflowDefinitionInput = {
  steps: [
    { id: 'brief', kind: 'infer', agent: 'ceo', prompt: 'Brief on {{input.topic}}' },
    { id: 'cost', agent: 'cfo', task: 'Cost of {{steps.brief.result}}', depends_on: ['brief'] },
    { id: 'pause', kind: 'timer', seconds: 60, depends_on: ['brief'] },
    {
      id: 'review',
      kind: 'for_each',
      items: '{{input.markets}}',
      concurrency: 2,
      step: { agent: 'cmo', task: 'Market {{item}}' },
      depends_on: ['cost', 'pause'],
    },
    { id: 'word', kind: 'wait', event: 'BoardSpoke', correlation: '{{input.topic}}', depends_on: ['cost'] },
    { id: 'vote', kind: 'approval', message: 'Do {{input.topic}}?', depends_on: ['review', 'word'] },
    { id: 'decide', kind: 'infer', agent: 'ceo', prompt: 'Decide on {{steps.review.result}}', depends_on: ['vote'] },
  ],
};

/** A try that fails, a failure for good, and what was done is undone. */
const failing: WorkflowDefinitionInput = {
  steps: [
    { id: 'flight', agent: 'a', task: 'book', compensate: { agent: 'a', task: 'undo flight' } },
    { id: 'hotel', agent: 'b', task: 'book', depends_on: ['flight'], compensate: { agent: 'b', task: 'undo hotel' } },
    { id: 'shaky', agent: 'shaky', task: 'x', depends_on: ['hotel'], retry: { attempts: 2, backoff_ms: 1000 } },
    { id: 'pay', agent: 'poor', task: 'pay', depends_on: ['shaky'], retry: { attempts: 1 } },
  ],
};

function newWorld(): World {
  const world = new World();
  world.handle = ({ agent, event }) => {
    if (agent === 'poor') throw new Error('no money');
    if (event.id === 'r~shaky~1') throw new Error('shaky');
    return `${agent}: ${event.data.task}`;
  };
  return world;
}

interface Process {
  runner: WorkflowRunner;
  dead: boolean;
}

/** A process that dies at its boundary number `crashAt`: what is under way never returns, and it does nothing more. */
function newProcess(world: World, crashAt: number): Process {
  let count = 0;
  const process = { dead: false } as Process;
  const boundary: Boundary = () => {
    process.dead ||= ++count === crashAt;
    return process.dead ? new Promise(() => undefined) : Promise.resolve();
  };
  process.runner = world.process({ boundary });
  return process;
}

/**
 * A client, a person and the time: they do what the run waits for.
 * @returns the finished run; undefined if the process dies before
 */
async function drive(
  world: World,
  process: Process,
  definition: WorkflowDefinitionInput,
): Promise<RunView | undefined> {
  const { runner } = process;
  const input = { topic: 'Paris', markets: ['fr', 'de', 'it'] };
  /** Without an answer when the process dies over it. */
  const attempt = <T>(call: Promise<T>) => Promise.race([call, world.clock.advance(0)]);
  await attempt(runner.resume(0));
  await attempt(runner.start({ runId: 'r', workflow: 'test', definition: defineWorkflow(definition), input }));
  while (!process.dead) {
    await world.settle(runner);
    const view = await attempt(runner.get('r'));
    if (process.dead || !view) return undefined;
    if (view.finished_at) return view;
    if (statusOf(view, 'word') === 'running') {
      await attempt(runner.raise('r', { id: 'e1', type: 'BoardSpoke', correlation: 'Paris', data: 'go' }));
    } else if (statusOf(view, 'vote') === 'running') {
      await attempt(runner.decide('r', { stepId: 'vote', approved: true, by: 'ann' }));
    } else await world.clock.advance(30_000);
  }
  return undefined;
}

const statusOf = (view: RunView, id: string) => view.steps.find(({ step_id }) => step_id === id)?.status;

/** Units that ended, as the store has them. */
async function endedIn(world: World): Promise<[string, UnitState][]> {
  const found = await world.store.load('r');
  return [...(found?.run.units ?? [])].filter(([, unit]) => 'finishedAt' in unit);
}

interface Survived {
  world: World;
  view: RunView;
  crashes: number;
}

/** Drives a run to its end, with a process that dies at each of the boundaries, and one that lives at last. */
async function survive(definition: WorkflowDefinitionInput, boundaries: readonly number[]): Promise<Survived> {
  const world = newWorld();
  const atCrash: { ended: [string, UnitState][]; prompts: number }[] = [];
  for (const crashAt of [...boundaries, Number.POSITIVE_INFINITY]) {
    const process = newProcess(world, crashAt);
    const view = await drive(world, process, definition);
    if (!view) {
      atCrash.push({ ended: await endedIn(world), prompts: world.prompts.length });
      continue;
    }
    const end = new Map(await endedIn(world));
    for (const { ended, prompts } of atCrash) {
      // What had ended is as it was, to the millisecond …
      for (const [address, unit] of ended) expect([address, end.get(address)]).toEqual([address, unit]);
      // … and no model was asked for it again.
      const asked = world.prompts.slice(prompts);
      if (ended.some(([address]) => address === 'brief')) expect(asked).not.toContain('Brief on Paris');
    }
    return { world, view, crashes: atCrash.length };
  }
  throw new Error('The last process never dies.');
}

/** All that must not depend on crashes. What runs side by side may change places. */
const essence = ({ world, view }: Survived, sideBySide: boolean) => ({
  status: view.status,
  output: view.output,
  error: view.error,
  steps: view.steps.map(({ step_id, status, attempts, result, compensation }) => ({
    ...{ step_id, status, attempts, result, compensation },
  })),
  handled: sideBySide ? world.handled.toSorted((a, b) => a.event.id.localeCompare(b.event.id)) : world.handled,
  published: world.published,
});

describe.each([
  ['every kind of step', everything, 'completed', true],
  ['a retry, a failure and compensation', failing, 'failed', false],
])('a run with %s', (_name, definition, status, sideBySide) => {
  it('ends the same, every effect once, wherever its process dies', async () => {
    const expected = await survive(definition, []);
    expect(expected.view.status).toBe(status);
    let boundary = 0;
    for (;;) {
      const survived = await survive(definition, [++boundary]);
      if (survived.crashes === 0) break;
      expect(essence(survived, sideBySide), `died at boundary ${boundary}`).toEqual(essence(expected, sideBySide));
      expect(survived.world.logs).toEqual([]);
    }
    expect(boundary).toBeGreaterThan(30);
  });

  it('ends the same when one process after the other dies', async () => {
    const expected = essence(await survive(definition, []), sideBySide);
    for (let first = 5; first < 17; first++) {
      const survived = await survive(definition, [first, first + 3, 4, first + 1, 7, 6]);
      expect(survived.crashes, `first crash at ${first}`).toBeGreaterThan(2);
      expect(essence(survived, sideBySide)).toEqual(expected);
    }
  });
});

describe('two runners that believe to hold the same run', () => {
  it('do not both go on: who writes second reads again what the other one wrote', async () => {
    const world = newWorld();
    world.handle = ({ agent }) => (agent === 'cfo' ? undefined : 'done');
    const [old, young] = [await world.running(), await world.running()];
    const steps = [
      { id: 'cost', agent: 'cfo', task: 'x' },
      { id: 'next', agent: 'cmo', task: 'x {{steps.cost.result}}', depends_on: ['cost'] },
    ];
    await old.start({ runId: 'r', workflow: 'test', definition: defineWorkflow({ steps }) });
    await world.settle(old);
    await young.wake('r');
    expect(await young.outcome({ event_id: 'r~cost~1', result: 'young' })).toBe('taken');
    await expect(old.outcome({ event_id: 'r~cost~1', result: 'old' })).rejects.toMatchObject({
      code: 'AOS_STATE_CONFLICT',
    });
    await world.settle(young);
    await world.clock.advance(1000);
    expect(world.handled.map(({ event }) => event.data.task)).toEqual(['x', 'x young']);
    for (const runner of [old, young]) expect(await runner.get('r')).toMatchObject({ status: 'completed' });
    expect(world.published).toHaveLength(1);
  });
});

describe('a write', () => {
  /** A runner whose writes are let through one by one. */
  async function slowly(world: World) {
    const writes: PromiseWithResolvers<void>[] = [];
    const runner = await world.running({
      boundary: (what) => {
        if (what !== 'before save') return Promise.resolve();
        writes.push(Promise.withResolvers());
        return writes.at(-1)!.promise;
      },
    });
    const write = async (index: number) => {
      writes[index]?.resolve();
      await world.settle(runner);
    };
    return { runner, write, writes };
  }

  it('comes before everything that follows from it, also when more happens meanwhile', async () => {
    const world = newWorld();
    world.handle = () => undefined;
    const { runner, write, writes } = await slowly(world);
    const steps = ['a', 'b'].map((id) => ({ id, agent: id, task: 'x' }));
    const more = { id: 'c', agent: 'c', task: 'x', depends_on: ['a'] };
    await runner.start({ runId: 'r', workflow: 'test', definition: defineWorkflow({ steps: [...steps, more] }) });
    expect(world.handled).toEqual([]);
    await write(0);
    const outcome = (id: string) => runner.outcome({ event_id: `r~${id}~1`, result: id });
    const first = outcome('a');
    await world.settle(runner);
    expect(world.handled.map(({ agent }) => agent)).toEqual(['a', 'b']);
    await write(1);
    expect(world.handled.map(({ agent }) => agent)).toEqual(['a', 'b', 'c']);
    const second = outcome('b');
    await world.settle(runner);
    const third = outcome('c');
    await write(2);
    expect(world.published).toEqual([]);
    await write(3);
    expect(world.published).toHaveLength(1);
    expect(await Promise.all([first, second, third])).toEqual(['taken', 'taken', 'taken']);
    expect(writes).toHaveLength(4);
  });

  it('comes before a try that began while the one before was written', async () => {
    const world = newWorld();
    world.handle = () => undefined;
    const { runner, write } = await slowly(world);
    const ask = { id: 'x', kind: 'infer' as const, agent: 'x', prompt: 'x', depends_on: ['a'], timeout_seconds: 0.5 };
    const steps = [
      { id: 'a', agent: 'a', task: 'x' },
      { id: 'pause', kind: 'timer' as const, seconds: 1 },
      { ...ask, retry: { attempts: 2, backoff_ms: 0 } },
    ];
    await runner.start({ runId: 'r', workflow: 'test', definition: defineWorkflow({ steps }) });
    await world.settle(runner);
    await write(0);
    await world.clock.advance(400);
    const outcome = runner.outcome({ event_id: 'r~a~1' });
    await world.clock.advance(600);
    await write(1);
    expect(world.prompts).toEqual([]);
    await write(2);
    expect(world.prompts).toEqual(['x']);
    expect(await outcome).toBe('taken');
  });
});

describe('an answer that comes when its try has just timed out', () => {
  it('is not taken for that of the next one', async () => {
    const world = newWorld();
    const answers: PromiseWithResolvers<string>[] = [];
    world.answer = () => {
      answers.push(Promise.withResolvers());
      return answers.at(-1)!.promise;
    };
    let written = Promise.withResolvers<void>();
    written.resolve();
    const runner = await world.running({
      boundary: (what) => (what === 'before save' ? written.promise : Promise.resolve()),
    });
    const step = { id: 'a', kind: 'infer' as const, agent: 'a', prompt: 'x', timeout_seconds: 1 };
    const definition = defineWorkflow({ steps: [{ ...step, retry: { attempts: 2, backoff_ms: 0 } }] });
    await runner.start({ runId: 'r', workflow: 'test', definition });
    await world.settle(runner);
    written = Promise.withResolvers();
    await world.clock.advance(1000);
    answers[0]?.resolve('late');
    await world.settle(runner);
    written.resolve();
    await world.settle(runner);
    answers[1]?.resolve('in time');
    await world.settle(runner);
    expect(await runner.get('r')).toMatchObject({ output: 'in time', steps: [{ attempts: 2 }] });
  });
});

describe('a store that fails', () => {
  it('takes nothing from a run: it is read again and goes on', async () => {
    const world = newWorld();
    let failures = 3;
    const runner = await world.running({
      boundary: async (what) => {
        if (what === 'before save' && failures-- > 0) throw new Error('storage is away');
      },
    });
    await runner.start({
      runId: 'r',
      workflow: 'test',
      definition: defineWorkflow({ steps: [{ id: 'a', agent: 'a', task: 'x' }] }),
    });
    for (let second = 0; second < 4; second++) {
      await world.settle(runner);
      await world.clock.advance(1000);
    }
    expect((await runner.get('r')).status).toBe('completed');
    expect(world.handled).toHaveLength(1);
    expect(world.logs).toHaveLength(3);
  });

  it('makes a signal fail whose effect is not kept, so that it is brought again', async () => {
    const world = newWorld();
    let broken = false;
    const runner = await world.running({
      boundary: async (what) => {
        if (what === 'before save' && broken) throw new Error('storage is away');
      },
    });
    const steps = [{ id: 'vote', kind: 'approval' as const, message: 'Well?' }];
    await runner.start({ runId: 'r', workflow: 'test', definition: defineWorkflow({ steps }) });
    await world.settle(runner);
    broken = true;
    const decision = { stepId: 'vote', approved: true };
    await expect(runner.decide('r', decision)).rejects.toThrow('storage is away');
    broken = false;
    expect(await runner.decide('r', decision)).toBe('taken');
    await world.settle(runner);
    expect((await runner.get('r')).status).toBe('completed');
  });
});
