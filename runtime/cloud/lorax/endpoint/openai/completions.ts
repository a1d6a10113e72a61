import type { FastifyInstance } from 'fastify';
import {
  type Completion,
  type CompletionLogprobs,
  type CompletionRequest,
  completionRequestSchema,
  type GenerateRequest,
} from '../../../../contracts/lorax.ts';
import { validationError } from '../../errors.ts';
import { parseBody } from '../body.ts';
import { complete } from '../complete.ts';
import type { EndpointContext } from '../context.ts';
import type { Generation } from '../generation.ts';
import { type StreamShape, stream } from '../stream.ts';
import {
  type Identity,
  identify,
  sharedParameters,
  toOpenAiReason,
  usageOf,
  VisibleStream,
  visibleText,
  visibleTokens,
} from './answer.ts';

type Choice = Completion['choices'][number];

/** `POST /v1/completions`, in OpenAI's shape: each of `n` answers is a choice, the best one first. */
export function addCompletionsRoute(server: FastifyInstance, context: EndpointContext): void {
  server.post('/v1/completions', async (request, reply): Promise<Completion | undefined> => {
    const body = parseBody(completionRequestSchema, request.body);
    const identity = identify(context, 'cmpl', body.model);
    const generate = toGenerateRequest(body);
    if (body.stream) {
      await stream(context, generate, reply, completionShape(identity, body, generate.inputs));
      return undefined;
    }
    const { best, others } = await complete(context, generate, reply);
    const shown = [best, ...others].slice(0, body.n ?? 1);
    return {
      ...identity,
      object: 'text_completion',
      choices: shown.map((generation, index) => toChoice(generation, body, index)),
      usage: usageOf(best, ...others),
    };
  });
}

function toGenerateRequest(request: CompletionRequest): GenerateRequest {
  const prompts = typeof request.prompt === 'string' ? [request.prompt] : request.prompt;
  const [inputs = '', ...further] = prompts;
  if (further.length > 0) throw validationError('`prompt` must be one text: send one request for each of several');
  return {
    inputs,
    stream: request.stream,
    parameters: {
      ...sharedParameters(request),
      best_of: request.best_of ?? request.n,
      return_k_alternatives: request.logprobs || undefined,
    },
  };
}

function toChoice(generation: Generation, request: CompletionRequest, index: number): Choice {
  const echoed = request.echo ? generation.plan.inputs : '';
  return {
    index,
    text: echoed + visibleText(generation),
    logprobs: request.logprobs === undefined ? null : toLogprobs(generation, echoed.length),
    finish_reason: toOpenAiReason(generation.finish),
  };
}

function completionShape(identity: Identity, request: CompletionRequest, inputs: string): StreamShape {
  const visible = new VisibleStream();
  let offset = request.echo ? inputs.length : 0;
  const chunk = (choice: Partial<Choice>): Completion => ({
    ...identity,
    object: 'text_completion',
    choices: [{ index: 0, text: '', logprobs: null, finish_reason: null, ...choice }],
  });
  return {
    prefix: 'data: ',
    opening: () => (request.echo ? [chunk({ text: inputs })] : []),
    event({ token, finish }, generation) {
      const text = visible.next(generation);
      const logprobs = request.logprobs === undefined ? null : toLogprobs({ tokens: [token] }, offset);
      offset += token.text.length;
      const events = text || logprobs ? [chunk({ text, logprobs })] : [];
      return finish
        ? [...events, { ...chunk({ finish_reason: toOpenAiReason(finish) }), usage: usageOf(generation) }]
        : events;
    },
    done: true,
  };
}

function toLogprobs(generation: Pick<Generation, 'tokens'>, firstOffset: number): CompletionLogprobs {
  const tokens = visibleTokens(generation);
  let offset = firstOffset;
  return {
    tokens: tokens.map(({ text }) => text),
    token_logprobs: tokens.map(({ logprob }) => logprob),
    top_logprobs: tokens.some(({ alternative_tokens }) => alternative_tokens)
      ? tokens.map(({ alternative_tokens }) =>
          Object.fromEntries((alternative_tokens ?? []).map(({ text, logprob }) => [text, logprob])),
        )
      : null,
    text_offset: tokens.map(({ text }) => {
      offset += text.length;
      return offset - text.length;
    }),
  };
}
