/**
 * The door to a VS Code in the browser: whoever can use its window can run commands as this user, so it answers only the
 * browser that has come with the address of this run. A loopback port alone is open to everyone on the machine and, by DNS
 * rebinding, to web pages. VS Code itself listens on a unix socket behind the gate.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, request } from 'node:http';
import { connect } from 'node:net';

/** @typedef {{url: (query: Record<string, string>) => string, close: () => Promise<void>}} Gate */

/**
 * @param {{socket: string, token?: string}} options `socket`: where VS Code listens; `token`: default a random one
 * @returns {Promise<Gate>} on a free loopback port; `url` gives an address with the token
 */
export async function openGate({ socket, token = randomBytes(24).toString('base64url') }) {
  let cookie = '';
  const server = createServer((incoming, outgoing) => {
    const query = new URLSearchParams(incoming.url?.split('?')[1]);
    const given = query.get('token');
    if (given !== null && same(given, token)) {
      query.delete('token');
      const value = `${cookie}=${token}; HttpOnly; SameSite=Lax; Path=/`;
      outgoing.writeHead(303, { location: `/?${query}`, 'set-cookie': value, 'cache-control': 'no-store' });
      return outgoing.end();
    }
    if (!isGuest(incoming)) {
      outgoing.writeHead(403, { 'content-type': 'text/plain; charset=utf-8' });
      return outgoing.end('Open the whole address that npm start has printed, with its token.\n');
    }
    const { method, url: target, headers } = incoming;
    const inner = request({ socketPath: socket, method, path: target, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    inner.once('error', (error) => {
      if (outgoing.headersSent) return outgoing.destroy(error);
      outgoing.writeHead(502, { 'content-type': 'text/plain; charset=utf-8' });
      outgoing.end(`VS Code does not answer: ${error.message}\n`);
    });
    outgoing.once('close', () => inner.destroy());
    incoming.pipe(inner);
  });
  server.on('upgrade', (incoming, outer, head) => {
    if (!isGuest(incoming)) return outer.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
    const inner = connect(socket, () => {
      inner.write(headOf(incoming));
      inner.write(head);
      outer.pipe(inner).pipe(outer);
    });
    inner.on('error', () => outer.destroy()).on('close', () => outer.destroy());
    outer.on('error', () => inner.destroy()).on('close', () => inner.destroy());
  });

  /** @param {import('node:http').IncomingMessage} incoming */
  function isGuest({ headers }) {
    const pairs = (headers.cookie ?? '').split(';').map((pair) => pair.trim());
    return pairs.some((pair) => pair.startsWith(`${cookie}=`) && same(pair.slice(cookie.length + 1), token));
  }

  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(undefined));
  });
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  // Cookies know no ports: the name keeps two runs apart.
  cookie = `aos-studio-${port}`;
  return {
    url: (query) => `http://127.0.0.1:${port}/?${new URLSearchParams({ ...query, token })}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The head of a request as it came. @param {import('node:http').IncomingMessage} incoming */
function headOf({ method, url, rawHeaders }) {
  const lines = [`${method} ${url} HTTP/1.1`];
  for (let index = 0; index < rawHeaders.length; index += 2)
    lines.push(`${rawHeaders[index]}: ${rawHeaders[index + 1]}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

const digest = (/** @type {string} */ text) => createHash('sha256').update(text).digest();
const same = (/** @type {string} */ left, /** @type {string} */ right) => timingSafeEqual(digest(left), digest(right));
