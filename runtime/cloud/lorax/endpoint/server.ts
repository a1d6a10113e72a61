import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { FAILURES_PATH, failuresSchema } from '../../../contracts/lorax.ts';
import { isAbort } from '../../../core/errors.ts';
import { sameSecret } from '../../../core/ids.ts';
import { LoraxError, toLoraxError } from '../errors.ts';
import { PlainTextError, parseBody, parseJson } from './body.ts';
import { addChatRoute } from './chat.ts';
import type { EndpointContext } from './context.ts';
import { addGenerateRoutes } from './generate.ts';
import { addModelRoutes } from './models.ts';

const BODY_LIMIT_BYTES = 1 << 20;
/** Probes of load balancers carry no key. */
const OPEN_PATHS: ReadonlySet<string> = new Set(['/', '/health']);

/** The LoRAX-compatible HTTP server over any engine; the caller listens and closes. No CORS: browsers have no business here. */
export function createEndpoint(context: EndpointContext, options: { apiKey?: string | undefined }): FastifyInstance {
  const { apiKey } = options;
  const server = fastify({ bodyLimit: BODY_LIMIT_BYTES, forceCloseConnections: true, logger: false });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    'application/json',
    { parseAs: 'string' },
    async (_request: FastifyRequest, body: string) => parseJson(body),
  );
  server.setErrorHandler((error, _request, reply) => sendError(context, error, reply));
  server.setNotFoundHandler((request, reply) => {
    const error = new LoraxError('not_found', `There is no ${request.method} ${request.url.split('?')[0]} here`);
    return reply.status(error.status).send(error.toBody());
  });
  server.addHook('onRequest', async (request, reply) => {
    const open =
      (request.method === 'GET' || request.method === 'HEAD') && OPEN_PATHS.has(request.url.split('?')[0] ?? '');
    if (apiKey === undefined || open || hasKey(request, apiKey)) return;
    reply.header('www-authenticate', 'Bearer');
    throw new LoraxError('unauthorized', 'This server wants its key: send it as `Authorization: Bearer <key>`');
  });

  const health = async (_request: FastifyRequest, reply: FastifyReply) => reply.status(200).send();
  server.get('/', health);
  server.get('/health', health);
  addModelRoutes(server, context);
  addGenerateRoutes(server, context);
  addChatRoute(server, context);
  server.post(FAILURES_PATH, async (request, reply) => {
    if (apiKey === undefined || !isLoopback(request.ip)) {
      throw new LoraxError('unauthorized', 'Failures can only be set from this machine, on a server that has a key');
    }
    context.failures.set(parseBody(failuresSchema, request.body));
    return reply.status(204).send();
  });
  return server;
}

function hasKey(request: FastifyRequest, apiKey: string): boolean {
  const [, token] = /^Bearer\s+(\S+)\s*$/i.exec(request.headers.authorization ?? '') ?? [];
  return token !== undefined && sameSecret(token, apiKey);
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address);
}

function sendError({ logger }: EndpointContext, error: unknown, reply: FastifyReply): FastifyReply {
  if (error instanceof PlainTextError) return plainText(reply, error.status, error.message);
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return plainText(reply, 413, 'Failed to buffer the request body: length limit exceeded');
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return plainText(reply, 415, 'Expected request with `Content-Type: application/json`');
  }
  if (isAbort(error)) logger.debug('A client went away before its answer was complete.');
  const wire = toLoraxError(error);
  if (!(error instanceof LoraxError) && !isAbort(error)) logger.error('A request failed.', { error });
  return reply.status(wire.status).send(wire.toBody());
}

function plainText(reply: FastifyReply, status: number, text: string): FastifyReply {
  return reply.status(status).type('text/plain; charset=utf-8').send(text);
}
