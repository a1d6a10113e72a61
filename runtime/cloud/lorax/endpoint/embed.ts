import type { FastifyInstance, FastifyReply } from 'fastify';
import { embedRequestSchema, loraxHeaders as names } from '../../../contracts/lorax.ts';
import { isAbort } from '../../../core/errors.ts';
import type { AdapterRef, Embedding } from '../engine.ts';
import { LoraxError, validationError } from '../errors.ts';
import { parseBody } from './body.ts';
import { clientSignal, type EndpointContext } from './context.ts';
import { breakOff } from './failures.ts';
import { adaptersOf } from './validation.ts';

/** `POST /embed`: one flat vector. */
export function addEmbedRoute(server: FastifyInstance, context: EndpointContext): void {
  server.post('/embed', async (request, reply) => {
    const { inputs, parameters = {} } = parseBody(embedRequestSchema, request.body);
    const adapters = adaptersOf(context.engine, context.names, parameters);
    const [embedding] = await embedTexts(context, { texts: [inputs], adapters }, reply);
    return { embeddings: embedding?.vector ?? [] };
  });
}

/** The vectors of some texts, in their order; headers tell which engine made them. @throws LoraxError, the abort reason when the client went away */
export async function embedTexts(
  { engine, clock, failures, metrics }: EndpointContext,
  { texts, adapters }: { texts: readonly string[]; adapters: readonly AdapterRef[] },
  reply: FastifyReply,
): Promise<Embedding[]> {
  const arrivedMs = clock.monotonic();
  const signal = clientSignal(reply);
  metrics.arrived(texts.length);
  try {
    if (await failures.strike(signal)) return await breakOff(reply, signal);
    if (texts.includes('')) throw validationError('`inputs` cannot be empty');
    const embeddings = await Promise.all(texts.map((text) => engine.embed(text, adapters, signal)));
    reply.headers({ [names.computeType]: engine.computeType, [names.modelId]: engine.info().model_id });
    metrics.succeeded(adapters, clock.monotonic() - arrivedMs);
    return embeddings;
  } catch (error) {
    const wire = isAbort(error) || error instanceof LoraxError ? error : embeddingFailure(error);
    metrics.failed(wire instanceof LoraxError ? wire.type : 'dropped', adapters);
    throw wire;
  }
}

function embeddingFailure(cause: unknown): LoraxError {
  return new LoraxError('embedding_failure', 'Embedding Failure', { cause });
}
