import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { guardAccess } from './access.ts';
import { AdapterNames } from './adapters/names.ts';
import { addAdapterRoutes } from './adapters/routes.ts';
import { addVllmRoutes } from './adapters/vllm.ts';
import { parseJson } from './body.ts';
import type { EndpointContext, EndpointParts } from './context.ts';
import { addEmbedRoute } from './embed.ts';
import { answerErrors } from './error-answers.ts';
import { addFailuresRoute } from './failures-route.ts';
import { addGenerateRoutes } from './generate.ts';
import { Health } from './health.ts';
import { addHealthRoutes } from './health-routes.ts';
import { EndpointMetrics } from './metrics/endpoint-metrics.ts';
import { addMetricsRoute } from './metrics/route.ts';
import { addChatRoute } from './openai/chat.ts';
import { addCompletionsRoute } from './openai/completions.ts';
import { addEmbeddingsRoute } from './openai/embeddings.ts';
import { addModelRoutes } from './openai/models.ts';
import { addTokenizeRoute } from './tokenize.ts';

const BODY_LIMIT_BYTES = 1 << 20;

/** The LoRAX-compatible HTTP server over any engine; the caller listens and closes. */
export function createEndpoint(parts: EndpointParts, options: { apiKey?: string | undefined }): FastifyInstance {
  const { engine, logger } = parts;
  const context: EndpointContext = {
    ...parts,
    names: new AdapterNames(),
    health: new Health(engine),
    metrics: new EndpointMetrics(engine),
  };
  const server = fastify({ bodyLimit: BODY_LIMIT_BYTES, forceCloseConnections: true, logger: false });
  takeJson(server);
  answerErrors(server, logger);
  guardAccess(server, { apiKey: options.apiKey });

  addHealthRoutes(server, context);
  addModelRoutes(server, context);
  addMetricsRoute(server, context);
  addGenerateRoutes(server, context);
  addEmbedRoute(server, context);
  addTokenizeRoute(server, context);
  addChatRoute(server, context);
  addCompletionsRoute(server, context);
  addEmbeddingsRoute(server, context);
  addAdapterRoutes(server, context);
  addVllmRoutes(server, context);
  addFailuresRoute(server, context, { hasKey: options.apiKey !== undefined });
  return server;
}

function takeJson(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    'application/json',
    { parseAs: 'string' },
    async (_request: FastifyRequest, body: string) => parseJson(body),
  );
}
