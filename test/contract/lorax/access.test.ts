import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEY, startTestLorax, type TestLorax } from './client.ts';

let keyed: TestLorax;
let open: TestLorax;
beforeAll(async () => {
  keyed = await startTestLorax();
  open = await startTestLorax({ apiKey: undefined });
});
afterAll(async () => {
  await keyed.dispose();
  await open.dispose();
});

/** Plain HTTP: `fetch` does not let a test choose `Host` and `Origin`. */
function send(lorax: TestLorax, method: string, path: string, headers: Record<string, string>) {
  return new Promise<{ status: number | undefined; headers: Record<string, unknown> }>((resolve, reject) => {
    const request = httpRequest(lorax.url + path, { method, headers }, (response) => {
      response.resume();
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers }));
    });
    request.on('error', reject);
    request.end();
  });
}

const SITE = 'https://app.example';
const preflight = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' };

describe('pages of other origins', () => {
  it('may ask a server with a key, if they have it', async () => {
    const asked = await send(keyed, 'OPTIONS', '/generate', { origin: SITE, ...preflight });
    expect(asked.status).toBe(200);
    expect(asked.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'content-type, authorization',
    });
    const answer = await send(keyed, 'GET', '/info', { origin: SITE, authorization: `Bearer ${KEY}` });
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([200, '*']);
    expect((await send(keyed, 'GET', '/info', { origin: SITE })).status).toBe(401);
  });

  it('are told so in streams and errors, too', async () => {
    const headers = { origin: SITE, authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
    const streamed = await fetch(`${keyed.url}/generate_stream`, {
      method: 'POST',
      headers,
      body: '{"inputs":"Hello"}',
    });
    expect(streamed.headers.get('access-control-allow-origin')).toBe('*');
    await streamed.text();
    const refused = await fetch(`${keyed.url}/generate`, { method: 'POST', headers, body: '{' });
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([400, '*']);
  });

  it('may not ask a server without a key, unless they are of this machine', async () => {
    for (const origin of [SITE, 'null', 'http://localhost.app.example']) {
      expect((await send(open, 'OPTIONS', '/generate', { origin, ...preflight })).status).toBe(403);
      const refused = await send(open, 'GET', '/health', { origin });
      expect([refused.status, refused.headers['access-control-allow-origin']]).toEqual([403, undefined]);
    }
    const local = 'http://localhost:5173';
    const answer = await send(open, 'GET', '/info', { origin: local });
    expect([answer.status, answer.headers]).toEqual([
      200,
      expect.objectContaining({ 'access-control-allow-origin': local, vary: 'origin' }),
    ]);
  });
});

describe('names that point here (DNS rebinding)', () => {
  it('do not reach a server without a key', async () => {
    const port = new URL(open.url).port;
    expect((await send(open, 'GET', '/info', { host: `attacker.example:${port}` })).status).toBe(403);
    for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`]) {
      expect((await send(open, 'GET', '/info', { host })).status, host).toBe(200);
    }
    const authorization = `Bearer ${KEY}`;
    expect((await send(keyed, 'GET', '/info', { host: 'lorax.internal', authorization })).status).toBe(200);
  });
});

describe('programs', () => {
  it('get no CORS headers: they sent no origin', async () => {
    const { headers } = await send(keyed, 'GET', '/health', {});
    expect(headers).not.toHaveProperty('access-control-allow-origin');
  });
});
