import type { FastifyInstance } from 'fastify';
import {
  type ChatCompletion,
  type ChatCompletionChunk,
  type ChatCompletionRequest,
  type ChatLogprobs,
  chatCompletionRequestSchema,
  type GenerateRequest,
  type OpenAiFinishReason,
  type Token,
} from '../../../../contracts/lorax.ts';
import { LoraxError } from '../../errors.ts';
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

/** `POST /v1/chat/completions`, in OpenAI's shape where LoRAX's own breaks OpenAI clients (ids, objects, finish reasons). */
export function addChatRoute(server: FastifyInstance, context: EndpointContext): void {
  server.post('/v1/chat/completions', async (request, reply) => {
    const body = parseBody(chatCompletionRequestSchema, request.body);
    if (body.tools && body.tools.length > 0 && body.tool_choice !== 'none') {
      throw new LoraxError('tool_error', 'Tool error: this server does not offer tools');
    }
    const identity = identify(context, 'chatcmpl', body.model);
    const generate = toGenerateRequest(context, body);
    const withLogprobs = body.logprobs ?? false;
    if (body.stream) return stream(context, generate, reply, chatShape(identity, withLogprobs));
    const { best } = await complete(context, generate, reply);
    return toCompletion(best, identity, withLogprobs);
  });
}

function toGenerateRequest({ engine }: EndpointContext, request: ChatCompletionRequest): GenerateRequest {
  const shared = sharedParameters(request);
  return {
    inputs: engine.chatPrompt(request.messages),
    stream: request.stream,
    parameters: {
      ...shared,
      best_of: request.n,
      max_new_tokens: request.max_completion_tokens ?? shared.max_new_tokens,
      return_k_alternatives: request.logprobs && request.top_logprobs ? request.top_logprobs : undefined,
    },
  };
}

function toCompletion(generation: Generation, identity: Identity, withLogprobs: boolean): ChatCompletion {
  return {
    ...identity,
    object: 'chat.completion',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: visibleText(generation) },
        logprobs: withLogprobs ? toLogprobs(visibleTokens(generation)) : null,
        finish_reason: toOpenAiReason(generation.finish),
      },
    ],
    usage: usageOf(generation),
  };
}

function chatShape(identity: Identity, withLogprobs: boolean): StreamShape {
  const visible = new VisibleStream();
  const chunk = (
    delta: ChatCompletionChunk['choices'][number]['delta'],
    finish: OpenAiFinishReason | null = null,
    logprobs: ChatLogprobs | null = null,
  ): ChatCompletionChunk => ({
    ...identity,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, logprobs, finish_reason: finish }],
  });
  return {
    prefix: 'data: ',
    opening: () => [chunk({ role: 'assistant', content: '' })],
    event({ token, finish }, generation) {
      const content = visible.next(generation);
      const logprobs = withLogprobs && !token.special ? toLogprobs([token]) : null;
      const events = content || logprobs ? [chunk({ content }, null, logprobs)] : [];
      return finish ? [...events, { ...chunk({}, toOpenAiReason(finish)), usage: usageOf(generation) }] : events;
    },
    done: true,
  };
}

function toLogprobs(tokens: readonly Token[]): ChatLogprobs {
  const entry = ({ text, logprob }: Pick<Token, 'text' | 'logprob'>) => ({
    token: text,
    logprob,
    bytes: [...Buffer.from(text)],
  });
  return {
    content: tokens.map((token) => ({ ...entry(token), top_logprobs: (token.alternative_tokens ?? []).map(entry) })),
  };
}
