import type { BestOfSequence, FinishReason, StreamDetails, Token } from '../../../contracts/lorax.ts';
import type { Clock } from '../../../core/clock.ts';
import type { Engine } from '../engine.ts';
import { incompleteGenerationError } from '../errors.ts';
import { cutAtStop } from './stopping.ts';
import type { GenerationPlan } from './validation.ts';

export interface GenerationStep {
  token: Token;
  /** Set with the last token. */
  finish: FinishReason | undefined;
}

/** One answer in the making: counts, times and ends it, whatever engine makes the tokens. */
export class Generation {
  readonly plan: GenerationPlan;
  readonly tokens: Token[] = [];
  /** Without special tokens; a stop sequence stays in, as in LoRAX. */
  text = '';
  finish: FinishReason | undefined;
  queueMs = 0;
  /** Undefined: its adapters were loaded before, or there are none. */
  adapterLoadMs: number | undefined;
  /** From the moment it joined a batch. */
  firstTokenMs = 0;
  inferenceMs = 0;
  readonly #index: number;

  constructor(plan: GenerationPlan, index = 0) {
    this.plan = plan;
    this.#index = index;
  }

  get promptTokens(): number {
    return this.plan.engineRequest.prompt.length;
  }

  get seed(): number | null {
    const seed = this.plan.engineRequest.sampling?.seed;
    return seed === undefined ? null : seed + this.#index;
  }

  /** What `generated_text` is. */
  get answer(): string {
    return this.plan.returnFullText ? this.plan.inputs + this.text : this.text;
  }

  /** @throws LoraxError, the abort reason */
  async *run(engine: Engine, clock: Clock, signal: AbortSignal): AsyncGenerator<GenerationStep> {
    const { engineRequest, stop } = this.plan;
    const sampling = engineRequest.sampling && { ...engineRequest.sampling, seed: this.seed ?? 0 };
    const arrivedMs = clock.monotonic();
    let startedMs = arrivedMs;
    for await (const event of engine.generate({ ...engineRequest, sampling, index: this.#index }, signal)) {
      const nowMs = clock.monotonic();
      if (event.type === 'started') {
        startedMs = nowMs;
        this.queueMs = startedMs - arrivedMs;
        this.adapterLoadMs = event.adapterLoadMs;
        continue;
      }
      if (this.tokens.length === 0) this.firstTokenMs = nowMs - startedMs;
      this.inferenceMs = nowMs - startedMs;
      const step = this.#take(event.token, event.eos, stop);
      yield step;
      if (step.finish) return;
    }
    throw incompleteGenerationError();
  }

  /** Runs to the end. */
  async complete(engine: Engine, clock: Clock, signal: AbortSignal): Promise<this> {
    const steps = this.run(engine, clock, signal);
    while (!(await steps.next()).done);
    return this;
  }

  streamDetails(): StreamDetails {
    return {
      finish_reason: this.#finished(),
      prompt_tokens: this.promptTokens,
      generated_tokens: this.tokens.length,
      seed: this.seed,
    };
  }

  sequence(): BestOfSequence {
    return {
      generated_text: this.answer,
      finish_reason: this.#finished(),
      generated_tokens: this.tokens.length,
      seed: this.seed,
      prefill: this.plan.prefillDetails ? [...this.plan.engineRequest.prompt] : [],
      tokens: this.tokens,
    };
  }

  /** Mean log probability, by which `best_of` decides. */
  get score(): number {
    return this.tokens.reduce((sum, token) => sum + token.logprob, 0) / Math.max(1, this.tokens.length);
  }

  #take(token: Token, eos: boolean, stop: readonly string[]): GenerationStep {
    const before = this.text;
    const { text, stopped } = token.special ? { text: before, stopped: false } : cutAtStop(before, token.text, stop);
    this.text = text;
    const taken = token.special ? token : { ...token, text: text.slice(before.length) };
    this.tokens.push(taken);
    if (eos) this.finish = 'eos_token';
    else if (stopped) this.finish = 'stop_sequence';
    else if (this.tokens.length >= this.plan.engineRequest.maxNewTokens) this.finish = 'length';
    return { token: taken, finish: this.finish };
  }

  #finished(): FinishReason {
    if (!this.finish) throw incompleteGenerationError();
    return this.finish;
  }
}
