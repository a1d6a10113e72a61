import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AosError } from '../../../runtime/core/errors.ts';
import { createLogger, type LogRecord } from '../../../runtime/core/logger.ts';
import { createHttpServer, parseBody } from '../../../runtime/server/http-server.ts';

const TOKEN = 'token-of-this-run';

function setUp() {
  const records: LogRecord[] = [];
  const server = createHttpServer({
    token: TOKEN,
    logger: createLogger({ scope: 'http', write: (r) => records.push(r) }),
  });
  server.get('/api/health', async () => ({ status: 'healthy' }));
  server.get('/api/status', async () => ({ ok: true }));
  server.post('/api/echo', async (request) => parseBody(z.object({ n: z.int(), text: z.string() }), request));
  server.get('/api/full', async () => {
    throw new AosError('AOS_BULKHEAD_FULL', 'The lane is full.', { details: { retry_after_ms: 1500 } });
  });
  server.get('/api/bug', async () => {
    throw new TypeError('secret internals');
  });
  const get = (url: string, headers: Record<string, string> = {}) =>
    server.inject({ url, headers: { authorization: `Bearer ${TOKEN}`, host: '127.0.0.1:7071', ...headers } });
  return { server, records, get };
}

describe('the HTTP server', () => {
  it('wants the token of this run on every route but /api/health', async () => {
    const { get } = setUp();
    expect((await get('/api/health', { authorization: '' })).statusCode).toBe(200);
    expect((await get('/api/status')).statusCode).toBe(200);
    for (const authorization of ['', 'Basic abc', 'Bearer another', `Bearer ${TOKEN}x`]) {
      const answer = await get('/api/status', { authorization });
      expect([answer.statusCode, answer.json().code]).toEqual([401, 'AOS_UNAUTHORIZED']);
    }
    expect((await get('/api/nothing', { authorization: '' })).statusCode).toBe(401);
  });

  it('answers only to loopback names, and to no page of another origin', async () => {
    const { get } = setUp();
    for (const host of ['127.0.0.1:7071', 'localhost', '[::1]:7071']) {
      expect((await get('/api/status', { host })).statusCode).toBe(200);
    }
    const foreign: Record<string, string>[] = [
      { host: 'evil.example' },
      { origin: 'https://evil.example' },
      { origin: 'null' },
    ];
    for (const headers of foreign) {
      const answer = await get('/api/health', headers);
      expect([answer.statusCode, answer.json().code]).toEqual([403, 'AOS_FORBIDDEN_HOST']);
    }
    expect((await get('/api/status', { origin: 'http://127.0.0.1:7071' })).statusCode).toBe(200);
  });

  it('names every property of a body that is wrong', async () => {
    const { server } = setUp();
    const headers = { authorization: `Bearer ${TOKEN}`, host: '127.0.0.1', 'content-type': 'application/json' };
    const post = (payload: string) => server.inject({ method: 'POST', url: '/api/echo', headers, payload });
    const answer = await post('{"n": 1.5}');
    expect(answer.statusCode).toBe(422);
    expect(answer.json()).toMatchObject({
      code: 'AOS_BAD_REQUEST',
      error: expect.stringMatching(/n: .*; text: /),
      details: { issues: [{ path: 'n' }, { path: 'text' }] },
    });
    expect((await post('{')).statusCode).toBe(422);
    expect((await post(JSON.stringify({ n: 1, text: 'x'.repeat(1024 * 1024) }))).json().code).toBe(
      'AOS_BODY_TOO_LARGE',
    );
    expect((await post('{"n": 1, "text": "yes"}')).json()).toEqual({ n: 1, text: 'yes' });
  });

  it('tells a refused client when to come back, in whole seconds', async () => {
    const { get } = setUp();
    const answer = await get('/api/full');
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([429, '2']);
  });

  it('keeps what a bug says in the log, and out of the answer', async () => {
    const { get, records } = setUp();
    const answer = await get('/api/bug');
    expect([answer.statusCode, answer.json().code]).toEqual([500, 'AOS_INTERNAL']);
    expect(answer.body).not.toContain('secret internals');
    expect(JSON.stringify(records)).toContain('secret internals');
  });
});
