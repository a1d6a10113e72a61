import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runLoadTest } from '../../../runtime/benchmark/run-load-test.ts';
import { COUNTER, parseTestPlan } from '../../../runtime/benchmark/test-plan.ts';

interface Seen {
  path: string;
  body: string;
  authorization: string | undefined;
}

async function useServer(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    seen.push({ path: request.url ?? '', body, authorization: request.headers.authorization });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  onTestFinished(stop);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, stop };
}

const plan = (criteria: string[] = []) =>
  parseTestPlan(
    [
      'version: v0.1',
      'testName: Small',
      'testPlan:',
      '  - name: Register',
      '    endpoint: https://aos.example.com/api/register_agent?x=1',
      '    method: POST',
      `    body: '{"agent_id": "a_${COUNTER}"}'`,
      '    threads: 3',
      '    duration: 0.3',
      '  - name: List',
      '    endpoint: https://aos.example.com/api/agents',
      '    threads: 1',
      '    duration: 0.3',
      `successCriteria: ${JSON.stringify(criteria)}`,
    ].join('\n'),
  );

describe('runLoadTest', () => {
  it('runs all items against another address, counts up without a gap, and judges the criteria', async () => {
    const { url, seen } = await useServer((_request, response) => response.end('{}'));
    const result = await runLoadTest(plan(['percentage(errors) < 5', 'avg(response_time) < 0.000001']), {
      baseUrl: url,
      token: 'secret',
    });
    const bodies = seen.filter(({ path }) => path === '/api/register_agent?x=1').map(({ body }) => body);
    expect(new Set(bodies)).toEqual(new Set(bodies.map((_, i) => `{"agent_id": "a_${i + 1}"}`)));
    expect(seen.every(({ authorization }) => authorization === 'Bearer secret')).toBe(true);
    expect(result.items.map(({ requests }) => requests)).toEqual([bodies.length, seen.length - bodies.length]);
    expect(result.total.requests).toBe(seen.length);
    expect(result.criteria.map(({ holds }) => holds)).toEqual([true, false]);
    expect([result.state, result.passed]).toEqual(['complete', false]);
  });

  it('counts a status of 400 or more as an error, under the code of the answer if there is one', async () => {
    const { url } = await useServer((request, response) => {
      const own = request.method === 'POST';
      response.statusCode = own ? 429 : 500;
      response.end(own ? '{"error": "full", "code": "AOS_BULKHEAD_FULL"}' : 'oops');
    });
    const { total, criteria, passed } = await runLoadTest(plan(['percentage(errors) < 5']), { baseUrl: url });
    expect(Object.keys(total.errors_by_code).sort()).toEqual(['AOS_BULKHEAD_FULL', 'HTTP_500']);
    expect(criteria[0]).toMatchObject({ actual: 100, holds: false });
    expect(total.errors).toBe(total.requests);
    expect(passed).toBe(false);
  });

  it('sends nothing to another machine unless that is confirmed', async () => {
    const asked: (readonly string[])[] = [];
    const confirm = (origins: readonly string[]) => {
      asked.push(origins);
      return false;
    };
    await expect(runLoadTest(plan(), { confirm })).rejects.toMatchObject({
      code: 'AOS_CANCELLED',
      message: expect.stringContaining('https://aos.example.com'),
    });
    expect(asked).toEqual([['https://aos.example.com']]);
    await expect(runLoadTest(plan())).rejects.toMatchObject({ code: 'AOS_CANCELLED' });
  });

  it('keeps what was measured when it is cancelled, and has not passed', async () => {
    const cancel = new AbortController();
    let answered = 0;
    const { url } = await useServer((_request, response) => {
      if (++answered === 20) cancel.abort();
      response.end('{}');
    });
    const result = await runLoadTest(plan(), { baseUrl: url, durationS: 60, signal: cancel.signal });
    expect([result.state, result.passed, result.total.errors]).toEqual(['cancelled', false, 0]);
    expect(result.total.requests).toBeGreaterThan(0);
  });

  it('says when the target dies, and keeps what was measured', async () => {
    let answered = 0;
    const server = await useServer((_request, response) => {
      response.end('{}');
      if (++answered === 20) server.stop();
    });
    const result = await runLoadTest(plan(), { baseUrl: server.url, durationS: 60 });
    expect([result.state, result.passed]).toEqual(['target_gone', false]);
    expect(result.reason).toContain('stopped answering');
    expect(result.total.requests - result.total.errors).toBeGreaterThan(10);
  });
});
