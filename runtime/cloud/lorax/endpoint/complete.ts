import type { FastifyReply } from 'fastify';
import type { GenerateRequest } from '../../../contracts/lorax.ts';
import { clientSignal, type EndpointContext } from './context.ts';
import { breakOff } from './failures.ts';
import { Generation } from './generation.ts';
import { resultHeaders } from './headers.ts';
import { RequestLog } from './request-log.ts';
import { planGeneration } from './validation.ts';

export interface Completion {
  best: Generation;
  /** The other answers of `best_of`. */
  others: Generation[];
}

/**
 * Runs a request to its end, `best_of` times, and sets the headers of its answer.
 * @throws LoraxError, the abort reason when the client went away
 */
export async function complete(
  context: EndpointContext,
  request: GenerateRequest,
  reply: FastifyReply,
): Promise<Completion> {
  const { engine, clock, failures } = context;
  const log = new RequestLog(context);
  const signal = clientSignal(reply);
  try {
    if (await failures.strike(signal)) return await breakOff(reply, signal);
    const plan = await planGeneration(context, request, { stream: false });
    log.planned(plan);
    const running = Array.from({ length: plan.bestOf }, (_, index) =>
      new Generation(plan, index).complete(engine, clock, signal),
    );
    const [first, ...rest] = (await Promise.all(running)).sort((a, b) => b.score - a.score);
    const best = first as Generation; // best_of is at least 1
    reply.headers(resultHeaders(engine, best, log.succeeded(best)));
    return { best, others: rest };
  } catch (error) {
    log.failed(error);
    throw error;
  }
}
