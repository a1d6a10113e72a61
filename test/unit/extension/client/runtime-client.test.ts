import { describe, expect, it } from 'vitest';
import { RuntimeClient } from '../../../../extension/client/runtime-client.ts';
import { RuntimeError } from '../../../../extension/client/runtime-error.ts';
import { adapter, agent } from '../support/fixtures.ts';
import { json, serve, sse } from '../support/runtime-stub.ts';

const caught = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error as RuntimeError,
  );

describe('a request', () => {
  it('carries the token of the run and parses the answer', async () => {
    await using server = await serve((request, _body, response) => {
      if (request.headers.authorization === 'Bearer token-of-this-run')
        json(response, 200, [agent({ agent_id: 'ceo' })]);
      else json(response, 401, { error: 'no', code: 'AOS_UNAUTHORIZED' });
    });
    const [first] = await new RuntimeClient(server).agents();
    expect(first?.agent_id).toBe('ceo');
  });

  it('encodes an id in the path', async () => {
    let url: string | undefined;
    await using server = await serve((request, _body, response) => {
      url = request.url;
      response.writeHead(204).end();
    });
    await new RuntimeClient(server).removeAgent('a/../b');
    expect(url).toBe('/api/agents/a%2F..%2Fb');
  });

  it('starts, stops and restarts an agent by its path', async () => {
    const asked: string[] = [];
    await using server = await serve((request, _body, response) => {
      asked.push(`${request.method} ${request.url}`);
      json(response, 202, { agent_id: 'ceo', state: 'stopped' });
    });
    expect(await new RuntimeClient(server).turnAgent('ceo', 'stop')).toEqual({ agent_id: 'ceo', state: 'stopped' });
    expect(asked).toEqual(['POST /api/agents/ceo/stop']);
  });

  it('throws the server’s code, words, trace and time to wait', async () => {
    const body = {
      error: 'The normal lane is full.',
      code: 'AOS_BULKHEAD_FULL',
      details: { retry_after_ms: 1500 },
      trace_id: '7be1',
    };
    await using server = await serve((_request, _body, response) => json(response, 429, body, { 'retry-after': '2' }));
    const error = await caught(new RuntimeClient(server).agents());
    expect(error).toBeInstanceOf(RuntimeError);
    expect(error).toMatchObject({ code: body.code, message: body.error, traceId: '7be1', retryAfterMs: 1500 });
  });

  it('takes Retry-After when the body names no time', async () => {
    const body = { error: 'open', code: 'AOS_BREAKER_OPEN' };
    await using server = await serve((_request, _body, response) => json(response, 503, body, { 'retry-after': '42' }));
    expect(await caught(new RuntimeClient(server).agents())).toMatchObject({ retryAfterMs: 42_000 });
  });

  it('says that nothing answers', async () => {
    const server = await serve(() => undefined);
    await server[Symbol.asyncDispose]();
    expect(await caught(new RuntimeClient(server).status())).toMatchObject({ code: 'AOS_NOT_RUNNING' });
  });

  it('says that an answer is not what the contract says', async () => {
    await using server = await serve((_request, _body, response) => json(response, 200, [{ agent_id: 7 }]));
    const error = await caught(new RuntimeClient(server).agents());
    expect(error).toMatchObject({ code: 'AOS_INTERNAL' });
    expect(String(error?.details?.issues)).toContain('agent_id');
  });

  it('rejects with the reason of its signal', async () => {
    await using server = await serve(() => undefined);
    const reason = new Error('closed');
    const signal = AbortSignal.any([AbortSignal.timeout(20), AbortSignal.abort(reason)]);
    expect(await caught(new RuntimeClient(server).agents({ signal }))).toBe(reason);
  });
});

describe('a streamed answer', () => {
  const ask = { agent_id: 'ceo', prompt: 'Why?' };

  it('gives tokens as they come and ends with the error of the stream', async () => {
    const failure = { event: 'error', error: 'too late', code: 'AOS_DEADLINE' };
    await using server = await serve((_request, body, response) => {
      const send = sse(response);
      send({ event: 'token', text: (body as { stream: boolean }).stream ? 'Two ' : 'not streamed' } as never);
      send(failure);
      send({ event: 'token', text: 'after the end' } as never);
    });
    const events = [];
    for await (const event of new RuntimeClient(server).inferStream(ask)) events.push(event);
    expect(events).toEqual([{ event: 'token', text: 'Two ' }, failure]);
  });

  it.each([
    ['ends early', false],
    ['breaks', true],
  ])('is AOS_NOT_RUNNING when the stream %s', async (_name, breaks) => {
    await using server = await serve((_request, _body, response) => {
      sse(response)({ event: 'token', text: 'Two ' } as never);
      if (breaks) setImmediate(() => response.destroy());
      else response.end();
    });
    const read = async () => {
      for await (const event of new RuntimeClient(server).inferStream(ask)) expect(event.event).toBe('token');
    };
    expect(await caught(read())).toMatchObject({ code: 'AOS_NOT_RUNNING' });
  });
});

describe('changing what stands behind the agents', () => {
  /** Method and path of the one request that `act` makes, answered with `body`. */
  async function requestOf(act: (client: RuntimeClient) => Promise<unknown>, status: number, body: unknown) {
    let seen = '';
    await using server = await serve((request, _body, response) => {
      seen = `${request.method} ${request.url}`;
      json(response, status, body);
    });
    return { answer: await act(new RuntimeClient(server)), seen };
  }

  it('loads, unloads, pins and unpins an adapter, and gives it as it is then', async () => {
    const loaded = adapter({ name: 'ceo', loaded: true, pinned: true });
    expect(await requestOf((client) => client.changeAdapter('ceo', 'pin'), 200, loaded)).toEqual({
      answer: loaded,
      seen: 'POST /api/adapters/ceo/pin',
    });
  });

  it('resets and opens a breaker', async () => {
    const { seen } = await requestOf((client) => client.changeBreaker('lorax', 'reset'), 202, {});
    expect(seen).toBe('POST /api/breakers/lorax/reset');
  });

  it('clears the cache and gives how many answers there were', async () => {
    expect(await requestOf((client) => client.clearCache(), 202, { entries: 1846 })).toEqual({
      answer: 1846,
      seen: 'POST /api/cache/clear',
    });
  });

  it('tests the endpoint', async () => {
    const report = { ok: true, endpoint: 'http://x', api: 'lorax', engine: 'llama', model: 'm', checks: [] };
    const { answer, seen } = await requestOf((client) => client.testEndpoint(), 200, report);
    expect([answer, seen]).toEqual([report, 'POST /api/endpoint/test']);
  });
});
