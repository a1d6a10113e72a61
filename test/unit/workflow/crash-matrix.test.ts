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

/** All that must not depend on crashes. */
const essence = ({ world, view }: Survived) => ({
  status: view.status,
  output: view.output,
  error: view.error,
  steps: view.steps.map(({ step_id, status, attempts, result, compensation }) => ({
    ...{ step_id, status, attempts, result, compensation },
  })),
  handled: world.handled.map(({ agent, event }) => ({ agent, event })),
  published: world.published,
});

const sorted = (result: ReturnType<typeof essence>) => ({
  ...result,
  handled: result.handled.toSorted((a, b) => a.event.id.localeCompare(b.event.id)),
});

describe.each([
  ['every kind of step', everything, 'completed'],
  ['a retry, a failure and compensation', failing, 'failed'],
])('a run with %s', (_name, definition, status) => {
  it('ends the same, every effect once, wherever its process dies', async () => {
    const expected = await survive(definition, []);
    expect(expected.view.status).toBe(status);
    let boundary = 0;
    for (;;) {
      const survived = await survive(definition, [++boundary]);
      if (survived.crashes === 0) break;
      expect(sorted(essence(survived)), `died at boundary ${boundary}`).toEqual(sorted(essence(expected)));
      expect(survived.world.logs).toEqual([]);
    }
    expect(boundary).toBeGreaterThan(30);
  });

  it('ends the same when one process after the other dies', async () => {
    const expected = sorted(essence(await survive(definition, [])));
    for (let first = 5; first < 17; first++) {
      const survived = await survive(definition, [first, first + 3, 4, first + 1, 7, 6]);
      expect(survived.crashes, `first crash at ${first}`).toBeGreaterThan(2);
      expect(sorted(essence(survived))).toEqual(expected);
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
