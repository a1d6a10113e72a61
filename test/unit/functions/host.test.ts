import fastify from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FunctionsReplica, registerFunctions } from '../../../runtime/functions/host.ts';
import type { TriggeredMessage } from '../../../runtime/functions/triggered-shards.ts';
import { startFunctionsHost } from './functions-host.ts';

const API = 'https://board.azurewebsites.net';

const host = startFunctionsHost();
let received: TriggeredMessage[];
let state: 'new' | 'running' | 'ended';
let refuse: string[];

async function startReplica(): Promise<FunctionsReplica> {
  const refusal = refuse.shift();
  if (refusal) throw new Error(refusal);
  const http = fastify();
  http.get('/api/agents/:id', async ({ params, query, headers }) => ({ params, query, host: headers.host }));
  http.post('/api/agent_infer', async ({ body }, reply) => reply.status(201).header('x-engine', 'none').send({ body }));
  state = 'running';
  return {
    http,
    receive: async (message) => {
      if (message.sessionId === 'shard-9') throw new Error('given back');
      received.push(message);
    },
    dispose: async () => {
      state = 'ended';
    },
  };
}

beforeEach(() => {
  received = [];
  state = 'new';
  refuse = [];
  registerFunctions(startReplica);
});
afterEach(() => host.terminate());

const http = (method: string, path: string, body?: object) =>
  host.invoke('api', {
    http: {
      ...{ method, url: `${API}${path}`, params: {}, query: {}, identities: [] },
      headers: { authorization: 'Bearer t', ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: { string: JSON.stringify(body) } }),
    },
  });

const message = (sessionId: string) =>
  host.invoke(
    'agent-messages',
    { json: JSON.stringify({ event_id: 'e1', agent_id: 'ceo', type: 'Plan' }) },
    {
      SessionId: { string: sessionId },
      SequenceNumber: { json: '42' },
      DeliveryCount: { json: '3' },
      ApplicationProperties: { json: '{"traceparent":"00-1-2-01"}' },
    },
  );

describe('functions of the app', () => {
  it('are the API and the queue of the agents, by its sessions and by identity', () => {
    expect([...host.functions.keys()]).toEqual(['api', 'agent-messages']);
    const [trigger] = Object.values(host.functions.get('agent-messages')!.bindings);
    expect(trigger).toMatchObject({
      ...{ type: 'serviceBusTrigger', queueName: 'aos-agent-messages', connection: 'ServiceBusConnection' },
      ...{ isSessionsEnabled: true, cardinality: 'one', autoCompleteMessages: true },
    });
    const [api] = Object.values(host.functions.get('api')!.bindings);
    expect(api).toMatchObject({ type: 'httpTrigger', route: 'api/{*path}', authLevel: 'anonymous' });
    expect(state).toBe('new');
  });

  it('answer a request as the runtime does, under the name it was called by', async () => {
    const answer = await http('GET', '/api/agents/ceo?deep=1');
    expect(answer).toMatchObject({ http: { statusCode: '200' } });
    expect(JSON.parse(bodyOf(answer))).toEqual({
      ...{ params: { id: 'ceo' }, query: { deep: '1' }, host: 'board.azurewebsites.net' },
    });
    const created = await http('POST', '/api/agent_infer', { agent_id: 'ceo', prompt: 'Hi' });
    expect(created).toMatchObject({ http: { statusCode: '201', headers: { 'x-engine': 'none' } } });
    expect(JSON.parse(bodyOf(created))).toEqual({ body: { agent_id: 'ceo', prompt: 'Hi' } });
  });

  it('say that there is no stream of events, which would never end', async () => {
    const answer = await http('GET', '/api/events');
    expect(answer).toMatchObject({ http: { statusCode: '404' } });
    expect(JSON.parse(bodyOf(answer))).toMatchObject({ code: 'AOS_NOT_FOUND' });
  });

  it('hand a message to the replica, with the deliveries that have failed before', async () => {
    await message('shard-3');
    expect(received).toEqual([
      {
        body: { event_id: 'e1', agent_id: 'ceo', type: 'Plan' },
        ...{ sessionId: 'shard-3', sequenceNumber: 42n, deliveryCount: 2 },
        applicationProperties: { traceparent: '00-1-2-01' },
      },
    ]);
  });

  it('fail with the replica, so that their host gives the message back', async () => {
    await expect(message('shard-9')).rejects.toThrow('given back');
  });

  it('start the replica once, again if it could not, and end it with the app', async () => {
    refuse = ['no storage'];
    await expect(message('shard-1')).rejects.toThrow('no storage');
    await Promise.all([message('shard-1'), message('shard-2')]);
    expect(received.map(({ sessionId }) => sessionId)).toEqual(['shard-1', 'shard-2']);
    await host.terminate();
    expect(state).toBe('ended');
  });
});

function bodyOf(answer: unknown): string {
  const { bytes, string } = (answer as { http: { body: { bytes?: Uint8Array; string?: string } } }).http.body;
  return bytes ? Buffer.from(bytes).toString() : (string ?? '');
}
