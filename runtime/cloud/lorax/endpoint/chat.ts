import type { FastifyInstance } from 'fastify';
import {
  type ChatCompletion,
  type ChatCompletionChunk,
  type ChatCompletionRequest,
  chatCompletionRequestSchema,
  type FinishReason,
  type GenerateRequest,
  type OpenAiFinishReason,
  type Usage,
} from '../../../contracts/lorax.ts';
import { newId } from '../../../core/ids.ts';
import { LoraxError } from '../errors.ts';
import { parseBody } from './body.ts';
import { complete } from './complete.ts';
import type { EndpointContext } from './context.ts';
import type { Generation } from './generation.ts';
import { heldBack, withoutStop } from './stopping.ts';
import { type StreamShape, stream } from './stream.ts';

/** `POST /v1/chat/completions`, in OpenAI's shape where LoRAX's own breaks OpenAI clients (ids, objects, finish reasons). */
export function addChatRoute(server: FastifyInstance, context: EndpointContext): void {
  server.post('/v1/chat/completions', async (request, reply) => {
    const body = parseBody(chatCompletionRequestSchema, request.body);
    if (body.tools && body.tools.length > 0 && body.tool_choice !== 'none') {
      throw new LoraxError('tool_error', 'Tool error: this server does not offer tools');
    }
    const identity = identify(context, body);
    const generate = toGenerateRequest(context, body);
    if (body.stream) return stream(context, generate, reply, chatShape(identity));
    const { best } = await complete(context, generate, reply);
    return toCompletion(best, identity);
  });
}

/** What all chunks of an answer share. */
interface Identity {
  id: string;
  created: number;
  model: string;
  system_fingerprint: string;
}

function identify({ engine, clock }: EndpointContext, request: ChatCompletionRequest): Identity {
  return {
    id: newId('chatcmpl'),
    created: Math.floor(clock.now() / 1000),
    model: request.model || engine.baseModelIds[0],
    system_fingerprint: engine.fingerprint,
  };
}

function toGenerateRequest({ engine }: EndpointContext, request: ChatCompletionRequest): GenerateRequest {
  const format = request.response_format;
  const { model, stop, temperature = 1, top_p, top_k, n, seed, adapter_source, ignore_eos_token } = request;
  return {
    inputs: engine.chatPrompt(request.messages),
    stream: request.stream,
    parameters: {
      adapter_id: model,
      adapter_source,
      api_token: request.api_token,
      best_of: n,
      // Chat samples unless temperature 0 says otherwise, as OpenAI does.
      do_sample: true,
      temperature,
      top_p,
      top_k,
      seed,
      ignore_eos_token,
      repetition_penalty: request.repetition_penalty,
      frequency_penalty: request.frequency_penalty,
      presence_penalty: request.presence_penalty,
      max_new_tokens: request.max_completion_tokens ?? request.max_tokens,
      stop: typeof stop === 'string' ? [stop] : stop,
      response_format: format && { type: format.type, schema: format.schema ?? format.json_schema?.schema },
    },
  };
}

function toCompletion(generation: Generation, identity: Identity): ChatCompletion {
  const content = withoutStop(generation.text, generation.finish === 'stop_sequence' ? generation.plan.stop : []);
  return {
    ...identity,
    object: 'chat.completion',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content },
        finish_reason: toOpenAiReason(generation.finish ?? 'length'),
      },
    ],
    usage: usageOf(generation),
  };
}

function chatShape(identity: Identity): StreamShape {
  const chunk = (
    delta: ChatCompletionChunk['choices'][number]['delta'],
    finish: OpenAiFinishReason | null = null,
  ): ChatCompletionChunk => ({
    ...identity,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, finish_reason: finish }],
  });
  let sent = 0;
  return {
    prefix: 'data: ',
    opening: () => [chunk({ role: 'assistant', content: '' })],
    event({ finish }, generation) {
      const { stop } = generation.plan;
      const whole = finish === 'stop_sequence' ? withoutStop(generation.text, stop) : generation.text;
      // What may become a stop sequence waits until it is one (and is dropped) or is not.
      const ready = finish ? whole.length : whole.length - heldBack(whole, stop);
      const content = whole.slice(sent, ready);
      sent = Math.max(sent, ready);
      const events = content ? [chunk({ content })] : [];
      return finish ? [...events, { ...chunk({}, toOpenAiReason(finish)), usage: usageOf(generation) }] : events;
    },
    done: true,
  };
}

function usageOf(generation: Generation): Usage {
  const prompt = generation.promptTokens;
  const completion = generation.tokens.length;
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}

function toOpenAiReason(finish: FinishReason): OpenAiFinishReason {
  return finish === 'length' ? 'length' : 'stop';
}
