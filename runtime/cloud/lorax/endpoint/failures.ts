import type { FastifyReply } from 'fastify';
import type { Failures } from '../../../contracts/lorax.ts';
import { type Random, seededRandom } from '../../../core/random.ts';
import { generationError, incompleteGenerationError, overloadedError } from '../errors.ts';

const DEFAULT_SEED = 1;

/** Makes a share of the requests fail, so that breakers and retries can be tested against the real wire. */
export class FailureInjector {
  #failures: Failures = { rate: 0, type: 500 };
  #random: Random = seededRandom(DEFAULT_SEED);

  constructor(options: { failures?: Failures | undefined } = {}) {
    if (options.failures) this.set(options.failures);
  }

  /** From now on; the draw begins anew with the seed. */
  set(failures: Failures): void {
    this.#failures = failures;
    this.#random = seededRandom(failures.seed ?? DEFAULT_SEED);
  }

  /**
   * Throws the failure if this request is one of those that fail; `timeout` waits until the signal aborts.
   * @returns true if the answer is to break off in the middle, which the route has to do
   */
  async strike(signal: AbortSignal): Promise<boolean> {
    const { rate, type } = this.#failures;
    if (rate === 0 || this.#random() >= rate) return false;
    if (type === 424) throw generationError('injected failure');
    if (type === 429) throw overloadedError();
    if (type === 500) throw incompleteGenerationError();
    if (type === 'drop') return true;
    return new Promise((_, reject) => {
      signal.throwIfAborted();
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  }
}

/** Sends the beginning of a JSON answer, then breaks the connection. @throws the abort reason, as if the client had left */
export async function breakOff(reply: FastifyReply, signal: AbortSignal): Promise<never> {
  reply.hijack();
  reply.raw.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
  await new Promise<void>((resolve) => {
    reply.raw.write('{"', () => resolve());
  });
  return breakConnection(reply, signal);
}

/** @throws the abort reason, as if the client had left */
export function breakConnection(reply: FastifyReply, signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    reply.raw.destroy();
  });
}
