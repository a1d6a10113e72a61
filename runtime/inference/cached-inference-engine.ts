import type { Counter } from '@opentelemetry/api';
import type { CacheExplanation, CacheMode, CacheView } from '../contracts/http.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import { AnswerCache, type Keys } from './cache/answer-cache.ts';
import { type Answer, isWorthKeeping, type SharedAnswers, type Upstream } from './cache/answers.ts';
import { cacheKey, type InferenceKey, scopeKey } from './cache/cache-key.ts';
import type { Embedder } from './cache/embedder.ts';
import { judge, reasonOfHit } from './cache/explain.ts';
import { Flight, pieces } from './cache/flight.ts';
import { lexicalEmbedder } from './cache/lexical-embedder.ts';
import { normalise } from './cache/normalise.ts';
import type { Question } from './cache/semantic-tier.ts';
import { ShadowVerifier } from './cache/shadow-verifier.ts';
import { SimilarPrompts } from './cache/similar-prompts.ts';
import type { Generation, OnToken } from './generation.ts';

export type { Answer, SharedAnswers, Upstream } from './cache/answers.ts';
export type { InferenceKey } from './cache/cache-key.ts';
export type { Embedder } from './cache/embedder.ts';
export type { Generation, OnToken } from './generation.ts';

export interface CachedInferenceEngineOptions {
  /** Age at which an answer is forgotten, counted from when it was made. Default 3,600,000 ms (R23). */
  ttlMs?: number;
  /** Share by which that age varies, so that what was asked together does not expire together. Default 0.1. */
  ttlJitter?: number;
  /** Answers kept at most; the one that was not asked for the longest goes first. Default 10,000 (R24). */
  maxEntries?: number;
  /** Similar prompts: `strict` wants the same words in the same order, `guarded` only the guards. Default `strict`. */
  mode?: CacheMode;
  /** How sure a similar prompt must be, 0.5 to 1; the calibration of the embedder says what cosine that is. Default 0.95 (R25). */
  similarityThreshold?: number;
  /** Above this temperature the caller wants variety: similar prompts are not answered alike. Default 1. */
  maxTemperature?: number;
  /** Default: hashed words and characters, no model. */
  embedder?: Embedder;
  /** Share of the semantic hits that are checked by asking the model in the background. Default 0.02. */
  shadowShare?: number;
  /** Semantic hits of an agent end when its false ones are surely more than this share. Default 0.05. */
  maxFalseHitRate?: number;
  /** Where the replicas share their answers; without it each has its own only. */
  shared?: SharedAnswers | undefined;
  /** 0 to 1, 1 excluded: for the jitter and the samples. Default `Math.random`. */
  random?: () => number;
  clock?: Clock;
  logger?: Logger;
  meters?: { cacheHits: Pick<Counter, 'add'>; cacheMisses: Pick<Counter, 'add'> };
}

export interface InferOptions {
  signal?: AbortSignal | undefined;
  /** Gets the whole text piece by piece, whether the model streams it, another caller's call does, or the cache has it. */
  onToken?: OnToken | undefined;
  /** Ask the model whatever the cache holds, and keep nothing. Default false. */
  bypass?: boolean;
  /**
   * Asked when the model has answered: whether the answer is what the key says, so that it may be kept. Default: it is.
   * Must not throw. Of those who ask the same at the same time the first one is asked.
   */
  mayKeep?: () => Promise<boolean>;
}

export interface Inference {
  generation: Generation;
  /** `exact` also if only the spelling differs; `entry.tier` tells. */
  cached: false | 'exact' | 'semantic';
  /** Where a cached answer comes from. */
  entry?: CacheHit;
}

export interface CacheHit {
  /** When the answer was made and when it expires, in milliseconds since the Unix epoch. */
  storedAt: number;
  expiresAt: number;
  tier: Tier;
  /** What was asked when it was made. */
  prompt: string;
  /** Cosine of the two prompts; null but in the tier `semantic`. */
  score: number | null;
}

type Tier = NonNullable<CacheExplanation['tier']>;

const defaults = {
  ttlMs: 3_600_000,
  ttlJitter: 0.1,
  maxEntries: 10_000,
  mode: 'strict' as CacheMode,
  similarityThreshold: 0.95,
  maxTemperature: 1,
  embedder: lexicalEmbedder,
  shadowShare: 0.02,
  maxFalseHitRate: 0.05,
  random: Math.random,
  clock: systemClock,
};

/** What a search found: an answer of the cache, or one that the model made just now. */
interface Found {
  generation: Generation;
  answer?: Answer;
  /** Only of a similar prompt's. */
  score?: number;
}

/**
 * Answers the same question once: from the cache while the answer is fresh, and with one call of the model for all who ask
 * at the same time. Three tiers: the same prompt; the same prompt in another spelling; a similar prompt that no guard
 * objects to. Answers are shared only where everything but the prompt is equal. Errors, refusals, truncated and empty
 * answers are never kept.
 */
export class CachedInferenceEngine {
  readonly #options: Required<Omit<CachedInferenceEngineOptions, 'shared' | 'logger' | 'meters'>>;
  readonly #shared: SharedAnswers | undefined;
  readonly #logger: Logger | undefined;
  readonly #meters: CachedInferenceEngineOptions['meters'];
  readonly #similar: SimilarPrompts;
  readonly #cache: AnswerCache;
  readonly #shadow: ShadowVerifier;
  /** Searches under way, by normalised key. */
  readonly #flights = new Map<string, Flight<Found>>();
  readonly #hits: Record<Tier, number> = { exact: 0, normalised: 0, semantic: 0 };
  #misses = 0;
  /** Counts the calls of `clear`: an answer that was asked for before is not kept after. */
  #clears = 0;
  /** Shared answers from before are not taken. */
  #clearedAt = Number.NEGATIVE_INFINITY;

  constructor({ shared, logger, meters, ...options }: CachedInferenceEngineOptions = {}) {
    this.#options = { ...defaults, ...definedOnly(options) };
    this.#shared = shared;
    this.#logger = logger;
    this.#meters = meters;
    const { embedder, maxEntries, clock } = this.#options;
    this.#similar = new SimilarPrompts({ ...this.#options, logger });
    this.#cache = new AnswerCache({ maxEntries, dimensions: embedder.dimensions, clock });
    this.#shadow = new ShadowVerifier({ ...this.#options, logger });
  }

  /** Answers that are kept and fresh. */
  get size(): number {
    return this.#cache.size;
  }

  /** Forgets every answer of this replica, and every verdict on its hits. Calls that are under way go on for those who wait. */
  clear(): void {
    this.#clears++;
    this.#clearedAt = this.#options.clock.now();
    this.#cache.clear();
    this.#flights.clear();
    this.#shadow.reset();
  }

  /** Forgets one answer of this replica. @param key by {@link answerKey} */
  forget(key: string): void {
    this.#cache.forget(key);
  }

  /** Ends the check that may be under way in the background. */
  dispose(): void {
    this.#shadow.reset();
  }

  view(): CacheView {
    const { maxEntries, mode, embedder } = this.#options;
    return {
      entries: this.#cache.size,
      max_entries: maxEntries,
      semantic_entries: this.#cache.similarSize,
      mode,
      embedder: embedder.id,
      hits: { ...this.#hits },
      misses: this.#misses,
      shadow: this.#shadow.view(),
    };
  }

  /**
   * Answers from the cache, joins the same search if one is under way, or asks the model.
   * @param call asks the model; its signal aborts when nobody waits any more
   * @throws what `call` throws, the signal's reason
   */
  async infer(key: InferenceKey, call: Upstream, options: InferOptions = {}): Promise<Inference> {
    const { signal, onToken, bypass = false } = options;
    signal?.throwIfAborted();
    if (bypass) return { generation: await call(signal ?? new AbortController().signal, onToken), cached: false };
    const exact = cacheKey(key);
    let answer = this.#cache.byExactKey(exact);
    if (!answer) {
      const keys = { exact, normalised: answerKey(key) };
      answer = this.#cache.byNormalisedKey(keys.normalised);
      if (!answer) return this.#toInference(key, await this.#search(key, keys, call, options));
    }
    if (onToken) replay(answer.generation, onToken);
    return this.#toInference(key, { generation: answer.generation, answer });
  }

  /** What `infer` would do with this key now, and why. Asks no model, keeps nothing, counts nothing. */
  async explain(key: InferenceKey, signal?: AbortSignal): Promise<CacheExplanation> {
    const { mode, embedder, similarityThreshold } = this.#options;
    const about = {
      mode,
      embedder: embedder.id,
      similarity_threshold: similarityThreshold,
      calibrated_threshold: this.#similar.threshold,
    };
    const normalised = answerKey(key);
    const answer = this.#cache.peek(normalised) ?? (await this.#readShared(normalised));
    if (answer) {
      const tier = tierOf(answer, key);
      return { tier, reason: reasonOfHit(answer, tier), ...about, candidates: [] };
    }
    const obstacle = this.#obstacleToSimilar(key);
    if (obstacle !== undefined) return { tier: null, reason: obstacle, ...about, candidates: [] };
    const question = await this.#similar.question(key.prompt, signal);
    const candidates = this.#cache.candidates(question, this.#similar.searchFor(key));
    return { ...judge(candidates), ...about, candidates };
  }

  #toInference(key: InferenceKey, { generation, answer, score }: Found): Inference {
    if (!answer) {
      this.#misses++;
      this.#meters?.cacheMisses.add(1);
      return { generation, cached: false };
    }
    const tier = score === undefined ? tierOf(answer, key) : 'semantic';
    this.#hits[tier]++;
    this.#meters?.cacheHits.add(1);
    const { prompt, storedAt, expiresAt } = answer;
    return {
      generation,
      cached: tier === 'semantic' ? 'semantic' : 'exact',
      entry: { storedAt, expiresAt, tier, prompt, score: score ?? null },
    };
  }

  /** One search for all who ask the same at the same time, in whatever spelling. */
  #search(key: InferenceKey, keys: Keys, call: Upstream, caller: InferOptions): Promise<Found> {
    const underWay = this.#flights.get(keys.normalised);
    if (underWay) return underWay.join(caller);
    const flight = new Flight<Found>(() => {
      // After `clear` another flight may have its place.
      if (this.#flights.get(keys.normalised) === flight) this.#flights.delete(keys.normalised);
    });
    this.#flights.set(keys.normalised, flight);
    const found = flight.join(caller);
    flight.start((signal, onToken) => this.#find(key, keys, call, { ...caller, signal, onToken }));
    return found;
  }

  /** Looks into what the replicas share, then for a similar prompt, then asks the model. */
  async #find(
    key: InferenceKey,
    keys: Keys,
    call: Upstream,
    { signal, onToken, mayKeep = async () => true }: InferOptions & { signal: AbortSignal },
  ): Promise<Found> {
    const clears = this.#clears;
    const keep = async (generation: Generation) => {
      if (!(await mayKeep())) return;
      if (clears === this.#clears && !signal.aborted) this.#keep(key, keys, generation, asked);
    };
    const mayBeSimilar = this.#obstacleToSimilar(key) === undefined;
    const asked = mayBeSimilar ? this.#similar.tryQuestion(key.prompt, signal) : Promise.resolve(undefined);
    const shared = await this.#readShared(keys.normalised);
    if (shared) {
      this.#index(key, this.#cache.keep(keys, shared), asked);
      return hit({ generation: shared.generation, answer: shared }, onToken);
    }
    const question = await asked;
    signal.throwIfAborted();
    const similar = question && this.#cache.bySimilarity(question, this.#similar.searchFor(key));
    if (similar) {
      this.#verify(key, similar.answer, call, keep);
      return hit({ generation: similar.answer.generation, ...similar }, onToken);
    }
    const generation = await call(signal, onToken);
    await keep(generation);
    return { generation };
  }

  async #readShared(normalised: string): Promise<Answer | undefined> {
    const answer = await this.#shared?.get(normalised);
    const isFresh = answer && answer.expiresAt > this.#options.clock.now() && answer.storedAt >= this.#clearedAt;
    return isFresh ? answer : undefined;
  }

  #obstacleToSimilar(key: InferenceKey): string | undefined {
    return this.#shadow.isSwitchedOff(verdictKey(key))
      ? 'Similar prompts are switched off for this agent: too many answers were wrong. Clear the cache to try again.'
      : this.#similar.obstacle(key);
  }

  /** A simulated answer depends on every letter of its prompt, so it says nothing about whether two prompts mean the same. */
  #verify(
    key: InferenceKey,
    answer: Answer,
    call: Upstream,
    onFalseHit: (generation: Generation) => Promise<void>,
  ): void {
    if (key.engine === 'simulated') return;
    this.#shadow.offer({
      agent: verdictKey(key),
      answered: answer.generation.text,
      ask: (signal) => call(signal, undefined, true),
      onFalseHit,
    });
  }

  #keep(key: InferenceKey, keys: Keys, generation: Generation, asked: Promise<Question | undefined>): void {
    if (!isWorthKeeping(generation)) return;
    const { ttlMs, ttlJitter, random, clock } = this.#options;
    const storedAt = clock.now();
    const expiresAt = storedAt + Math.round(ttlMs * (1 + ttlJitter * (2 * random() - 1)));
    const answer = { prompt: key.prompt, generation, storedAt, expiresAt };
    this.#index(key, this.#cache.keep(keys, answer), asked);
    this.#shared?.put(keys.normalised, answer);
  }

  #index(key: InferenceKey, add: ReturnType<AnswerCache['keep']>, asked: Promise<Question | undefined>): void {
    asked
      .then((question) => question && add(scopeKey(key), question))
      .catch((error: unknown) =>
        this.#logger?.warn('an answer could not be made findable for similar prompts', { error }),
      );
  }
}

/** The key under which the answer to a prompt is kept: the same for all its spellings. */
export const answerKey = (key: InferenceKey) => cacheKey({ ...key, prompt: normalise(key.prompt) });

function definedOnly<T extends object>(options: T): { [Name in keyof T]: Exclude<T[Name], undefined> } {
  const defined = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(defined) as { [Name in keyof T]: Exclude<T[Name], undefined> };
}

const tierOf = (answer: Answer, key: InferenceKey) => (answer.prompt === key.prompt ? 'exact' : 'normalised');

const verdictKey = ({ tenant, agentId }: InferenceKey) => (tenant === undefined ? agentId : `${tenant}/${agentId}`);

function hit(found: Found, onToken: OnToken | undefined): Found {
  if (onToken) replay(found.generation, onToken);
  return found;
}

function replay({ text }: Generation, onToken: OnToken): void {
  for (const piece of pieces(text)) onToken(piece);
}
