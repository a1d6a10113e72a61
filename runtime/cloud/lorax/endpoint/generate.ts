import type { FastifyInstance } from 'fastify';
import {
  type GenerateRequest,
  type GenerateResponse,
  generateRequestSchema,
  type StreamEvent,
} from '../../../contracts/lorax.ts';
import { parseBody } from './body.ts';
import { type Completion, complete } from './complete.ts';
import type { EndpointContext } from './context.ts';
import type { Generation, GenerationStep } from './generation.ts';
import { type StreamShape, stream } from './stream.ts';

/** LoRAX's own routes: `/generate`, `/generate_stream`, and `POST /` (the body's `stream` decides) with SageMaker's name. */
export function addGenerateRoutes(server: FastifyInstance, context: EndpointContext): void {
  server.post('/generate', async (request, reply) => {
    const body = parseBody(generateRequestSchema, request.body);
    return toResponse(await complete(context, body, reply));
  });

  server.post('/generate_stream', async (request, reply) => {
    const body = parseBody(generateRequestSchema, request.body);
    return stream(context, body, reply, generateShape(body));
  });

  for (const path of ['/', '/invocations']) {
    server.post(path, async (request, reply) => {
      const body = parseBody(generateRequestSchema, request.body);
      if (body.stream) return stream(context, body, reply, generateShape(body));
      // An array of one, as text-generation clients of Hugging Face expect it here.
      return [toResponse(await complete(context, body, reply))];
    });
  }
}

function toResponse({ best, others }: Completion): GenerateResponse {
  const sequence = best.sequence();
  if (!best.plan.details) return { generated_text: sequence.generated_text };
  return {
    generated_text: sequence.generated_text,
    details: {
      finish_reason: sequence.finish_reason,
      prompt_tokens: best.promptTokens,
      generated_tokens: sequence.generated_tokens,
      skipped_tokens: 0,
      seed: sequence.seed,
      prefill: sequence.prefill,
      tokens: sequence.tokens,
      ...(others.length > 0 ? { best_of_sequences: others.map((other) => other.sequence()) } : {}),
    },
  };
}

function generateShape(request: GenerateRequest): StreamShape {
  const details = request.parameters?.details ?? false;
  const event = ({ token, finish }: GenerationStep, generation: Generation): StreamEvent => ({
    token,
    generated_text: finish ? generation.answer : null,
    details: finish && details ? generation.streamDetails() : null,
  });
  return {
    prefix: 'data:',
    opening: () => [],
    event: (step, generation) => [event(step, generation)],
    done: false,
  };
}
