import type { FastifyInstance } from 'fastify';
import type { AgentManager } from '../agents/agent-manager.ts';
import {
  type AgentAction,
  type AgentActionResponse,
  type AgentDetail,
  type AgentView,
  agentActions,
  type GoalView,
  metricsHistoryQuerySchema,
  type RegisterAgentResponse,
  registerAgentRequestSchema,
  scaleRequestSchema,
  sendEventRequestSchema,
  tracesQuerySchema,
} from '../contracts/http.ts';
import { AosError, messageOf } from '../core/errors.ts';
import { PROMETHEUS_CONTENT_TYPE, renderPrometheus } from '../telemetry/prometheus.ts';
import { oneOf, param, parseBody, parseQuery } from './http-server.ts';
import type { LiveFeed } from './live-feed.ts';
import type { MetricsStore } from './metrics-store.ts';
import { openApi } from './openapi.ts';
import type { Overview } from './overview.ts';
import { SseStream } from './sse.ts';
import type { TraceStore } from './trace-store.ts';

export interface RouteParts {
  version: string;
  agents: AgentManager;
  overview: Overview;
  goalsOf: (agentId: string) => Promise<GoalView[]>;
  feed: LiveFeed;
  traces: TraceStore;
  metrics: MetricsStore;
  scale: ((replicas: number) => void) | undefined;
}

/** The HTTP API: what it takes and gives is written down in contracts/http.ts and contracts/events.ts. */
export function addRoutes(server: FastifyInstance, parts: RouteParts): void {
  addViews(server, parts);
  addAgents(server, parts);
}

function addViews(server: FastifyInstance, { version, overview, goalsOf, feed, traces, metrics }: RouteParts): void {
  server.get('/api/openapi.json', () => openApi(version));
  server.get('/api/status', async () => (await overview.read()).status);
  server.get('/api/agents', async () => (await overview.read()).agents);
  server.get('/api/agents/:id', async (request): Promise<AgentDetail> => {
    const view = agentView(await overview.read(), param(request, 'id'));
    return { ...view, goals: await goalsOf(view.agent_id) };
  });
  server.get('/api/adapters', async () => (await overview.read()).adapters);
  server.get('/api/shards', async () => (await overview.read()).shards);
  server.get('/api/metrics', () => overview.metrics());
  server.get('/api/metrics/history', (request) => {
    const { name, since, until, step_s, limit } = parseQuery(metricsHistoryQuerySchema, request);
    const msOf = (time: string | undefined) => (time === undefined ? undefined : Date.parse(time));
    const stepMs = step_s === undefined ? undefined : step_s * 1000;
    return metrics.history({ name, sinceMs: msOf(since), untilMs: msOf(until), stepMs, limit });
  });
  server.get('/api/metrics/prometheus', async (_request, reply) =>
    reply.header('content-type', PROMETHEUS_CONTENT_TYPE).send(renderPrometheus(await overview.readings())),
  );
  server.get('/api/traces', (request) => {
    const query = parseQuery(tracesQuerySchema, request);
    const msOf = (time: string | undefined) => (time === undefined ? undefined : Date.parse(time));
    return traces[query.order]({
      limit: query.limit,
      traceId: query.trace_id,
      agentId: query.agent_id,
      name: query.name,
      status: query.status,
      minDurationMs: query.min_duration_ms,
      sinceMs: msOf(query.since),
      untilMs: msOf(query.until),
    });
  });
  server.get('/api/events', async (request, reply) => {
    const lastId = request.headers['last-event-id'];
    const stream = new SseStream(reply);
    const subscription = await feed
      .subscribe(
        ({ id, event }) => stream.send(event.event, event, id),
        typeof lastId === 'string' ? lastId : undefined,
      )
      .catch((error) => {
        stream.send('error', { event: 'error', error: messageOf(error) });
        stream.end();
        throw error;
      });
    if (stream.signal.aborted) subscription.dispose();
    else stream.signal.addEventListener('abort', () => subscription.dispose(), { once: true });
  });
}

function addAgents(server: FastifyInstance, { agents, overview, scale }: RouteParts): void {
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
  server.post('/api/agents/:id/:action', async (request, reply) => {
    const agentId = param(request, 'id');
    const action = oneOf<AgentAction>(agentActions, param(request, 'action'));
    const answer: AgentActionResponse = { agent_id: agentId, state: await agents.turn(agentId, action) };
    return reply.status(202).send(answer);
  });
  server.post('/api/replicas', async (request, reply) => {
    const { replicas } = parseBody(scaleRequestSchema, request);
    if (!scale) {
      throw new AosError(
        'AOS_BAD_REQUEST',
        'The number of replicas is not ours to change here: whoever started this replica decides it (in Azure, KEDA).',
      );
    }
    scale(replicas);
    return reply.status(202).send({ replicas });
  });
}

function agentView({ agents }: { agents: readonly AgentView[] }, agentId: string): AgentView {
  const view = agents.find((agent) => agent.agent_id === agentId);
  if (view) return view;
  throw new AosError('AOS_AGENT_NOT_FOUND', `There is no agent ${agentId}. Register it, or add it to aos.json.`);
}
