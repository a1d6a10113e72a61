import type { FastifyInstance } from 'fastify';
import { type TokenizeResponse, tokenizeRequestSchema } from '../../../contracts/lorax.ts';
import type { PromptToken } from '../engine.ts';
import { parseBody } from './body.ts';
import type { EndpointContext } from './context.ts';

/** `POST /tokenize`: the tokens of a text, with the characters (code points) each stands for. */
export function addTokenizeRoute(server: FastifyInstance, { engine }: EndpointContext): void {
  server.post('/tokenize', async (request): Promise<TokenizeResponse> => {
    const { inputs, add_special_tokens = true } = parseBody(tokenizeRequestSchema, request.body);
    const tokens = await engine.tokenize(inputs);
    return withOffsets(add_special_tokens ? tokens : withoutLeadingSpecials(tokens));
  });
}

/** Special tokens have the empty text; those at the beginning are what a tokenizer adds. */
function withoutLeadingSpecials(tokens: readonly PromptToken[]): PromptToken[] {
  const first = tokens.findIndex(({ text }) => text !== '');
  return first < 0 ? [] : tokens.slice(first);
}

function withOffsets(tokens: readonly PromptToken[]): TokenizeResponse {
  let stop = 0;
  return tokens.map(({ id, text }) => {
    const start = stop;
    stop += [...text].length;
    return { id, text, start, stop };
  });
}
