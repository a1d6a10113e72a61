import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openGate } from '../../../scripts/vscode/gate.mjs';

/** A server on a unix socket that tells what it was asked, and echoes what comes over an upgraded connection. */
async function useGate() {
  const folder = mkdtempSync(path.join(tmpdir(), 'aos-gate-'));
  const socket = path.join(folder, 's');
  const server = createServer((incoming, outgoing) => {
    outgoing.writeHead(201, { 'x-inner': 'yes' });
    outgoing.write(`${incoming.method} ${incoming.url} `);
    incoming.pipe(outgoing);
  });
  server.on('upgrade', (_, connection, head) => {
    connection.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
    connection.write(head);
    connection.pipe(connection);
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const gate = await openGate({ socket, token: 'secret' });
  onTestFinished(async () => {
    await gate.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  });
  const url = gate.url({ folder: '/a b' });
  const { origin } = new URL(url);
  const enter = async () => {
    const answer = await fetch(url, { redirect: 'manual' });
    return { answer, cookie: answer.headers.get('set-cookie')?.split(';')[0] ?? '' };
  };
  return { gate, url, origin, enter, server };
}

/** Status of an upgrade, and what comes back of `text`. */
function upgrade(origin: string, headers: Record<string, string>, text: string) {
  return new Promise<{ status: number | undefined; echoed: string }>((resolve, reject) => {
    const asked = request(origin, { headers: { connection: 'Upgrade', upgrade: 'echo', ...headers } });
    asked.once('error', reject);
    asked.once('response', (answer: IncomingMessage) => resolve({ status: answer.statusCode, echoed: '' }));
    asked.once('upgrade', (answer, connection) => {
      connection.once('data', (data: Buffer) => {
        connection.destroy();
        resolve({ status: answer.statusCode, echoed: String(data) });
      });
      connection.write(text);
    });
    asked.end();
  });
}

describe.skipIf(process.platform === 'win32')('the gate before VS Code in the browser', () => {
  it('takes the token once, and then knows the browser by a cookie that scripts cannot read', async () => {
    const { enter, origin } = await useGate();
    const { answer, cookie } = await enter();
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe('/?folder=%2Fa+b');
    expect(answer.headers.get('set-cookie')).toMatch(/; HttpOnly; SameSite=Lax; Path=\/$/);
    const page = await fetch(`${origin}/x?y=1`, { method: 'POST', body: 'body', headers: { cookie } });
    expect([page.status, page.headers.get('x-inner'), await page.text()]).toEqual([201, 'yes', 'POST /x?y=1 body']);
  });

  it.each([
    ['nothing', '', ''],
    ['a wrong token', '?token=wrong', ''],
    ['an empty token', '?token=', ''],
    ['a wrong cookie', '', 'wrong'],
  ])('lets nobody in with %s', async (_, query, value) => {
    const { origin, enter } = await useGate();
    const name = (await enter()).cookie.split('=')[0];
    const answer = await fetch(`${origin}/${query}`, { headers: { cookie: `${name}=${value}` }, redirect: 'manual' });
    expect(answer.status).toBe(403);
    expect(answer.headers.get('x-inner')).toBeNull();
  });

  it('hands on connections that are upgraded, for guests only', async () => {
    const { origin, enter } = await useGate();
    const { cookie } = await enter();
    expect(await upgrade(origin, { cookie }, 'hello')).toEqual({ status: 101, echoed: 'hello' });
    expect(await upgrade(origin, {}, 'hello')).toEqual({ status: 403, echoed: '' });
  });

  it('says so when VS Code does not answer', async () => {
    const { origin, enter, server } = await useGate();
    const { cookie } = await enter();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    const answer = await fetch(origin, { headers: { cookie } });
    expect([answer.status, await answer.text()]).toEqual([502, expect.stringContaining('VS Code does not answer')]);
  });
});
