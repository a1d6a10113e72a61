import { generateResponseSchema, type StreamDetails, streamEventSchema } from '../contracts/lorax.ts';
import type { EndpointClient } from './endpoint-client.ts';
import { toProtocolError } from './endpoint-error.ts';
import type { Generation } from './generation.ts';
import { engineOfAnswer, firstTokenMsOf, type ModelCall, modelOfAnswer } from './model-call.ts';

type GenerateCall = Omit<ModelCall, 'messages'>;

/** Continues a prompt by LoRAX's own routes, `/generate` and `/generate_stream`. */
export function generate(client: EndpointClient, prompt: string, call: GenerateCall): Promise<Generation> {
  return call.onToken ? streamed(client, prompt, call) : whole(client, prompt, call);
}

async function whole(client: EndpointClient, prompt: string, call: GenerateCall): Promise<Generation> {
  const { body, headers } = await client.post('/generate', requestOf(prompt, call), generateResponseSchema, call);
  if (!body.details) throw toProtocolError('answered without the details it was asked for', client.url);
  return {
    text: body.generated_text,
    ...figuresOf(body.details),
    engine: engineOfAnswer(headers),
    model: modelOfAnswer(headers, call.baseModel),
    firstTokenMs: firstTokenMsOf(headers),
  };
}

async function streamed(client: EndpointClient, prompt: string, call: GenerateCall): Promise<Generation> {
  const startedAt = call.clock.monotonic();
  const request = requestOf(prompt, call);
  const { headers, events } = await client.stream('/generate_stream', request, streamEventSchema, call);
  let firstTokenMs: number | null = null;
  let text: string | undefined;
  let details: StreamDetails | undefined;
  for await (const event of events) {
    firstTokenMs ??= call.clock.monotonic() - startedAt;
    if (!event.token.special && event.token.text !== '') call.onToken?.(event.token.text);
    text = event.generated_text ?? text;
    details = event.details ?? details;
  }
  if (text === undefined || details === undefined) {
    throw toProtocolError('ended its stream before the answer was complete', client.url);
  }
  return {
    text,
    ...figuresOf(details),
    engine: engineOfAnswer(headers),
    model: modelOfAnswer(headers, call.baseModel),
    firstTokenMs,
  };
}

function requestOf(prompt: string, { adapterId, adapterSource, parameters }: GenerateCall): object {
  const { temperature } = parameters;
  return {
    inputs: prompt,
    parameters: {
      ...parameters,
      details: true,
      // LoRAX takes temperature 1 for "greedy" unless it is told to sample.
      ...(temperature !== undefined && temperature > 0 ? { do_sample: true } : {}),
      ...(adapterId === undefined ? {} : { adapter_id: adapterId }),
      ...(adapterId === undefined || adapterSource === undefined ? {} : { adapter_source: adapterSource }),
    },
  };
}

function figuresOf({ finish_reason, prompt_tokens, generated_tokens }: StreamDetails) {
  return { finishReason: finish_reason, promptTokens: prompt_tokens, completionTokens: generated_tokens };
}
