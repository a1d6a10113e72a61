import type { Token } from '../../../contracts/lorax.ts';
import { messageOf } from '../../../core/errors.ts';
import type { FullBatches } from './full-batches.ts';
import type {
  EvaluateOptions,
  LlamaApi,
  LlamaApiContext,
  LlamaApiModel,
  LlamaApiRuntime,
  LlamaApiSequence,
} from './llama-api.ts';
import type { GenerateCommand } from './protocol.ts';
import { TextPieces } from './text-pieces.ts';
import { UnsupportedRequest } from './unsupported-request.ts';

interface LoraContextParts {
  context: LlamaApiContext;
  batches: FullBatches;
  model: LlamaApiModel;
  llama: LlamaApi;
  runtime: LlamaApiRuntime;
  detokenize: (tokens: readonly number[], before: readonly number[]) => string;
}

/** A context with its adapters: llama.cpp has them per context, so requests of one adapter share one and are batched in it. */
export class LoraContext {
  readonly #parts: LoraContextParts;
  /** Free ones; a sequence that is disposed gives its place back too late to be used again at once. */
  readonly #free: LlamaApiSequence[];

  constructor(parts: LoraContextParts) {
    this.#parts = parts;
    this.#free = Array.from({ length: parts.context.totalSequences }, () => parts.context.getSequence());
  }

  async dispose(): Promise<void> {
    await this.#parts.context.dispose();
  }

  /**
   * There must be a free place. Ends after `maxNewTokens`, or with the end-of-text token, or when the signal aborts.
   * @param nextStep asked between two tokens; what it returns is waited for
   */
  async *generate(
    command: GenerateCommand,
    signal: AbortSignal,
    nextStep: () => Promise<void> | undefined,
  ): AsyncGenerator<{ token: Token; eos: boolean }, void, undefined> {
    const { model, detokenize, batches } = this.#parts;
    const written: number[] = [];
    const options = await this.#evaluateOptions(command, written);
    const sequence = this.#free.pop();
    if (!sequence) throw new Error('No sequence of the context is free.');
    const pieces = new TextPieces(detokenize, command.prompt);
    const wants = { confidence: true as const, probabilities: command.alternatives > 0 };
    let left = command.maxNewTokens;
    let next = command.prompt;
    batches.computing++;
    try {
      // A sequence stops at the end-of-text token; who ignores it hands it in again, and the text goes on.
      while (next.length > 0 && left > 0) {
        const input = next;
        next = [];
        for await (const step of sequence.evaluateWithMetadata(input, wants, options)) {
          const eos = model.isEogToken(step.token);
          const { probabilities } = step;
          const token: Token = {
            id: Number(step.token),
            text: eos ? '' : pieces.next(step.token),
            logprob: Math.log(Math.max(step.confidence, Number.MIN_VALUE)),
            special: eos,
            skipped: false,
            ...(probabilities ? { alternative_tokens: this.#alternatives(probabilities, step.token, command) } : {}),
          };
          written.push(step.token);
          left--;
          yield { token, eos: eos && !command.ignoreEos };
          if (eos && command.ignoreEos) next = [step.token];
          if (eos || left === 0) break;
          if (signal.aborted) return;
          const turn = nextStep();
          if (!turn) continue;
          batches.computing--;
          await turn;
          batches.computing++;
          if (signal.aborted) return;
        }
      }
    } finally {
      batches.computing--;
      await sequence.clearHistory();
      this.#free.push(sequence);
    }
  }

  #alternatives(probabilities: ReadonlyMap<number, number>, taken: number, { alternatives, prompt }: GenerateCommand) {
    const others = [...probabilities].filter(([token, share]) => token !== taken && share > 0).slice(0, alternatives);
    return others.map(([token, share]) => ({
      id: Number(token),
      text: this.#parts.detokenize([token], prompt.slice(-4)),
      logprob: Math.log(share),
    }));
  }

  async #evaluateOptions(command: GenerateCommand, written: readonly number[]): Promise<EvaluateOptions> {
    const { sampling, repetitionPenalty, frequencyPenalty, presencePenalty, prompt } = command;
    if (sampling?.typicalP !== undefined && sampling.typicalP < 1) {
      throw new UnsupportedRequest('`typical_p` is not available with llama.cpp here. Use `top_p`.');
    }
    const grammarEvaluationState = await this.#grammar(command);
    const punished = repetitionPenalty !== 1 || frequencyPenalty !== 0 || presencePenalty !== 0;
    return {
      temperature: sampling ? sampling.temperature : 0,
      topK: sampling?.topK ?? 0,
      topP: sampling?.topP ?? 1,
      minP: 0,
      ...(sampling ? { seed: sampling.seed % 2 ** 32 } : {}),
      ...(punished
        ? {
            repeatPenalty: {
              punishTokens: () => [...prompt, ...written],
              penalty: repetitionPenalty,
              frequencyPenalty,
              presencePenalty,
            },
          }
        : {}),
      ...(grammarEvaluationState ? { grammarEvaluationState } : {}),
      yieldEogToken: true,
    };
  }

  async #grammar({ grammar: text }: GenerateCommand) {
    if (text === undefined) return undefined;
    const { runtime, llama, model } = this.#parts;
    try {
      const grammar = await runtime.createGrammar({ grammar: text });
      return new llama.LlamaGrammarEvaluationState({ model, grammar });
    } catch (error) {
      throw new UnsupportedRequest(`\`response_format\` is more than llama.cpp can follow: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }
}
