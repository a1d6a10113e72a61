import { context, SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { activeTraceId } from '../agents/agent-manager.ts';
import { MAX_BODY_BYTES } from '../contracts/http.ts';
import { formatBytes } from '../contracts/units.ts';
import { AosError, isAosError, messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { extractContext } from '../telemetry/propagation.ts';
import type { AccessTokens } from './auth/access-tokens.ts';
import { checkCaller } from './auth/caller.ts';
import { LOOPBACK_HOSTS } from './hosts.ts';

export interface HttpServerOptions {
  /** Every route but the probes wants it as a bearer token. */
  token: string;
  /** Besides, access tokens of Microsoft Entra ID; default none. */
  accessTokens?: AccessTokens | undefined;
  /** Names by which this server may be addressed, without port. Default: the loopback names. */
  hosts?: readonly string[];
  /** Gives every command (what is not a look) a span, in the trace that came with it. */
  tracer?: Tracer;
  logger: Logger;
}

/** What a platform asks without a token, and what tells nobody anything. */
const PROBES: readonly (string | undefined)[] = ['/api/health', '/api/health/ready'];

/** The guards that every route stands behind: host, origin, token, size of the body; and one form for every error. */
export function createHttpServer(options: HttpServerOptions): FastifyInstance {
  const { token, accessTokens, hosts = LOOPBACK_HOSTS, tracer, logger } = options;
  const server = fastify({ bodyLimit: MAX_BODY_BYTES, forceCloseConnections: true, requestTimeout: 0 });

  // Clients that send the header always send it with commands that have no body, too.
  const parseJson = server.getDefaultJsonParser('error', 'error');
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) =>
    body === '' ? done(null, undefined) : parseJson(request, String(body), done),
  );
  server.addHook('onRequest', async (request) => {
    // A name that leads to loopback from outside (DNS rebinding), and a page of another origin, are refused before all else.
    checkHost(request, hosts);
    if (!PROBES.includes(request.routeOptions.url)) await checkCaller(request, { token, accessTokens });
  });
  if (tracer) addSpans(server, tracer);
  server.setErrorHandler((error, request, reply) => sendError(toAosError(error, request), request, reply, logger));
  server.setNotFoundHandler((request, reply) =>
    sendError(
      new AosError('AOS_NOT_FOUND', `There is no ${request.method} ${request.url.split('?')[0]}.`),
      request,
      reply,
      logger,
    ),
  );
  return server;
}

function addSpans(server: FastifyInstance, tracer: Tracer): void {
  server.addHook('onRequest', (request, reply, done) => {
    if (request.method === 'GET') return done();
    const parent = extractContext(request.headers);
    const route = request.routeOptions.url ?? request.url;
    const attributes = { 'http.request.method': request.method, 'http.route': route };
    const span = tracer.startSpan(`${request.method} ${route}`, { kind: SpanKind.SERVER, attributes }, parent);
    reply.raw.once('close', () => {
      const { statusCode } = reply.raw;
      span.setAttribute('http.response.status_code', statusCode);
      if (statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    });
    // Everything that handles the request runs inside of `done`.
    context.with(trace.setSpan(parent, span), done);
  });
}

/**
 * The body as the contract's type.
 * @throws AosError AOS_BAD_REQUEST that names each property that is wrong
 */
export function parseBody<Schema extends z.ZodType>(schema: Schema, request: FastifyRequest): z.output<Schema> {
  return parse(schema, request.body ?? {});
}

/** The query as the contract's type. @throws AosError AOS_BAD_REQUEST that names each parameter that is wrong */
export function parseQuery<Schema extends z.ZodType>(schema: Schema, request: FastifyRequest): z.output<Schema> {
  return parse(schema, request.query ?? {});
}

function parse<Schema extends z.ZodType>(schema: Schema, given: unknown): z.output<Schema> {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const issues = result.error.issues.map((issue) => ({
    path: issue.path.map(String).join('.'),
    message: issue.message,
  }));
  const text = issues.map(({ path, message }) => `${path || 'the request'}: ${message}`).join('; ');
  throw new AosError('AOS_BAD_REQUEST', `The request is not valid: ${text}`, { details: { issues } });
}

/** Aborts when the client goes away before its answer. */
export function clientSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.on('close', () => {
    if (!reply.raw.writableFinished) gone.abort(new AosError('AOS_CANCELLED', 'The client closed the connection.'));
  });
  return gone.signal;
}

function checkHost(request: FastifyRequest, hosts: readonly string[]): void {
  const host = (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
  if (!hosts.includes(host)) {
    throw new AosError(
      'AOS_FORBIDDEN_HOST',
      `This server does not answer to the name ${JSON.stringify(host)}. Use ${hosts[0]}.`,
    );
  }
  const { origin } = request.headers;
  if (
    origin !== undefined &&
    origin !== `http://${request.headers.host}` &&
    origin !== `https://${request.headers.host}`
  ) {
    throw new AosError('AOS_FORBIDDEN_HOST', 'Pages of another origin may not call this server.');
  }
}

function toAosError(error: unknown, request: FastifyRequest): AosError {
  if (isAosError(error)) return error;
  const { code, statusCode } = error as Partial<FastifyError>;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    const limit = formatBytes(request.routeOptions.bodyLimit ?? MAX_BODY_BYTES);
    return new AosError('AOS_BODY_TOO_LARGE', `The body is larger than ${limit}.`, { cause: error });
  }
  if (statusCode !== undefined && statusCode < 500) {
    return new AosError('AOS_BAD_REQUEST', `The request is not valid: ${messageOf(error)}`, { cause: error });
  }
  return new AosError(
    'AOS_INTERNAL',
    'The runtime could not answer because of an error of its own. Its log has the details.',
    { cause: error },
  );
}

function sendError(error: AosError, request: FastifyRequest, reply: FastifyReply, logger: Logger): void {
  if (error.status >= 500)
    logger.error('a request failed', {
      method: request.method,
      url: request.url,
      code: error.code,
      error: error.cause ?? error,
    });
  const retryAfterMs = error.details?.retry_after_ms;
  if (error.status === 401) reply.header('www-authenticate', 'Bearer');
  if (typeof retryAfterMs === 'number') reply.header('retry-after', Math.max(1, Math.ceil(retryAfterMs / 1000)));
  const traceId = activeTraceId();
  reply.status(error.status).send({ ...error.toBody(), ...(traceId ? { trace_id: traceId } : {}) });
}

/** A part of the path; the route's pattern has it. */
export function param(request: FastifyRequest, name: string): string {
  return (request.params as Record<string, string>)[name] ?? '';
}

/** A part of the path that has few values. @throws AosError AOS_NOT_FOUND */
export function oneOf<T extends string>(known: readonly T[], given: string): T {
  const found = known.find((one) => one === given);
  if (found !== undefined) return found;
  throw new AosError('AOS_NOT_FOUND', `There is no "${given}" here. Known: ${known.join(', ')}.`);
}
