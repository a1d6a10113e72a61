import type { Engine } from '../engine.ts';

const PROBE_TEXT = 'liveness';
const PROBE_TOKENS = 1;

/** As in LoRAX: after a failed generation nobody believes the engine until a small one works. */
export class Health {
  readonly #engine: Engine;
  #generates = true;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** How the last generation of a request ended. */
  note(generated: boolean): void {
    this.#generates = generated;
  }

  /** True if the engine answers; asks it where the last request does not tell. */
  async check(signal: AbortSignal): Promise<boolean> {
    if (this.#generates) return true;
    try {
      this.#generates = (await this.generate(signal)) > 0;
    } catch {
      return false;
    }
    return this.#generates;
  }

  /** A real generation by the base model. @returns the tokens it gave. @throws LoraxError */
  async generate(signal: AbortSignal): Promise<number> {
    let tokens = 0;
    const events = this.#engine.generate(
      {
        prompt: await this.#engine.tokenize(PROBE_TEXT),
        adapters: [],
        maxNewTokens: PROBE_TOKENS,
        sampling: undefined,
        repetitionPenalty: 1,
        frequencyPenalty: 0,
        presencePenalty: 0,
        index: 0,
        ignoreEos: true,
        responseFormat: undefined,
        alternatives: 0,
      },
      signal,
    );
    for await (const event of events) if (event.type === 'token') tokens++;
    return tokens;
  }
}
