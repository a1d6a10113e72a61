import type { CacheMode } from '../../contracts/http.ts';
import type { Clock } from '../../core/clock.ts';
import { AosError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { deadline } from '../../reliability/deadline.ts';
import { defaultParameters, type InferenceKey, scopeKey } from './cache-key.ts';
import { thresholdOf } from './calibration.ts';
import type { Embedder } from './embedder.ts';
import { Question, type Search } from './semantic-tier.ts';

/** Calibration and guards were made for questions; in a long text one changed word hardly turns the vector. */
const MAX_CHARACTERS = 2000;
/** An embedder that takes longer costs more than the hit it might find. */
const EMBED_LIMIT_MS = 2000;

export interface SimilarPromptsOptions {
  mode: CacheMode;
  /** 0.5 to 1. */
  similarityThreshold: number;
  maxTemperature: number;
  embedder: Embedder;
  clock: Clock;
  logger: Logger | undefined;
}

/** Which prompts similar ones may answer, and what those are searched with. */
export class SimilarPrompts {
  /** Cosine from which prompts are similar. */
  readonly threshold: number;
  readonly #options: SimilarPromptsOptions;

  constructor(options: SimilarPromptsOptions) {
    this.#options = options;
    this.threshold = thresholdOf(options.embedder.id, options.mode, options.similarityThreshold);
  }

  /** Why no similar prompt answers this one, whichever there are; undefined: one may. */
  obstacle({ history, tools, parameters, prompt }: InferenceKey): string | undefined {
    const { mode, maxTemperature } = this.#options;
    const temperature = parameters.temperature ?? defaultParameters.temperature;
    if (mode === 'off') return 'Similar prompts are switched off (mode off).';
    if (history?.length) return 'The prompt continues a conversation: only the same one is answered again.';
    if (prompt.includes('`'))
      return 'The prompt contains code, where every character counts: only the same one is answered again.';
    if (tools !== undefined) return 'The prompt comes with tools: only the same one is answered again.';
    if (temperature > maxTemperature) {
      return `A temperature above ${maxTemperature} asks for variety: only the same prompt is answered again.`;
    }
    if (prompt.length > MAX_CHARACTERS) {
      return `The prompt is longer than ${MAX_CHARACTERS} characters: only the same one is answered again.`;
    }
    return undefined;
  }

  searchFor(key: InferenceKey): Search {
    return { scope: scopeKey(key), mode: this.#options.mode, threshold: this.threshold };
  }

  /** @returns undefined if the embedder fails; never throws */
  async tryQuestion(prompt: string, signal: AbortSignal): Promise<Question | undefined> {
    try {
      return await this.question(prompt, signal);
    } catch (error) {
      if (!signal.aborted)
        this.#options.logger?.warn('similar prompts cannot be searched; the model is asked', { error });
      return undefined;
    }
  }

  /** @throws what the embedder throws; AosError AOS_DEADLINE, AOS_INFERENCE_FAILED if it gives another vector than it says */
  async question(prompt: string, signal?: AbortSignal): Promise<Question> {
    const { embedder, clock } = this.#options;
    const limit = deadline(EMBED_LIMIT_MS, signal, clock);
    try {
      const [vector] = await embedder.embed([prompt], limit.signal);
      if (vector?.length === embedder.dimensions) return new Question(prompt, vector);
      const given = `${vector?.length ?? 0} components instead of ${embedder.dimensions}`;
      throw new AosError('AOS_INFERENCE_FAILED', `The embedder ${embedder.id} gave ${given}: check its model.`);
    } finally {
      limit.dispose();
    }
  }
}
