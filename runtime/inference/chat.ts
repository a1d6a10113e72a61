import { chatCompletionChunkSchema, chatCompletionSchema, type Usage } from '../contracts/lorax.ts';
import type { EndpointClient } from './endpoint-client.ts';
import { toProtocolError } from './endpoint-error.ts';
import type { Generation } from './generation.ts';
import {
  adapterLoadOf,
  type ChatTurn,
  engineOfAnswer,
  firstTokenMsOf,
  type ModelCall,
  modelOfAnswer,
} from './model-call.ts';

type ChatCall = ModelCall & { messages: readonly ChatTurn[] };

const ROUTE = '/v1/chat/completions';

/** Asks `/v1/chat/completions`, which LoRAX, vLLM and others share. */
export function chat(client: EndpointClient, call: ChatCall): Promise<Generation> {
  return call.onToken ? streamed(client, call) : whole(client, call);
}

async function whole(client: EndpointClient, call: ChatCall): Promise<Generation> {
  const { body, headers } = await client.post(ROUTE, requestOf(call), chatCompletionSchema, call);
  const [choice] = body.choices;
  if (!choice) throw toProtocolError('answered without a choice', client.url);
  return {
    text: choice.message.content ?? '',
    finishReason: call.backend.finishReason(choice.finish_reason ?? 'stop'),
    ...tokensOf(body.usage, 0),
    engine: engineOfAnswer(headers, body.system_fingerprint),
    model: modelOfAnswer(headers, call.baseModel),
    firstTokenMs: firstTokenMsOf(headers),
    adapterLoad: adapterLoadOf(headers),
  };
}

async function streamed(client: EndpointClient, call: ChatCall): Promise<Generation> {
  const startedAt = call.clock.monotonic();
  const request = { ...requestOf(call), stream: true, stream_options: { include_usage: true } };
  const { headers, events } = await client.stream(ROUTE, request, chatCompletionChunkSchema, call);
  let text = '';
  let pieces = 0;
  let firstTokenMs: number | null = null;
  let finish: string | undefined;
  let usage: Usage | null | undefined;
  let fingerprint: string | null | undefined;
  for await (const chunk of events) {
    const [choice] = chunk.choices;
    const content = choice?.delta.content;
    if (content) {
      firstTokenMs ??= call.clock.monotonic() - startedAt;
      text += content;
      pieces++;
      call.onToken?.(content);
    }
    finish = choice?.finish_reason ?? finish;
    usage = chunk.usage ?? usage;
    fingerprint = chunk.system_fingerprint ?? fingerprint;
  }
  if (finish === undefined) throw toProtocolError('ended its stream before the answer was complete', client.url);
  return {
    text,
    finishReason: call.backend.finishReason(finish),
    ...tokensOf(usage, pieces),
    engine: engineOfAnswer(headers, fingerprint),
    model: modelOfAnswer(headers, call.baseModel),
    firstTokenMs,
  };
}

function requestOf(call: ChatCall): object {
  const { max_new_tokens, ...sampling } = call.parameters;
  return {
    ...call.backend.chatTarget(call),
    messages: call.messages,
    ...(max_new_tokens === undefined ? {} : { max_tokens: max_new_tokens }),
    ...sampling,
  };
}

/** An endpoint that does not count says 0 for the prompt; every piece of a stream is a token or a little more. */
function tokensOf(usage: Usage | null | undefined, pieces: number) {
  return { promptTokens: usage?.prompt_tokens ?? 0, completionTokens: usage?.completion_tokens ?? pieces };
}
