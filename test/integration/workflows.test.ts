import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ServiceBusClient } from '@azure/service-bus';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { RunView } from '../../runtime/contracts/workflow.ts';
import { BOARDROOM, eventually, type System, useSystem, useTemporaryFolder } from './support/system.ts';

const start = async (system: System, name: string, body: object): Promise<RunView> => {
  const answer = await system.api('POST', `/api/workflows/${name}`, body);
  expect([answer.status, answer.body.code]).toEqual([202, undefined]);
  return answer.body;
};
const runOf = async (system: System, { run_id }: RunView): Promise<RunView> =>
  (await system.api('GET', `/api/workflows/runs/${run_id}`)).body;
const ended = (system: System, run: RunView) =>
  eventually(async () => {
    const view = await runOf(system, run);
    return view.finished_at !== null && view;
  });
const stepOf = (run: RunView, id: string) => run.steps.find(({ step_id }) => step_id === id);

async function useWorkflow(workflow: object, handler = ''): Promise<System> {
  const folder = await useTemporaryFolder();
  await writeFile(
    path.join(folder, 'worker.ts'),
    `import { defineAgent } from 'aos-studio';\nexport const agent = defineAgent({ on: { ${handler} } });`,
  );
  const agents = ['worker', 'helper'].map((id) => ({ id, purpose: 'Work.', handler: 'worker.ts' }));
  await writeFile(
    path.join(folder, 'aos.json'),
    JSON.stringify({ name: 'flow', agents, workflows: { flow: workflow } }),
  );
  return useSystem(folder, ['--memory', '--replicas', '2']);
}

describe('the decision of the boardroom', () => {
  it('comes, and comes once, though the replica that runs it is killed in the middle', async () => {
    const system = await useSystem(BOARDROOM);
    const client = new ServiceBusClient(system.ready.serviceBus);
    onTestFinished(() => client.close());
    const made: unknown[] = [];
    client.createReceiver('agent-events', 'aos-studio').subscribe({
      processMessage: async ({ subject, body }) => {
        if (subject === 'WorkflowCompleted') made.push(body);
      },
      processError: async () => undefined,
    });
    const run = await start(system, 'decision', { input: { topic: 'a second office' } });
    await eventually(async () => stepOf(await runOf(system, run), 'costs')?.status === 'completed');
    const shards = (await system.api('GET', '/api/shards')).body as { shard: number; replica: string }[];
    const holder = shards.find(({ shard }) => shard === run.shard)?.replica;
    const { replicas } = (await system.api('GET', '/api/status')).body;
    process.kill(replicas.find(({ replica }: { replica: string }) => replica === holder).pid, 'SIGKILL');
    const view = await ended(system, run);
    expect(view).toMatchObject({ status: 'completed', output: expect.stringMatching(/^\[simulated:ceo\]/) });
    expect(stepOf(view, 'costs')).toMatchObject({ status: 'completed', attempts: 1 });
    await eventually(async () => made.length > 0);
    // Whoever starts the same run again gets the one that is there.
    expect((await start(system, 'decision', { run_id: run.run_id, input: {} })).status).toBe('completed');
    expect(made).toEqual([expect.objectContaining({ data: expect.objectContaining({ run_id: run.run_id }) })]);
  });
});

describe('a run of a workflow', () => {
  it('waits for a person, for an event, and for its agents, who work on every item', async () => {
    const system = await useWorkflow(
      {
        steps: [
          { id: 'ask', kind: 'approval', message: 'Spend {{input.cost}}?' },
          { id: 'paid', kind: 'wait', event: 'Paid', correlation: '{{input.invoice}}', depends_on: ['ask'] },
          {
            id: 'parts',
            kind: 'for_each',
            items: '{{steps.paid.result.parts}}',
            step: { agent: 'worker', task: 'Make {{item}}.', data: { item: '{{item}}' } },
            depends_on: ['paid'],
          },
        ],
      },
      'TaskRequested: (event) => "made " + event.data.item',
    );
    const run = await start(system, 'flow', { input: { cost: 100, invoice: 'i-7' } });
    await eventually(async () => stepOf(await runOf(system, run), 'ask')?.status === 'running');
    const at = `/api/workflows/runs/${run.run_id}`;
    expect((await system.api('POST', `${at}/approvals/parts`, { decision: 'approve' })).status).toBe(409);
    expect((await system.api('POST', `${at}/approvals/ask`, { decision: 'approve', by: 'me' })).status).toBe(202);
    const parts = ['wheel', 'door', 'roof'];
    await system.api('POST', `${at}/events`, { type: 'Paid', correlation: 'another', data: { parts: ['wrong'] } });
    await system.api('POST', `${at}/events`, { type: 'Paid', correlation: 'i-7', data: { parts } });
    const view = await ended(system, run);
    expect(view).toMatchObject({ status: 'completed', output: parts.map((part) => `made ${part}`) });
    // The list follows the run.
    const listed = await eventually(async () => {
      const { runs } = (await system.api('GET', '/api/workflows/flow/runs')).body;
      return runs[0]?.status !== 'running' && runs;
    });
    expect(listed).toMatchObject([{ run_id: run.run_id, status: 'completed' }]);
  });

  it('that is cancelled undoes what it did, last first', async () => {
    const system = await useWorkflow(
      {
        steps: [
          { id: 'book', agent: 'worker', task: 'book', compensate: { agent: 'worker', task: 'unbook' } },
          {
            id: 'pay',
            agent: 'helper',
            task: 'pay',
            depends_on: ['book'],
            compensate: { agent: 'helper', task: 'refund' },
          },
          { id: 'wait', kind: 'timer', seconds: 3600, depends_on: ['pay'] },
        ],
      },
      'TaskRequested: (event) => event.data.task',
    );
    const run = await start(system, 'flow', { input: {} });
    await eventually(async () => stepOf(await runOf(system, run), 'wait')?.status === 'running');
    await system.api('POST', `/api/workflows/runs/${run.run_id}/cancel`, { reason: 'enough' });
    const view = await ended(system, run);
    expect(view).toMatchObject({ status: 'cancelled', error: { error: expect.stringContaining('enough') } });
    expect(stepOf(view, 'book')?.compensation?.status).toBe('completed');
    expect(stepOf(view, 'pay')?.compensation?.status).toBe('completed');
    expect(stepOf(view, 'wait')?.status).toBe('cancelled');
  });

  it('is refused with the reason when there is no such workflow, or no such run', async () => {
    const system = await useWorkflow({ steps: [{ id: 'one', kind: 'timer', seconds: 1 }] });
    const unknown = await system.api('POST', '/api/workflows/other', {});
    expect([unknown.status, unknown.body.error]).toEqual([404, expect.stringContaining('There is no workflow other')]);
    expect((await system.api('GET', '/api/workflows/runs/nothing')).status).toBe(404);
    expect((await system.api('POST', '/api/workflows/runs/nothing/cancel', {})).status).toBe(404);
  });
});
