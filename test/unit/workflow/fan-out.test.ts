import { describe, expect, it } from 'vitest';
import { startRun, World } from './world.ts';

const review = (more: object = {}) => ({
  id: 'review',
  kind: 'for_each' as const,
  items: '{{input.items}}',
  step: { agent: 'a', task: '{{index}}: {{item.name}}', retry: { attempts: 1 } },
  ...more,
});
const items = (count: number) => Array.from({ length: count }, (_, n) => ({ name: `n${n}` }));

describe('a fan-out', () => {
  it.each([0, 1, 100])('over %i items gives as many results, in the order of the items', async (count) => {
    const world = new World();
    world.handle = () => undefined;
    const runner = await world.running();
    const after = { id: 'sum', kind: 'infer' as const, agent: 's', prompt: '{{steps.review.result}}' };
    const steps = [review({ concurrency: 100 }), { ...after, depends_on: ['review'] }];
    await startRun(world, runner, { steps }, { items: items(count) });
    for (const { event } of world.handled.toReversed()) world.finish(event.id, { result: event.data.task });
    await world.settle(runner);
    const expected = items(count).map(({ name }, index) => `${index}: ${name}`);
    const view = await runner.get('r');
    expect(view.status).toBe('completed');
    expect(view.steps[0]).toMatchObject({ result: expected, items: { total: count, completed: count, running: 0 } });
    expect(world.prompts).toEqual([JSON.stringify(expected)]);
  });

  it('does no more at a time than it may', async () => {
    const world = new World();
    world.handle = () => undefined;
    const runner = await world.running();
    const view = await startRun(world, runner, { steps: [review({ concurrency: 3 })] }, { items: items(5) });
    expect(view.steps[0]?.items).toEqual({ total: 5, completed: 0, running: 3 });
    world.finish('r~review~1~1', { result: 'x' });
    await world.settle(runner);
    expect((await runner.get('r')).steps[0]?.items).toEqual({ total: 5, completed: 1, running: 3 });
    expect(world.handled.map(({ event }) => event.data.task)).toEqual(['0: n0', '1: n1', '2: n2', '3: n3']);
  });

  it('fails with the item that failed, cancels the others, and is compensated as a whole', async () => {
    const world = new World();
    world.handle = ({ event }) => {
      if (event.data.task === '1: n1') throw new Error('unreadable');
      return String(event.data.task).startsWith('0') ? 'zero' : undefined;
    };
    const compensate = { kind: 'infer' as const, agent: 'u', prompt: 'undo {{steps.review.result}}' };
    const view = await startRun(world, await world.running(), { steps: [review({ compensate })] }, { items: items(3) });
    expect(view).toMatchObject({
      status: 'failed',
      error: { error: 'Step review failed: Item 1 failed: unreadable', code: 'AOS_HANDLER_FAILED' },
    });
    expect(world.prompts).toEqual(['undo ["zero",null,null]']);
  });

  it('tries each item again by itself', async () => {
    const world = new World();
    world.handle = ({ event }) => {
      if (event.id === 'r~review~1~1') throw new Error('busy');
      return event.id;
    };
    const runner = await world.running();
    const step = { agent: 'a', task: '{{item.name}}', retry: { attempts: 2, backoff_ms: 10, jitter: 0 } };
    await startRun(world, runner, { steps: [review({ step })] }, { items: items(3) });
    await world.clock.advance(10);
    await world.settle(runner);
    expect((await runner.get('r')).output).toEqual(['r~review~0~1', 'r~review~1~2', 'r~review~2~1']);
  });

  it('refuses what is no array, and more items than a run may have', async () => {
    const error = async (input: unknown) => {
      const world = new World();
      return (await startRun(world, await world.running(), { steps: [review()] }, input)).error?.error;
    };
    expect(await error({ items: 'many' })).toContain('takes an array of items, and got "many"');
    expect(await error({ items: items(1001) })).toContain('at most 1000 items');
    const world = new World();
    const two = [review(), review({ id: 'again', depends_on: ['review'] })];
    const view = await startRun(world, await world.running(), { steps: two }, { items: items(501) });
    expect(view.error?.error).toContain('Step again failed: A run has at most 1000 items');
  });
});
