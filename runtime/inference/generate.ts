import { z } from 'zod';
import type { EndpointClient } from './endpoint-client.ts';
import { toProtocolError } from './endpoint-error.ts';
import type { Generation } from './generation.ts';
import { adapterLoadOf, engineOfAnswer, firstTokenMsOf, type ModelCall, modelOfAnswer } from './model-call.ts';

/** LoRAX's answers and TGI's: LoRAX counts the tokens of the prompt, TGI does so in streams, as `input_length`. */
const detailsSchema = z.looseObject({
  finish_reason: z.string(),
  generated_tokens: z.number(),
  prompt_tokens: z.number().optional(),
  input_length: z.number().optional(),
  prefill: z.array(z.unknown()).optional(),
});
type Details = z.infer<typeof detailsSchema>;

const answerSchema = z.looseObject({ generated_text: z.string(), details: detailsSchema.nullish() });

const eventSchema = z.looseObject({
  token: z.looseObject({ text: z.string(), special: z.boolean() }),
  generated_text: z.string().nullish(),
  details: detailsSchema.nullish(),
});

/** Continues a prompt by LoRAX's and TGI's own routes, `/generate` and `/generate_stream`. */
export function generate(client: EndpointClient, prompt: string, call: ModelCall): Promise<Generation> {
  return call.onToken ? streamed(client, prompt, call) : whole(client, prompt, call);
}

async function whole(client: EndpointClient, prompt: string, call: ModelCall): Promise<Generation> {
  const { body, headers } = await client.post('/generate', requestOf(prompt, call), answerSchema, call);
  if (!body.details) throw toProtocolError('answered without the details it was asked for', client.url);
  return {
    text: body.generated_text,
    ...figuresOf(body.details),
    engine: engineOfAnswer(headers),
    model: modelOfAnswer(headers, call.baseModel),
    firstTokenMs: firstTokenMsOf(headers),
    adapterLoad: adapterLoadOf(headers),
  };
}

async function streamed(client: EndpointClient, prompt: string, call: ModelCall): Promise<Generation> {
  const startedAt = call.clock.monotonic();
  const request = requestOf(prompt, call);
  const { headers, events } = await client.stream('/generate_stream', request, eventSchema, call);
  let firstTokenMs: number | null = null;
  let text: string | undefined;
  let details: Details | undefined;
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

function requestOf(prompt: string, call: ModelCall): object {
  const { temperature } = call.parameters;
  return {
    inputs: prompt,
    parameters: {
      ...call.parameters,
      details: true,
      // LoRAX takes temperature 1 for "greedy" unless it is told to sample.
      ...(temperature !== undefined && temperature > 0 ? { do_sample: true } : {}),
      ...call.backend.generateTarget?.(call),
    },
  };
}

function figuresOf({ finish_reason, generated_tokens, prompt_tokens, input_length, prefill }: Details) {
  return {
    finishReason: finish_reason,
    promptTokens: prompt_tokens ?? input_length ?? prefill?.length ?? 0,
    completionTokens: generated_tokens,
  };
}
