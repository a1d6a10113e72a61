import type { z } from 'zod';
import { errorBodySchema } from '../contracts/errors.ts';
import {
  type AdapterView,
  type AgentView,
  adapterViewSchema,
  agentViewSchema,
  type InferRequest,
  type InferResponse,
  inferResponseSchema,
  scaleRequestSchema,
  sendEventResponseSchema,
} from '../contracts/http.ts';
import { AosError, messageOf } from '../core/errors.ts';
import { findInstance } from '../launcher/instances.ts';

export interface TalkOptions {
  url?: string;
  token?: string;
  json?: boolean;
}

/** `aos ask` */
export async function ask(
  agent: string,
  prompt: string,
  options: TalkOptions & { cache: boolean; maxTokens?: number; temperature?: number },
): Promise<void> {
  const body: InferRequest = {
    agent_id: agent,
    prompt,
    cache: options.cache,
    parameters: { max_new_tokens: options.maxTokens, temperature: options.temperature },
  };
  const answer = await call(options, 'POST', '/api/agent_infer', inferResponseSchema, body);
  print(options, answer, () => [answer.response, '', metaLine(answer)]);
}

/** `aos send` */
export async function send(
  agent: string,
  type: string,
  text: string | undefined,
  options: TalkOptions & { id?: string },
): Promise<void> {
  const body = { type, data: parseData(text), id: options.id };
  const sent = await call(
    options,
    'POST',
    `/api/agents/${encodeURIComponent(agent)}/events`,
    sendEventResponseSchema,
    body,
  );
  print(options, sent, () => [`${type} sent to ${agent} (event ${sent.event_id}, shard ${sent.shard})`]);
}

/** `aos agents`, `aos adapters` */
export async function list(what: 'agents' | 'adapters', options: TalkOptions): Promise<void> {
  if (what === 'agents') {
    const agents = await call(options, 'GET', '/api/agents', agentViewSchema.array());
    print(options, { agents }, () => agents.map(agentLine));
  } else {
    const adapters = await call(options, 'GET', '/api/adapters', adapterViewSchema.array());
    print(options, { adapters }, () => adapters.map(adapterLine));
  }
}

/** `aos scale` */
export async function scale(replicas: number, options: TalkOptions): Promise<void> {
  const answer = await call(options, 'POST', '/api/replicas', scaleRequestSchema, { replicas });
  print(options, answer, () => [`${replicas} replicas are wanted; the shards follow by themselves`]);
}

function agentLine(agent: AgentView): string {
  const lane = agent.priority === 'critical' ? ' · critical' : '';
  const place = agent.replica === null ? `shard ${agent.shard}` : `shard ${agent.shard} on ${agent.replica}`;
  return `${agent.agent_id}  ${agent.state}${lane} · ${place} · adapter ${agent.adapter ?? 'none'} · ${agent.wake_count} wakes`;
}

function adapterLine(adapter: AdapterView): string {
  const loaded = adapter.loaded === null ? 'unknown' : adapter.loaded ? 'loaded' : 'on disk';
  return `${adapter.name} @${adapter.revision}  ${loaded} · ${adapter.uses} uses · ${adapter.agents.length} agents`;
}

function metaLine(answer: InferResponse): string {
  const adapter =
    answer.adapter === null
      ? 'base model'
      : `${answer.adapter}${answer.adapter_revision ? ` @${answer.adapter_revision}` : ''}`;
  const cached = answer.cached ? `${answer.cached} cache hit` : 'not cached';
  return `${answer.agent_id} · ${adapter} · ${answer.engine} · ${answer.latency_ms} ms · ${cached}`;
}

export function print(options: TalkOptions, value: object, lines: () => string[]): void {
  process.stdout.write(options.json ? `${JSON.stringify(value)}\n` : `${lines().join('\n')}\n`);
}

/** The JSON of the command line. @throws AosError AOS_BAD_REQUEST that says how to quote it */
export function parseData(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AosError(
      'AOS_BAD_REQUEST',
      `The data is not valid JSON: ${messageOf(cause)}. Quote it for your shell, e.g. '{"topic":"budget"}'.`,
      { cause },
    );
  }
}

/** Calls the HTTP API of a running runtime. @throws AosError of the API; AOS_NOT_RUNNING */
export async function call<Schema extends z.ZodType>(
  options: TalkOptions,
  method: string,
  path: string,
  schema: Schema,
  body?: object,
): Promise<z.output<Schema>> {
  const { url, token } = await target(options);
  const response = await fetch(new URL(path, url), {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  }).catch((cause) => {
    throw new AosError('AOS_NOT_RUNNING', `No runtime answers at ${url}. Start one with: aos up`, { cause });
  });
  const answer: unknown = await response.json();
  if (response.ok) return schema.parse(answer);
  const error = errorBodySchema.safeParse(answer).data;
  if (error) throw new AosError(error.code, error.error, { details: error.details });
  throw new AosError('AOS_INTERNAL', `${url} answered with status ${response.status}. Is it an AOS runtime?`);
}

async function target(options: TalkOptions): Promise<{ url: string; token: string }> {
  const token = options.token ?? process.env.AOS_TOKEN;
  const running = options.url !== undefined && token !== undefined ? undefined : await findInstance(process.cwd());
  const url = options.url ?? running?.http;
  if (url === undefined)
    throw new AosError('AOS_NOT_RUNNING', 'No runtime is running on this machine. Start one with: aos up');
  return { url, token: token ?? (running?.http === url ? running.token : '') };
}
