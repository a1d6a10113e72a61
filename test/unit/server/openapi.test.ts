import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../runtime/core/logger.ts';
import { createHttpServer } from '../../../runtime/server/http-server.ts';
import { addInferenceRoutes } from '../../../runtime/server/inference-routes.ts';
import { openApi, operations } from '../../../runtime/server/openapi.ts';
import { addProbes } from '../../../runtime/server/probes.ts';
import { addResultRoutes } from '../../../runtime/server/result-routes.ts';
import { addRoutes } from '../../../runtime/server/routes.ts';
import { addWorkflowRoutes } from '../../../runtime/server/workflow-routes.ts';

describe('the OpenAPI document', () => {
  it('names every route of the server, and no other', async () => {
    const server = createHttpServer({ token: 'token', logger: silentLogger });
    const served: string[] = [];
    server.addHook('onRoute', ({ method, url }) => {
      for (const one of [method].flat()) if (one !== 'HEAD') served.push(`${one} ${url.replace(/:(\w+)/g, '{$1}')}`);
    });
    const parts = { version: '1', draining: () => false } as never;
    addProbes(server, parts);
    addRoutes(server, parts);
    addInferenceRoutes(server, parts);
    addWorkflowRoutes(server, { runner: {} } as never);
    addResultRoutes(server, parts);
    await server.ready();
    const documented = operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
    expect(served.sort()).toEqual(documented.sort());
    await server.close();
  });

  it('describes bodies, answers and path parameters', () => {
    const document = openApi('1.2.3');
    const body = { content: { 'application/json': { schema: { required: ['agent_id', 'prompt'] } } } };
    const streamed = { 200: { content: { 'application/json': {}, 'text/event-stream': {} } } };
    const action = { name: 'action', schema: { enum: ['load', 'unload', 'pin', 'unpin'] } };
    expect(document).toMatchObject({
      openapi: '3.1.0',
      info: { version: '1.2.3' },
      paths: {
        '/api/agent_infer': { post: { requestBody: body, responses: streamed } },
        '/api/adapters/{name}/{action}': { post: { parameters: [{ name: 'name' }, action] } },
        '/api/health': { get: { security: [] } },
        '/api/health/ready': { get: { security: [] } },
      },
    });
    const paths = document.paths as Record<string, Record<string, { operationId: string }>>;
    const ids = Object.values(paths).flatMap((path) => Object.values(path).map(({ operationId }) => operationId));
    expect(new Set(ids).size).toBe(operations.length);
  });
});
