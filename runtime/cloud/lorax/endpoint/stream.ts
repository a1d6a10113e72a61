import type { FastifyReply } from 'fastify';
import { type GenerateRequest, loraxHeaders } from '../../../contracts/lorax.ts';
import { isAbort } from '../../../core/errors.ts';
import { toLoraxError } from '../errors.ts';
import { clientSignal, type EndpointContext } from './context.ts';
import { Generation, type GenerationStep } from './generation.ts';
import { planHeaders } from './headers.ts';
import { SseWriter } from './sse.ts';
import { type GenerationPlan, planGeneration } from './validation.ts';

export interface StreamShape {
  /** `data:` or `data: `. */
  prefix: string;
  /** The events before the first token. */
  opening(plan: GenerationPlan): object[];
  event(step: GenerationStep, generation: Generation): object[];
  /** Ends the stream with `[DONE]`. */
  done: boolean;
}

/**
 * Streams an answer in the shape of the route. As in LoRAX every error, those of validation included, is an event under
 * HTTP 200: the headers leave first. Resolves when the stream has ended; never throws what belongs to the client.
 */
export async function stream(
  context: EndpointContext,
  request: GenerateRequest,
  reply: FastifyReply,
  shape: StreamShape,
): Promise<void> {
  const { engine, clock, failures, logger } = context;
  const signal = clientSignal(reply);
  reply.hijack();
  let writer: SseWriter | undefined;
  const open = (headers: Record<string, string>) => new SseWriter(reply.raw, { clock, headers, prefix: shape.prefix });
  try {
    await failures.strike(signal);
    const plan = await planGeneration(engine, request, { stream: true });
    const generation = new Generation(plan);
    writer = open(planHeaders(engine, plan));
    for (const event of shape.opening(plan)) await writer.send(event);
    for await (const step of generation.run(engine, clock, signal)) {
      for (const event of shape.event(step, generation)) await writer.send(event);
    }
    if (shape.done) await writer.send('[DONE]');
  } catch (error) {
    if (isAbort(error) && signal.aborted) {
      logger.debug('A client went away while its answer was streaming.');
      return;
    }
    const wire = toLoraxError(error);
    logger.debug('A stream ended with an error.', { type: wire.type, error: wire.message });
    writer ??= open({ [loraxHeaders.computeType]: engine.computeType });
    await writer.send(wire.toBody());
  } finally {
    writer?.end();
  }
}
