import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { type EmbeddingEntry, type EmbeddingsResponse, embeddingsRequestSchema } from '../../../../contracts/lorax.ts';
import { LoraxError } from '../../errors.ts';
import { parseBody } from '../body.ts';
import type { EndpointContext } from '../context.ts';
import { embedTexts } from '../embed.ts';
import { adaptersOf } from '../validation.ts';

/** OpenAI's own limit of inputs in one request. */
const MAX_INPUTS = 2048;
const inputSchema = z.union([z.string(), z.array(z.string()).min(1).max(MAX_INPUTS)]);

/** `POST /v1/embeddings`: OpenAI's list under `data`, and again under `embeddings`, where LoRAX has it. */
export function addEmbeddingsRoute(server: FastifyInstance, context: EndpointContext): void {
  server.post('/v1/embeddings', async (request, reply): Promise<EmbeddingsResponse> => {
    const body = parseBody(embeddingsRequestSchema, request.body);
    const texts = textsOf(body.input);
    const { engine, names } = context;
    const adapters = adaptersOf(engine, names, { adapter_id: body.model, adapter_source: body.adapter_source });
    const embeddings = await embedTexts(context, { texts, adapters }, reply);
    const length = embeddings[0]?.vector.length;
    if (body.dimensions !== undefined && body.dimensions !== length) {
      throw new LoraxError('invalid_input', `\`dimensions\` must be ${length}: this model has vectors of one length`);
    }
    const encode = body.encoding_format === 'base64' ? toBase64 : (vector: number[]) => vector;
    const data = embeddings.map(
      ({ vector }, index): EmbeddingEntry => ({ object: 'embedding', index, embedding: encode(vector) }),
    );
    const tokens = embeddings.reduce((sum, { promptTokens }) => sum + promptTokens, 0);
    return {
      object: 'list',
      data,
      embeddings: data,
      model: body.model || engine.baseModelIds[0],
      usage: { prompt_tokens: tokens, total_tokens: tokens },
    };
  });
}

function textsOf(input: unknown): string[] {
  const parsed = inputSchema.safeParse(input);
  if (!parsed.success) {
    throw new LoraxError('invalid_input', `\`input\` must be a text or a list of 1 to ${MAX_INPUTS} texts`);
  }
  return typeof parsed.data === 'string' ? [parsed.data] : parsed.data;
}

/** Little-endian 32-bit floats: what OpenAI's clients ask for, and decode, by default. */
function toBase64(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4);
  return bytes.toString('base64');
}
