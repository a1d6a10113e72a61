import type { FastifyInstance, FastifyRequest } from 'fastify';
import {
  keepQuerySchema,
  MAX_RESULT_BYTES,
  resultIdSchema,
  resultPatchSchema,
  resultSchema,
  resultsQuerySchema,
} from '../contracts/results.ts';
import { AosError } from '../core/errors.ts';
import { param, parseBody, parseQuery } from './http-server.ts';
import { addResultCompareRoute } from './result-compare-route.ts';
import type { ResultStore } from './results.ts';

/** What benchmarks and load tests have measured, kept with the runtime that was measured. */
export function addResultRoutes(server: FastifyInstance, results: ResultStore): void {
  server.get('/api/results', (request) => results.list(parseQuery(resultsQuerySchema, request)));
  server.get('/api/results/:id', (request) => results.get(idOf(request)));
  server.put('/api/results/:id', { bodyLimit: MAX_RESULT_BYTES }, async (request, reply) => {
    const { keep } = parseQuery(keepQuerySchema, request);
    const result = parseBody(resultSchema, request);
    if (result.id !== idOf(request)) {
      throw new AosError('AOS_BAD_REQUEST', `The result is ${result.id}, and the path names ${idOf(request)}.`);
    }
    const { created, summary } = await results.put(result, { keep });
    return reply.status(created ? 201 : 200).send(summary);
  });
  server.patch('/api/results/:id', (request) =>
    results.annotate(idOf(request), parseBody(resultPatchSchema, request).note),
  );
  server.delete('/api/results/:id', async (request, reply) => {
    await results.delete(idOf(request));
    return reply.status(204).send();
  });
  addResultCompareRoute(server, results);
}

/** An id that no result can have names none. */
function idOf(request: FastifyRequest): string {
  const id = resultIdSchema.safeParse(param(request, 'id'));
  if (id.success) return id.data;
  throw new AosError('AOS_NOT_FOUND', `There is no result ${JSON.stringify(param(request, 'id'))}.`);
}
