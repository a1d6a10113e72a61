import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AdapterCatalog } from '../agents/adapter-catalog.ts';
import type { AgentManager } from '../agents/agent-manager.ts';
import {
  type AgentView,
  inferRequestSchema,
  type RegisterAgentResponse,
  registerAdapterRequestSchema,
  registerAgentRequestSchema,
  sendEventRequestSchema,
} from '../contracts/http.ts';
import { AosError, isAosError, messageOf } from '../core/errors.ts';
import { clientSignal, parseBody } from './http-server.ts';
import type { LiveFeed } from './live-feed.ts';
import type { Overview } from './overview.ts';
import { SseStream } from './sse.ts';
import type { TraceStore } from './trace-store.ts';

export interface RouteParts {
  version: string;
  draining: () => boolean;
  agents: AgentManager;
  adapters: AdapterCatalog;
  overview: Overview;
  feed: LiveFeed;
  traces: TraceStore;
}

/** The HTTP API: what it takes and gives is written down in contracts/http.ts and contracts/events.ts. */
export function addRoutes(server: FastifyInstance, parts: RouteParts): void {
  addViews(server, parts);
  addAgents(server, parts);
  addInference(server, parts);
}

function addViews(server: FastifyInstance, { version, draining, overview, feed, traces }: RouteParts): void {
  server.get('/api/health', async (_request, reply) => {
    const status = draining() ? 'draining' : 'healthy';
    return reply.status(draining() ? 503 : 200).send({ status, service: 'aos', version });
  });
  server.get('/api/status', async () => (await overview.read()).status);
  server.get('/api/agents', async () => (await overview.read()).agents);
  server.get('/api/agents/:id', async (request) => agentView(await overview.read(), param(request, 'id')));
  server.get('/api/adapters', async () => (await overview.read()).adapters);
  server.get('/api/shards', async () => (await overview.read()).shards);
  server.get('/api/metrics', () => overview.metrics());
  server.get('/api/traces', (request) => {
    const { limit, trace_id } = request.query as { limit?: string; trace_id?: string };
    const count = limit === undefined ? 100 : Number(limit);
    if (!Number.isInteger(count) || count < 1 || count > 1000) {
      throw new AosError('AOS_BAD_REQUEST', 'limit must be a whole number from 1 to 1000.');
    }
    return traces.newest({ limit: count, traceId: trace_id });
  });
  server.get('/api/events', async (_request, reply) => {
    const stream = new SseStream(reply);
    const subscription = await feed
      .subscribe((event) => stream.send(event.event, event))
      .catch((error) => {
        stream.send('error', { event: 'error', error: messageOf(error) });
        stream.end();
        throw error;
      });
    if (stream.signal.aborted) subscription.dispose();
    else stream.signal.addEventListener('abort', () => subscription.dispose(), { once: true });
  });
}

function addAgents(server: FastifyInstance, { agents, adapters, overview }: RouteParts): void {
  server.post('/api/register_agent', async (request, reply) => {
    const body = parseBody(registerAgentRequestSchema, request);
    const { created, shard } = await agents.registerAgent(body);
    // Whoever registers a hundred agents does not wait for a hundred looks at the whole system.
    const { shards, agents: views } = await overview.readRecent();
    const answer: RegisterAgentResponse = {
      agent_id: body.agent_id,
      shard,
      replica: shards[shard]?.replica ?? null,
      status: views.find((view) => view.agent_id === body.agent_id)?.state ?? 'asleep',
    };
    return reply.status(created ? 201 : 200).send(answer);
  });
  server.delete('/api/agents/:id', async (request, reply) => {
    await agents.deregisterAgent(param(request, 'id'));
    return reply.status(204).send();
  });
  server.post('/api/agents/:id/events', async (request, reply) => {
    const event = parseBody(sendEventRequestSchema, request);
    return reply.status(202).send(await agents.sendEvent(param(request, 'id'), event));
  });
  server.post('/api/adapters', async (request, reply) => {
    const { created, adapter } = await adapters.register(parseBody(registerAdapterRequestSchema, request));
    const { name, path, source, revision } = adapter;
    return reply.status(created ? 201 : 200).send({ name, path, source, revision });
  });
}

function addInference(server: FastifyInstance, { agents }: RouteParts): void {
  server.post('/api/agent_infer', async (request, reply) => {
    const body = parseBody(inferRequestSchema, request);
    const call = {
      agentId: body.agent_id,
      prompt: body.prompt,
      parameters: body.parameters,
      cache: body.cache,
      deadlineMs: body.deadline_ms,
    };
    if (!body.stream) return agents.ask({ ...call, signal: clientSignal(reply) });

    // Everything after this line is an event of the stream: its status is 200 already.
    const stream = new SseStream(reply);
    try {
      const result = await agents.ask({
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
}

function agentView({ agents }: { agents: readonly AgentView[] }, agentId: string): AgentView {
  const view = agents.find((agent) => agent.agent_id === agentId);
  if (view) return view;
  throw new AosError('AOS_AGENT_NOT_FOUND', `There is no agent ${agentId}. Register it, or add it to aos.json.`);
}

function param(request: FastifyRequest, name: string): string {
  return (request.params as Record<string, string>)[name] ?? '';
}
