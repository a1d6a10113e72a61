import { LRUCache } from 'lru-cache';
import type { CacheCandidate } from '../../contracts/http.ts';
import type { Clock } from '../../core/clock.ts';
import type { Answer } from './answers.ts';
import { type Place, type Question, type Search, SemanticTier } from './semantic-tier.ts';

export interface AnswerCacheOptions {
  /** The answer that was not asked for the longest goes first. */
  maxEntries: number;
  /** Of the vectors by which similar prompts are found. */
  dimensions: number;
  clock: Clock;
}

/** The keys under which one answer is found. */
export interface Keys {
  exact: string;
  normalised: string;
}

interface Entry {
  keys: Keys;
  answer: Answer;
  place: Place<Entry> | undefined;
}

/** The answers of one replica, found by the prompt, by its normalised spelling, and by similarity. Expired ones are never. */
export class AnswerCache {
  readonly #clock: Clock;
  /** By normalised key. What leaves, for whatever reason, leaves the other ways to it too. */
  readonly #entries: LRUCache<string, Entry>;
  readonly #normalisedByExact = new Map<string, string>();
  readonly #semantic: SemanticTier<Entry>;

  constructor({ maxEntries, dimensions, clock }: AnswerCacheOptions) {
    this.#clock = clock;
    this.#semantic = new SemanticTier(dimensions);
    this.#entries = new LRUCache({
      max: maxEntries,
      dispose: ({ keys, place }) => {
        this.#normalisedByExact.delete(keys.exact);
        if (place) this.#semantic.remove(place);
      },
    });
  }

  get size(): number {
    for (const [key, entry] of this.#entries.entries()) if (!this.#isFresh(entry)) this.#entries.delete(key);
    return this.#entries.size;
  }

  /** Answers that similar prompts can find. */
  get similarSize(): number {
    return this.#semantic.size;
  }

  clear(): void {
    this.#entries.clear();
  }

  forget(normalised: string): void {
    this.#entries.delete(normalised);
  }

  byExactKey(exact: string): Answer | undefined {
    const normalised = this.#normalisedByExact.get(exact);
    return normalised === undefined ? undefined : this.byNormalisedKey(normalised);
  }

  byNormalisedKey(normalised: string): Answer | undefined {
    const entry = this.#entries.get(normalised);
    if (!entry || this.#isFresh(entry)) return entry?.answer;
    this.#entries.delete(normalised);
    return undefined;
  }

  /** Does not count as asking for it. */
  peek(normalised: string): Answer | undefined {
    const entry = this.#entries.peek(normalised);
    return entry && this.#isFresh(entry) ? entry.answer : undefined;
  }

  /** The answer to the most similar prompt that no guard objects to. */
  bySimilarity(question: Question, search: Search): { answer: Answer; score: number } | undefined {
    const found = this.#semantic.nearest(question, search, (entry) => this.#isFresh(entry));
    if (!found) return undefined;
    const { keys, answer } = found.entry;
    this.#entries.get(keys.normalised); // asked for just now
    return { answer, score: found.score };
  }

  candidates(question: Question, search: Search): CacheCandidate[] {
    return this.#semantic.candidates(question, search, (entry) => this.#isFresh(entry));
  }

  /** @returns makes it findable by similarity, unless it has left by then */
  keep(keys: Keys, answer: Answer): (scope: string, question: Question) => void {
    const entry: Entry = { keys, answer, place: undefined };
    this.#entries.set(keys.normalised, entry);
    this.#normalisedByExact.set(keys.exact, keys.normalised);
    return (scope, question) => {
      if (this.#entries.peek(keys.normalised) === entry) entry.place = this.#semantic.add(scope, question, entry);
    };
  }

  #isFresh({ answer }: Entry): boolean {
    return answer.expiresAt > this.#clock.now();
  }
}
