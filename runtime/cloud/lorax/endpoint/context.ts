import type { FastifyReply } from 'fastify';
import type { Clock } from '../../../core/clock.ts';
import type { Logger } from '../../../core/logger.ts';
import type { Engine } from '../engine.ts';
import type { FailureInjector } from './failures.ts';

/** What every route works with. */
export interface EndpointContext {
  engine: Engine;
  clock: Clock;
  logger: Logger;
  failures: FailureInjector;
}

/** Aborts when the client goes away before its answer is complete. */
export function clientSignal(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort(new DOMException('The client went away.', 'AbortError'));
  });
  return controller.signal;
}
