import type { Failures } from '../../../contracts/lorax.ts';
import { generationError, incompleteGenerationError, overloadedError } from '../errors.ts';

/** Makes a share of the requests fail, so that breakers and retries can be tested against the real wire. */
export class FailureInjector {
  #failures: Failures = { rate: 0, type: 500 };
  readonly #random: () => number;

  constructor(options: { failures?: Failures | undefined; random?: () => number } = {}) {
    this.#random = options.random ?? Math.random;
    if (options.failures) this.#failures = options.failures;
  }

  set(failures: Failures): void {
    this.#failures = failures;
  }

  /** Throws the failure if this request is one of those that fail; `timeout` waits until the signal aborts. */
  async strike(signal: AbortSignal): Promise<void> {
    const { rate, type } = this.#failures;
    if (rate === 0 || this.#random() >= rate) return;
    if (type === 424) throw generationError('injected failure');
    if (type === 429) throw overloadedError();
    if (type === 500) throw incompleteGenerationError();
    await new Promise((_, reject) => {
      signal.throwIfAborted();
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  }
}
