import type { FastifyInstance } from 'fastify';
import { FAILURES_PATH, failuresSchema } from '../../../contracts/lorax.ts';
import { LoraxError } from '../errors.ts';
import { parseBody } from './body.ts';
import type { EndpointContext } from './context.ts';

/** Our admin route: only on a server that has a key, and only from this machine. */
export function addFailuresRoute(server: FastifyInstance, { failures }: EndpointContext, options: { hasKey: boolean }) {
  server.post(FAILURES_PATH, async (request, reply) => {
    if (!options.hasKey || !isLoopback(request.ip)) {
      throw new LoraxError('unauthorized', 'Failures can only be set from this machine, on a server that has a key');
    }
    failures.set(parseBody(failuresSchema, request.body));
    return reply.status(204).send();
  });
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address);
}
