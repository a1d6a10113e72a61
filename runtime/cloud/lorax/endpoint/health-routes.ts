import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { LoraxError } from '../errors.ts';
import { clientSignal, type EndpointContext } from './context.ts';

/** Probes of load balancers carry no key. */
export const openPaths: ReadonlySet<string> = new Set(['/', '/health', '/ping']);

/** `GET /`, `/health`, SageMaker's `/ping`: an empty body; and `/startup`, which always generates. */
export function addHealthRoutes(server: FastifyInstance, { health }: EndpointContext): void {
  const answer = async (_request: FastifyRequest, reply: FastifyReply) => {
    if (!(await health.check(clientSignal(reply)))) throw new LoraxError('healthcheck', 'unhealthy');
    return reply.status(200).send();
  };
  for (const path of openPaths) server.get(path, answer);

  server.get('/startup', async (_request, reply) => {
    const tokens = await health.generate(clientSignal(reply));
    if (tokens === 0) throw new LoraxError('failed healthcheck', 'Empty generation');
    return reply.status(200).send();
  });
}
