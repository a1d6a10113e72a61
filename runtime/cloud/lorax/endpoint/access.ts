import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sameSecret } from '../../../core/ids.ts';
import { LoraxError } from '../errors.ts';
import { openPaths } from './health-routes.ts';

/** LoRAX allows `content-type`; a page that knows the key has to send it, too. */
const ALLOWED_HEADERS = 'content-type, authorization';
const ALLOWED_METHODS = 'GET, POST';

/**
 * Who may ask. With a key: whoever has it, pages of any origin included (LoRAX's default). Without one: only programs
 * and pages of this machine, for any site that a person visits could otherwise use the server, directly or with a name
 * of its own that points here (DNS rebinding).
 */
export function guardAccess(server: FastifyInstance, options: { apiKey: string | undefined }): void {
  const { apiKey } = options;
  server.addHook('onRequest', async (request, reply) => {
    if (apiKey === undefined && !isOfThisMachine(request)) {
      throw new LoraxError('forbidden', 'This server has no key: only programs and pages of this machine may ask it');
    }
    if (request.headers.origin !== undefined) allowOrigin(reply, apiKey === undefined ? request.headers.origin : '*');
    if (isPreflight(request)) return allowRequest(reply).send();
    if (apiKey === undefined || isOpen(request) || hasKey(request, apiKey)) return;
    reply.header('www-authenticate', 'Bearer');
    throw new LoraxError('unauthorized', 'This server wants its key: send it as `Authorization: Bearer <key>`');
  });
}

function isOfThisMachine({ headers, socket }: FastifyRequest): boolean {
  const { origin, host } = headers;
  // On an address of the network the name in `host` may be anything.
  const reachedLocally = socket.localAddress !== undefined && isLoopbackName(bare(socket.localAddress));
  const hostIsLocal = !reachedLocally || isLoopbackName(URL.parse(`http://${host}`)?.hostname);
  return hostIsLocal && (origin === undefined || isLoopbackName(URL.parse(origin)?.hostname));
}

/** Node writes IPv4 addresses of a socket that takes both kinds as `::ffff:127.0.0.1`. */
function bare(address: string): string {
  return address.replace(/^::ffff:/, '');
}

function isLoopbackName(name: string | undefined): boolean {
  return name !== undefined && /^(localhost|(.+\.)?localhost|127(\.\d+){3}|\[?::1\]?)$/i.test(name);
}

function allowOrigin(reply: FastifyReply, origin: string): void {
  reply.header('access-control-allow-origin', origin);
  if (origin !== '*') reply.header('vary', 'origin');
}

function isPreflight({ method, headers }: FastifyRequest): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
}

function allowRequest(reply: FastifyReply): FastifyReply {
  return reply
    .status(200)
    .header('access-control-allow-methods', ALLOWED_METHODS)
    .header('access-control-allow-headers', ALLOWED_HEADERS);
}

function isOpen({ method, url }: FastifyRequest): boolean {
  return (method === 'GET' || method === 'HEAD') && openPaths.has(url.split('?')[0] ?? '');
}

function hasKey({ headers }: FastifyRequest, apiKey: string): boolean {
  const [, token] = /^Bearer\s+(\S+)\s*$/i.exec(headers.authorization ?? '') ?? [];
  return token !== undefined && sameSecret(token, apiKey);
}
