import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type WorkflowDefinitionInput, workflowSchema } from '../../../runtime/contracts/workflow.ts';
import { collaborative, defineWorkflow, hierarchical, sequential } from '../../../runtime/workflow/orchestrations.ts';
import { World } from './world.ts';

const task = { agent: 'ceo', task: 'x' };
const problemOf = (workflow: WorkflowDefinitionInput) => {
  try {
    defineWorkflow(workflow);
    return 'none';
  } catch (error) {
    expect(error).toMatchObject({ code: 'AOS_CONFIG_INVALID' });
    return (error as Error).message;
  }
};

describe('a definition', () => {
  it('takes a step as aos.json always had it for an event to an agent, with all defaults', () => {
    expect(defineWorkflow({ steps: [{ id: 'a', ...task }] }).steps).toEqual([
      {
        kind: 'agent',
        id: 'a',
        ...task,
        depends_on: [],
        event: 'TaskRequested',
        data: {},
        retry: { attempts: 3, backoff_ms: 100, max_backoff_ms: 60_000, jitter: 0.25 },
      },
    ]);
  });

  it.each<[string, WorkflowDefinitionInput['steps']]>([
    [
      'steps.1.id is used twice: there is a step a already',
      [
        { id: 'a', ...task },
        { id: 'a', ...task },
      ],
    ],
    [
      'steps.0.depends_on.0 names step b, which does not exist. The steps are a',
      [{ id: 'a', ...task, depends_on: ['b'] }],
    ],
    [
      'steps.1.depends_on makes a circle in which every step waits for the next: b → d → c → b',
      [
        { id: 'a', ...task, depends_on: ['b'] },
        { id: 'b', ...task, depends_on: ['d'] },
        { id: 'c', ...task, depends_on: ['b'] },
        { id: 'd', ...task, depends_on: ['c'] },
      ],
    ],
    ['every step waits for the next: a → a', [{ id: 'a', ...task, depends_on: ['a'] }]],
    ['steps.0.task uses {{imput}}; there are input', [{ id: 'a', agent: 'x', task: '{{imput.topic}}' }]],
    ['steps.0.task holds {{1 + 1}}, which is no path', [{ id: 'a', agent: 'x', task: '{{1 + 1}}' }]],
    ['steps.0.data.deep.0 uses {{item}}', [{ id: 'a', ...task, data: { deep: ['{{item}}'] } }]],
    ['names a step without its result', [{ id: 'a', agent: 'x', task: '{{steps.a}}' }]],
    [
      'steps.1.prompt uses the result of step a, which need not be there yet',
      [
        { id: 'a', ...task },
        { id: 'b', kind: 'infer', agent: 'x', prompt: '{{steps.a.result}}' },
      ],
    ],
    ['needs "seconds" or "until"', [{ id: 'a', kind: 'timer' }]],
    ['needs "seconds" or "until"', [{ id: 'a', kind: 'timer', seconds: 1, until: '2026-01-01' }]],
  ])('is refused: %s', (problem, steps) => {
    expect(problemOf({ steps })).toContain(problem);
  });

  it('may use the results of steps it depends on over others, its own in its compensation, the item in a fan-out', () => {
    const workflow = {
      steps: [
        { id: 'a', ...task, compensate: { agent: 'x', task: 'undo {{steps.a.result}}' } },
        { id: 'b', ...task, depends_on: ['a'] },
        {
          id: 'c',
          kind: 'for_each' as const,
          items: '{{steps.a.result}}',
          step: { kind: 'infer' as const, agent: 'x', prompt: '{{item}} {{index}} {{steps.b.result}}' },
          depends_on: ['b'],
        },
      ],
      output: '{{steps.a.result}}',
    };
    expect(problemOf(workflow)).toBe('none');
  });

  it('refuses what a step of its kind does not have', () => {
    expect(problemOf({ steps: [{ id: 'a', ...task, promt: 'x' } as never] })).toContain('Unrecognized key: "promt"');
    expect(problemOf({ steps: [{ id: 'a', kind: 'shell' } as never] })).toContain("'agent'");
  });

  it('has a JSON schema', () => {
    expect(JSON.stringify(z.toJSONSchema(workflowSchema, { io: 'input', target: 'draft-7' }))).toContain('for_each');
  });
});

describe('an orchestration', () => {
  async function run(definition: ReturnType<typeof defineWorkflow>) {
    const world = new World();
    world.answer = (agent) => `<${agent}>`;
    const runner = await world.running();
    await runner.start({ runId: 'r', workflow: 'test', definition, input: { topic: 'Paris' } });
    await world.settle(runner);
    return { world, view: await runner.get('r') };
  }
  const shared = { task: 'Do we open in {{input.topic}}?' };

  it('is collaborative: all on the same task, one answer of all', async () => {
    const { world, view } = await run(collaborative({ ...shared, agents: ['cfo', 'cmo'], lead: 'ceo' }));
    expect(view.output).toBe('<ceo>');
    expect(world.prompts.slice(0, 2)).toEqual(['Do we open in Paris?', 'Do we open in Paris?']);
    expect(world.prompts[2]).toMatch(/cfo:\n<cfo>\n\ncmo:\n<cmo>/);
    const alone = await run(collaborative({ ...shared, agents: ['cfo', 'cmo'] }));
    expect(alone.view.output).toEqual({ cfo: '<cfo>', cmo: '<cmo>' });
  });

  it('is sequential: each takes further what the one before made', async () => {
    const { world, view } = await run(sequential({ ...shared, agents: ['cto', 'cfo', 'ceo'] }));
    expect(view.output).toBe('<ceo>');
    expect(world.prompts.map((prompt) => prompt.match(/<\w+>/)?.[0])).toEqual([undefined, '<cto>', '<cfo>']);
  });

  it('is hierarchical: the manager instructs, the workers work, the manager concludes', async () => {
    const { world, view } = await run(hierarchical({ ...shared, manager: 'ceo', workers: ['cfo', 'cmo'] }));
    expect(view.steps.map(({ step_id }) => step_id)).toEqual(['ceo.plan', 'cfo', 'cmo', 'ceo.conclusion']);
    expect(world.prompts[1]).toContain('ceo gave these instructions:\n<ceo>');
    expect(world.prompts[3]).toContain('cmo:\n<cmo>');
    expect(view.status).toBe('completed');
  });

  it('asks agents by event on demand', async () => {
    const { world, view } = await run(sequential({ ...shared, agents: ['cfo'], kind: 'agent' }));
    expect(world.handled.map(({ agent, event }) => [agent, event.data.task])).toEqual([
      ['cfo', 'Do we open in Paris?'],
    ]);
    expect(view.output).toBe('cfo did Do we open in Paris?');
  });
});
