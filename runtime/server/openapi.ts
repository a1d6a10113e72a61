import { z } from 'zod';
import { errorBodySchema } from '../contracts/errors.ts';
import {
  adapterActions,
  adapterViewSchema,
  agentActionResponseSchema,
  agentActions,
  agentDetailSchema,
  agentViewSchema,
  breakerActions,
  cacheExplanationSchema,
  clearCacheResponseSchema,
  compareRequestSchema,
  compareResponseSchema,
  endpointReportSchema,
  explainRequestSchema,
  forgetAnswerResponseSchema,
  healthSchema,
  inferRequestSchema,
  inferResponseSchema,
  metricsHistorySchema,
  metricsSchema,
  readinessSchema,
  registerAdapterRequestSchema,
  registerAgentRequestSchema,
  registerAgentResponseSchema,
  scaleRequestSchema,
  sendEventRequestSchema,
  sendEventResponseSchema,
  shardViewSchema,
  spanViewSchema,
  statusSchema,
} from '../contracts/http.ts';
import { resultComparisonSchema } from '../contracts/result-comparison.ts';
import { resultPatchSchema, resultSchema, resultSummarySchema } from '../contracts/results.ts';
import {
  cancelRunRequestSchema,
  decideRequestSchema,
  raiseEventRequestSchema,
  runSummarySchema,
  runViewSchema,
  startWorkflowRequestSchema,
} from '../contracts/workflow.ts';

interface Operation {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** `{name}` is a parameter. */
  path: string;
  summary: string;
  body?: z.ZodType;
  /** By status; undefined: no body. */
  answers: Record<number, z.ZodType | undefined>;
  /** Values of a path's parameter, if there are only some. */
  values?: Record<string, readonly string[]>;
  query?: Record<string, string>;
  /** The answer (also) comes as server-sent events. */
  streams?: boolean;
  /** The answer is text of this type. */
  text?: string;
}

/** Every route of the HTTP API; a test holds the server to it. */
export const operations: readonly Operation[] = [
  {
    method: 'get',
    path: '/api/health',
    summary: 'Whether this replica is alive; no token needed.',
    answers: { 200: healthSchema },
  },
  {
    method: 'get',
    path: '/api/health/ready',
    summary: 'Whether this replica is of use: it has shards, and its services answer; no token needed.',
    answers: { 200: readinessSchema, 503: readinessSchema },
  },
  {
    method: 'get',
    path: '/api/openapi.json',
    summary: 'This document.',
    answers: { 200: z.record(z.string(), z.unknown()) },
  },
  { method: 'get', path: '/api/status', summary: 'The system and its replicas.', answers: { 200: statusSchema } },
  { method: 'get', path: '/api/agents', summary: 'All agents.', answers: { 200: z.array(agentViewSchema) } },
  { method: 'get', path: '/api/agents/{id}', summary: 'One agent.', answers: { 200: agentDetailSchema } },
  {
    method: 'delete',
    path: '/api/agents/{id}',
    summary: 'Deregisters an agent that was registered over this API.',
    answers: { 204: undefined },
  },
  {
    method: 'post',
    path: '/api/agents/{id}/events',
    summary: 'Sends an event to an agent; the same id again is the same event.',
    body: sendEventRequestSchema,
    answers: { 202: sendEventResponseSchema },
  },
  {
    method: 'post',
    path: '/api/agents/{id}/{action}',
    summary: 'Starts, stops or restarts an agent. The events of a stopped one wait.',
    values: { action: agentActions },
    answers: { 202: agentActionResponseSchema },
  },
  {
    method: 'post',
    path: '/api/register_agent',
    summary: 'Registers an agent: 201 new, 200 the same again.',
    body: registerAgentRequestSchema,
    answers: { 200: registerAgentResponseSchema, 201: registerAgentResponseSchema },
  },
  {
    method: 'post',
    path: '/api/agent_infer',
    summary: 'Asks an agent.',
    body: inferRequestSchema,
    answers: { 200: inferResponseSchema },
    streams: true,
  },
  { method: 'get', path: '/api/adapters', summary: 'All adapters.', answers: { 200: z.array(adapterViewSchema) } },
  {
    method: 'post',
    path: '/api/adapters',
    summary: 'Registers an adapter: 201 new, 200 the same again.',
    body: registerAdapterRequestSchema,
    answers: { 200: z.looseObject({ name: z.string() }), 201: z.looseObject({ name: z.string() }) },
  },
  {
    method: 'post',
    path: '/api/adapters/{name}/{action}',
    summary: 'Loads, unloads, pins or unpins an adapter.',
    values: { action: adapterActions },
    answers: { 200: adapterViewSchema },
  },
  {
    method: 'post',
    path: '/api/compare',
    summary: 'Asks several adapters the same, without agents and without the cache.',
    body: compareRequestSchema,
    answers: { 200: compareResponseSchema },
  },
  {
    method: 'post',
    path: '/api/cache/explain',
    summary: 'What the response cache would do with a prompt, and why.',
    body: explainRequestSchema,
    answers: { 200: cacheExplanationSchema },
  },
  {
    method: 'post',
    path: '/api/cache/forget',
    summary: 'Forgets the answer kept for one prompt, on every replica.',
    body: explainRequestSchema,
    answers: { 202: forgetAnswerResponseSchema },
  },
  {
    method: 'post',
    path: '/api/cache/clear',
    summary: 'Forgets all cached answers, of every replica.',
    answers: { 202: clearCacheResponseSchema },
  },
  {
    method: 'post',
    path: '/api/breakers/{name}/{action}',
    summary: 'Closes or opens a breaker by hand, on every replica.',
    values: { action: breakerActions },
    answers: { 202: z.looseObject({ name: z.string() }) },
  },
  {
    method: 'post',
    path: '/api/endpoint/test',
    summary: 'Calls the model endpoint and reports what it found.',
    answers: { 200: endpointReportSchema },
  },
  {
    method: 'post',
    path: '/api/replicas',
    summary: 'Changes the number of local replicas.',
    body: scaleRequestSchema,
    answers: { 202: scaleRequestSchema },
  },
  {
    method: 'get',
    path: '/api/shards',
    summary: 'All shards and who holds them.',
    answers: { 200: z.array(shardViewSchema) },
  },
  {
    method: 'get',
    path: '/api/metrics',
    summary: 'The meters of all replicas, added up.',
    answers: { 200: metricsSchema },
  },
  {
    method: 'get',
    path: '/api/metrics/history',
    summary: 'What was counted over time, oldest first, for a day.',
    query: {
      name: 'only this metric',
      since: 'ISO 8601: from this time on',
      until: 'ISO 8601: before this time',
      step_s: 'seconds of a step, at least and by default 10',
      limit: 'steps at most, default 1000',
    },
    answers: { 200: metricsHistorySchema },
  },
  {
    method: 'get',
    path: '/api/metrics/prometheus',
    summary: 'The meters of each replica, for Prometheus.',
    answers: { 200: undefined },
    text: 'text/plain',
  },
  {
    method: 'get',
    path: '/api/traces',
    summary: 'Spans of the last day.',
    query: {
      limit: '1 to 1000, default 100',
      trace_id: 'only this trace',
      agent_id: 'only spans of this agent',
      name: 'name of a span, or its first word',
      status: 'ok or error',
      min_duration_ms: 'spans that took at least so long',
      since: 'ISO 8601: spans that began then or later',
      until: 'ISO 8601: spans that began before',
      order: 'newest (default) or slowest first',
    },
    answers: { 200: z.array(spanViewSchema) },
  },
  {
    method: 'post',
    path: '/api/workflows/{name}',
    summary: 'Starts a run of a workflow; the same run_id again is the same run.',
    body: startWorkflowRequestSchema,
    answers: { 202: runViewSchema },
  },
  {
    method: 'get',
    path: '/api/workflows/{name}/runs',
    summary: 'Runs of a workflow, newest first.',
    query: { token: 'continuation_token of the page before' },
    answers: { 200: z.object({ runs: z.array(runSummarySchema), continuation_token: z.string().nullable() }) },
  },
  {
    method: 'get',
    path: '/api/workflows/runs/{id}',
    summary: 'One run and its steps.',
    answers: { 200: runViewSchema },
  },
  {
    method: 'post',
    path: '/api/workflows/runs/{id}/events',
    summary: 'Raises an event for a run.',
    body: raiseEventRequestSchema,
    answers: { 202: z.object({ event_id: z.string(), run_id: z.string() }) },
  },
  {
    method: 'post',
    path: '/api/workflows/runs/{id}/approvals/{step}',
    summary: 'Approves or rejects a step that waits for a person.',
    body: decideRequestSchema,
    answers: { 202: z.looseObject({ run_id: z.string() }) },
  },
  {
    method: 'post',
    path: '/api/workflows/runs/{id}/cancel',
    summary: 'Cancels a run; what had an effect is compensated.',
    body: cancelRunRequestSchema,
    answers: { 202: z.object({ run_id: z.string() }) },
  },
  {
    method: 'get',
    path: '/api/results',
    summary: 'Results of benchmarks and load tests that are kept, newest first.',
    query: { kind: 'benchmark or load', limit: '1 to 1000, default 50' },
    answers: { 200: z.array(resultSummarySchema) },
  },
  {
    method: 'get',
    path: '/api/results/{id}',
    summary: 'One result, with its histograms.',
    answers: { 200: resultSchema },
  },
  {
    method: 'put',
    path: '/api/results/{id}',
    summary: 'Keeps a result: 201 new, 200 the same again. Drops the oldest ones beyond `keep`.',
    body: resultSchema,
    query: { keep: 'results to keep in all, 1 to 1000, default 50' },
    answers: { 200: resultSummarySchema, 201: resultSummarySchema },
  },
  {
    method: 'patch',
    path: '/api/results/{id}',
    summary: 'Changes the note of a result.',
    body: resultPatchSchema,
    answers: { 200: resultSummarySchema },
  },
  { method: 'delete', path: '/api/results/{id}', summary: 'Deletes a result.', answers: { 204: undefined } },
  {
    method: 'get',
    path: '/api/results/{id}/compare/{other}',
    summary: 'What changed from one kept benchmark to another, with the 95 % interval of each change.',
    answers: { 200: resultComparisonSchema },
  },
  {
    method: 'get',
    path: '/api/events',
    summary: 'A snapshot, then what changes. With Last-Event-ID only what was missed.',
    answers: { 200: undefined },
    streams: true,
  },
];

/** The API as an OpenAPI 3.1 document, made from the contracts. @param version of this runtime */
export function openApi(version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of operations) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: describe(operation) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'AOS runtime',
      version,
      description: 'Every error is {"error", "code"}; clients decide by the code, never by the text.',
    },
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: { Error: jsonSchema(errorBodySchema, 'output') },
    },
    security: [{ token: [] }],
  };
}

function describe({ method, path, summary, body, answers, values = {}, query = {}, streams, text }: Operation) {
  const parameters = [
    ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
      name,
      in: 'path',
      required: true,
      schema: { type: 'string', ...(values[name] ? { enum: values[name] } : {}) },
    })),
    ...Object.entries(query).map(([name, description]) => ({
      ...{ name, in: 'query', description },
      schema: { type: 'string' },
    })),
  ];
  const responses = Object.entries(answers).map(([status, schema]) => [
    status,
    {
      description: status === '204' ? 'Done.' : 'The answer.',
      ...contentOf(schema, streams ? 'text/event-stream' : text),
    },
  ]);
  return {
    operationId: `${method}${path.replace(/^\/api/, '').replace(/[^a-z]+/gi, '_')}`.replace(/_+$/, ''),
    summary,
    ...(path.startsWith('/api/health') ? { security: [] } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body
      ? { requestBody: { required: true, content: { 'application/json': { schema: jsonSchema(body, 'input') } } } }
      : {}),
    responses: {
      ...Object.fromEntries(responses),
      default: {
        description: 'What went wrong.',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    },
  };
}

function contentOf(schema: z.ZodType | undefined, text: string | undefined) {
  const json = schema ? { 'application/json': { schema: jsonSchema(schema, 'output') } } : {};
  const other = text ? { [text]: { schema: { type: 'string' } } } : {};
  return schema || text ? { content: { ...json, ...other } } : {};
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output') {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, target: 'draft-2020-12' });
  return rest;
}
