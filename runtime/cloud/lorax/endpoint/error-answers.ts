import type { FastifyInstance, FastifyReply } from 'fastify';
import { isAbort } from '../../../core/errors.ts';
import type { Logger } from '../../../core/logger.ts';
import { LoraxError, toLoraxError } from '../errors.ts';
import { PlainTextError } from './body.ts';

/** Errors as LoRAX sends them: its own as JSON, those of the HTTP framework in plain text. */
export function answerErrors(server: FastifyInstance, logger: Logger): void {
  server.setErrorHandler((error, _request, reply) => sendError(logger, error, reply));
  server.setNotFoundHandler((request, reply) => {
    const error = new LoraxError('not_found', `There is no ${request.method} ${request.url.split('?')[0]} here`);
    return reply.status(error.status).send(error.toBody());
  });
}

function sendError(logger: Logger, error: unknown, reply: FastifyReply): FastifyReply {
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
