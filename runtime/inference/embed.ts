import { z } from 'zod';
import type { CallOptions, EndpointClient } from './endpoint-client.ts';
import { toProtocolError } from './endpoint-error.ts';

const entriesSchema = z.array(z.looseObject({ index: z.number(), embedding: z.array(z.number()) }));

/** OpenAI has the vectors in `data`, LoRAX in `embeddings`. */
const answerSchema = z.union([
  z.looseObject({ data: entriesSchema }).transform(({ data }) => data),
  z.looseObject({ embeddings: entriesSchema }).transform(({ embeddings }) => embeddings),
]);

/** Asks `/v1/embeddings`. @returns a vector for each text, in their order */
export async function embed(
  client: EndpointClient,
  request: { input: readonly string[] },
  options: CallOptions,
): Promise<Float32Array[]> {
  const { body } = await client.post('/v1/embeddings', { ...request, encoding_format: 'float' }, answerSchema, options);
  if (body.length !== request.input.length) {
    throw toProtocolError(`answered ${body.length} embeddings for ${request.input.length} texts`, client.url);
  }
  return body.sort((a, b) => a.index - b.index).map(({ embedding }) => Float32Array.from(embedding));
}
