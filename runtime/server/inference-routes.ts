import type { FastifyInstance } from 'fastify';
import type { AdapterCatalog } from '../agents/adapter-catalog.ts';
import type { Asker } from '../agents/asker.ts';
import type { ControlBoard } from '../agents/control-board.ts';
import {
  type AdapterAction,
  adapterActions,
  type BreakerAction,
  breakerActions,
  compareRequestSchema,
  explainRequestSchema,
  inferRequestSchema,
  registerAdapterRequestSchema,
} from '../contracts/http.ts';
import { AosError, isAosError, messageOf } from '../core/errors.ts';
import type { LoRAXServer } from '../inference/lorax-server.ts';
import { clientSignal, oneOf, param, parseBody } from './http-server.ts';
import type { Overview } from './overview.ts';
import { SseStream } from './sse.ts';

export interface InferenceRouteParts {
  asker: Asker;
  adapters: AdapterCatalog;
  lorax: LoRAXServer;
  overview: Overview;
  board: ControlBoard;
  /** Names of the breakers every replica has. */
  breakers: readonly string[];
  /** Forgets the answers that the replicas share. @returns how many answers were kept */
  clearAnswers: () => Promise<number>;
  /** Forgets one of them, by its key. */
  forgetAnswer: (key: string) => Promise<void>;
}

/** Asking, and what stands behind it: adapters, the endpoint, breakers, the response cache. */
export function addInferenceRoutes(server: FastifyInstance, parts: InferenceRouteParts): void {
  addAsking(server, parts);
  addAdapters(server, parts);
  addProtection(server, parts);
}

function addAsking(server: FastifyInstance, { asker }: InferenceRouteParts): void {
  server.post('/api/agent_infer', async (request, reply) => {
    const body = parseBody(inferRequestSchema, request);
    const call = {
      agentId: body.agent_id,
      prompt: body.prompt,
      parameters: body.parameters,
      cache: body.cache,
      explain: body.explain,
      deadlineMs: body.deadline_ms,
    };
    if (!body.stream) return asker.ask({ ...call, signal: clientSignal(reply) });

    // Everything after this line is an event of the stream: its status is 200 already.
    const stream = new SseStream(reply);
    try {
      const result = await asker.ask({
        ...call,
        signal: stream.signal,
        onToken: (text) => stream.send('token', { event: 'token', text }),
      });
      stream.send('done', { event: 'done', result });
    } catch (error) {
      const failure = isAosError(error) ? error : new AosError('AOS_INTERNAL', messageOf(error), { cause: error });
      stream.send('error', { event: 'error', ...failure.toBody() });
    }
    stream.end();
  });
  server.post('/api/compare', async (request, reply) =>
    asker.compare(parseBody(compareRequestSchema, request), clientSignal(reply)),
  );
  server.post('/api/cache/explain', async (request) => {
    const { agent_id: agentId, prompt, parameters } = parseBody(explainRequestSchema, request);
    return asker.explain({ agentId, prompt, parameters });
  });
}

function addAdapters(server: FastifyInstance, { adapters, lorax, overview }: InferenceRouteParts): void {
  server.post('/api/adapters', async (request, reply) => {
    const { created, adapter } = await adapters.register(parseBody(registerAdapterRequestSchema, request));
    const { name, path, source, revision } = adapter;
    return reply.status(created ? 201 : 200).send({ name, path, source, revision });
  });
  server.post('/api/adapters/:name/:action', async (request, reply) => {
    const name = param(request, 'name');
    const action = oneOf<AdapterAction>(adapterActions, param(request, 'action'));
    await adapters.act(name, action, clientSignal(reply));
    return (await overview.read()).adapters.find((adapter) => adapter.name === name);
  });
  server.post('/api/endpoint/test', (_request, reply) => lorax.testEndpoint({ signal: clientSignal(reply) }));
}

function addProtection(server: FastifyInstance, parts: InferenceRouteParts): void {
  const { asker, board, breakers, clearAnswers, forgetAnswer } = parts;
  server.post('/api/breakers/:name/:action', async (request, reply) => {
    const name = oneOf(breakers, param(request, 'name'));
    const action = oneOf<BreakerAction>(breakerActions, param(request, 'action'));
    await board.post({ subject: `breaker.${name}`, action });
    return reply.status(202).send({ name, action });
  });
  server.post('/api/cache/clear', async (_request, reply) => {
    const entries = await clearAnswers();
    await board.post({ subject: 'cache', action: 'clear' });
    return reply.status(202).send({ entries });
  });
  server.post('/api/cache/forget', async (request, reply) => {
    const { agent_id, prompt, parameters } = parseBody(explainRequestSchema, request);
    const key = await asker.answerKey({ agentId: agent_id, prompt, parameters });
    await forgetAnswer(key);
    await board.post({ subject: `answer.${key}`, action: 'forget' });
    return reply.status(202).send({ agent_id, prompt });
  });
}
