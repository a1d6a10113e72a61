import type { FastifyReply } from 'fastify';
import type { Clock } from '../../../core/clock.ts';
import type { Logger } from '../../../core/logger.ts';
import type { Engine } from '../engine.ts';
import type { AdapterNames } from './adapters/names.ts';
import type { FailureInjector } from './failures.ts';
import type { Health } from './health.ts';
import type { EndpointMetrics } from './metrics/endpoint-metrics.ts';

/** What the endpoint is built over. */
export interface EndpointParts {
  engine: Engine;
  clock: Clock;
  logger: Logger;
  failures: FailureInjector;
}

/** What every route works with. */
export interface EndpointContext extends EndpointParts {
  names: AdapterNames;
  health: Health;
  metrics: EndpointMetrics;
}

/** Aborts when the client goes away before its answer is complete. */
export function clientSignal(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort(new DOMException('The client went away.', 'AbortError'));
  });
  return controller.signal;
}
