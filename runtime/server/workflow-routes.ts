import type { FastifyInstance } from 'fastify';
import {
  cancelRunRequestSchema,
  decideRequestSchema,
  raiseEventRequestSchema,
  startWorkflowRequestSchema,
} from '../contracts/workflow.ts';
import { AosError } from '../core/errors.ts';
import { newId } from '../core/ids.ts';
import { param, parseBody } from './http-server.ts';
import type { Workflows } from './workflows.ts';

/** Starting, watching and steering runs of workflows, whichever replica holds them. */
export function addWorkflowRoutes(server: FastifyInstance, workflows: Workflows): void {
  const { runner } = workflows;
  server.post('/api/workflows/:name', async (request, reply) =>
    reply
      .status(202)
      .send(await workflows.start(param(request, 'name'), parseBody(startWorkflowRequestSchema, request))),
  );
  server.get('/api/workflows/:name/runs', async (request) => {
    const { token } = request.query as { token?: string };
    const page = await runner.list({ workflow: param(request, 'name'), continuationToken: token });
    return { runs: page.runs, continuation_token: page.continuationToken ?? null };
  });
  server.get('/api/workflows/runs/:id', (request) => runner.get(param(request, 'id')));
  server.post('/api/workflows/runs/:id/events', async (request, reply) => {
    const event = parseBody(raiseEventRequestSchema, request);
    const run = await runner.get(param(request, 'id'));
    const id = event.id ?? newId('evt');
    await workflows.signal(run.run_id, { signal: 'event', ...event, id }, `${run.run_id}.${id}`.slice(-128));
    return reply.status(202).send({ event_id: id, run_id: run.run_id });
  });
  server.post('/api/workflows/runs/:id/approvals/:step', async (request, reply) => {
    const { decision, ...rest } = parseBody(decideRequestSchema, request);
    const run = await runner.get(param(request, 'id'));
    const stepId = param(request, 'step');
    const step = run.steps.find((one) => one.step_id === stepId);
    if (step?.kind !== 'approval' || step.status !== 'running') {
      throw new AosError('AOS_STATE_CONFLICT', `Run ${run.run_id} does not wait for an approval of step ${stepId}.`);
    }
    await workflows.signal(run.run_id, {
      signal: 'decide',
      step_id: stepId,
      approved: decision === 'approve',
      ...rest,
    });
    return reply.status(202).send({ run_id: run.run_id, step_id: stepId, decision });
  });
  server.post('/api/workflows/runs/:id/cancel', async (request, reply) => {
    const { reason } = parseBody(cancelRunRequestSchema, request);
    const run = await runner.get(param(request, 'id'));
    await workflows.signal(run.run_id, { signal: 'cancel', reason });
    return reply.status(202).send({ run_id: run.run_id });
  });
}
