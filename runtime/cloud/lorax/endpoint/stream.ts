import type { FastifyReply } from 'fastify';
import { type GenerateRequest, loraxHeaders } from '../../../contracts/lorax.ts';
import { isAbort } from '../../../core/errors.ts';
import { toLoraxError } from '../errors.ts';
import { clientSignal, type EndpointContext } from './context.ts';
import { breakConnection } from './failures.ts';
import { Generation, type GenerationStep } from './generation.ts';
import { planHeaders } from './headers.ts';
import { RequestLog } from './request-log.ts';
import { SseWriter } from './sse.ts';
import { type GenerationPlan, planGeneration } from './validation.ts';

/** After so many tokens an injected failure breaks the connection, or at the end of an answer that is shorter. */
const TOKENS_BEFORE_DROP = 4;

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
  const log = new RequestLog(context);
  const signal = clientSignal(reply);
  const shared = sharedHeaders(reply);
  reply.hijack();
  let writer: SseWriter | undefined;
  const open = (headers: Record<string, string>) =>
    new SseWriter(reply.raw, { clock, headers: { ...shared, ...headers }, prefix: shape.prefix });
  try {
    const drops = await failures.strike(signal);
    const plan = await planGeneration(context, request, { stream: true });
    log.planned(plan);
    const generation = new Generation(plan);
    writer = open(planHeaders(engine, plan));
    for (const event of shape.opening(plan)) await writer.send(event);
    for await (const step of generation.run(engine, clock, signal)) {
      const inTheMiddle = step.finish !== undefined || generation.tokens.length > TOKENS_BEFORE_DROP;
      if (drops && inTheMiddle) await breakConnection(reply, signal);
      for (const event of shape.event(step, generation)) await writer.send(event);
    }
    if (shape.done) await writer.send('[DONE]');
    log.succeeded(generation);
  } catch (error) {
    log.failed(error);
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

/** What hooks have set (CORS): the raw answer of a stream does not send it by itself. */
function sharedHeaders(reply: FastifyReply): Record<string, string> {
  return Object.fromEntries(Object.entries(reply.getHeaders()).map(([name, value]) => [name, String(value)]));
}
