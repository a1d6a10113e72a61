import type { CacheView } from '../../contracts/http.ts';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import { deadline } from '../../reliability/deadline.ts';
import type { Generation } from '../generation.ts';
import { isWorthKeeping } from './answers.ts';
import { cosine, type Embedder } from './embedder.ts';
import { lexicalEmbedder } from './lexical-embedder.ts';
import { signatureOf } from './signature.ts';
import { wilson } from './wilson.ts';

export interface ShadowVerifierOptions {
  /** Share of the hits that are checked, 0 to 1. */
  shadowShare: number;
  /** An agent whose share of false hits is surely above this gets no more of them. */
  maxFalseHitRate: number;
  embedder: Embedder;
  /** 0 to 1, 1 excluded. */
  random: () => number;
  clock: Clock;
  logger: Logger | undefined;
}

export interface Sample {
  agent: string;
  /** What was answered from the cache. */
  answered: string;
  /** Asks the model the prompt that was answered so. */
  ask(signal: AbortSignal): Promise<Generation>;
  /** Gets what should have been answered. */
  onFalseHit(generation: Generation): unknown;
}

/** An interval of fewer checks is too wide to judge an agent by: one false hit would do (vCache explores six times too). */
const MIN_CHECKS = 6;
const CHECK_LIMIT_MS = 120_000;
/** Cosine of two answers to one question: lower for wordings than for the vectors of a model, which know synonyms. */
const AGREEMENT = { [lexicalEmbedder.id]: 0.5 };
const AGREEMENT_OF_MODELS = 0.8;

interface Verdict {
  checked: number;
  falseHits: number;
}

/**
 * Asks the model in the background what was answered from the cache, for a sample of the semantic hits, one at a time.
 * Nobody waits for it; hits that come meanwhile are not sampled.
 */
export class ShadowVerifier {
  readonly #options: ShadowVerifierOptions;
  readonly #verdicts = new Map<string, Verdict>();
  #running: AbortController | undefined;

  constructor(options: ShadowVerifierOptions) {
    this.#options = options;
  }

  /** Its semantic hits were too often false. */
  isSwitchedOff(agent: string): boolean {
    const { checked, falseHits } = this.#verdicts.get(agent) ?? { checked: 0, falseHits: 0 };
    return checked >= MIN_CHECKS && wilson(falseHits, checked).lower > this.#options.maxFalseHitRate;
  }

  /** Checks this hit, or not, as chance will have it. */
  offer(sample: Sample): void {
    const { shadowShare, random, logger } = this.#options;
    if (this.#running || random() >= shadowShare) return;
    const running = new AbortController();
    this.#running = running;
    this.#check(sample, running.signal)
      .catch((error: unknown) => {
        if (!running.signal.aborted)
          logger?.warn('a semantic hit could not be checked', { agent: sample.agent, error });
      })
      .finally(() => {
        if (this.#running === running) this.#running = undefined;
      });
  }

  view(): CacheView['shadow'] {
    const verdicts = [...this.#verdicts.values()];
    const checked = verdicts.reduce((sum, verdict) => sum + verdict.checked, 0);
    const falseHits = verdicts.reduce((sum, verdict) => sum + verdict.falseHits, 0);
    return {
      checked,
      false_hits: falseHits,
      false_hit_bound: wilson(falseHits, checked).upper,
      switched_off: [...this.#verdicts.keys()].filter((agent) => this.isSwitchedOff(agent)),
    };
  }

  /** Forgets all verdicts, and ends the check that is under way. */
  reset(): void {
    this.#running?.abort();
    this.#running = undefined;
    this.#verdicts.clear();
  }

  async #check({ agent, answered, ask, onFalseHit }: Sample, cancelled: AbortSignal): Promise<void> {
    const limit = deadline(CHECK_LIMIT_MS, cancelled, this.#options.clock);
    try {
      const generation = await ask(limit.signal);
      if (!isWorthKeeping(generation)) return;
      const right = await saysTheSame(answered, generation.text, this.#options.embedder, limit.signal);
      cancelled.throwIfAborted();
      const { checked, falseHits } = this.#verdicts.get(agent) ?? { checked: 0, falseHits: 0 };
      this.#verdicts.set(agent, { checked: checked + 1, falseHits: falseHits + (right ? 0 : 1) });
      if (!right) await onFalseHit(generation);
    } finally {
      limit.dispose();
    }
  }
}

/**
 * Two answers say the same if they do not contradict each other by a yes and a no, share at least half of the numbers and
 * dates that occur in either, and are similar: a cosine of at least 0.5 of their wording, 0.8 of a model's vectors.
 */
export async function saysTheSame(a: string, b: string, embedder: Embedder, signal?: AbortSignal): Promise<boolean> {
  const [yesOrNoA, yesOrNoB] = [yesOrNo(a), yesOrNo(b)];
  if (yesOrNoA && yesOrNoB && yesOrNoA !== yesOrNoB) return false;
  const [figuresA, figuresB] = [figuresOf(a), figuresOf(b)];
  const shared = [...figuresA].filter((figure) => figuresB.has(figure)).length;
  if (shared < (figuresA.size + figuresB.size - shared) / 2) return false;
  const [vectorA, vectorB] = await embedder.embed([a, b], signal);
  return cosine(vectorA!, vectorB!) >= (AGREEMENT[embedder.id] ?? AGREEMENT_OF_MODELS);
}

const yesOrNo = (text: string) => /^\W*(yes|no)\b/i.exec(text)?.[1]?.toLowerCase();

function figuresOf(text: string): Set<string> {
  const { numbers, dates } = signatureOf(text);
  return new Set(`${numbers} ${dates}`.trim().split(/\s+/).filter(Boolean));
}
