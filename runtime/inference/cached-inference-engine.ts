import type { Counter } from '@opentelemetry/api';
import { LRUCache } from 'lru-cache';
import { type Clock, systemClock } from '../core/clock.ts';
import { cacheKey, type InferenceKey } from './cache-key.ts';
import { Flight, pieces, type Upstream } from './flight.ts';
import type { Generation, OnToken } from './generation.ts';

export type { InferenceKey } from './cache-key.ts';
export type { Upstream } from './flight.ts';
export type { Generation, OnToken } from './generation.ts';

export interface CachedInferenceEngineOptions {
  /** Age at which an answer is forgotten, counted from when it was made. Default 3,600,000 ms (R23). */
  ttlMs?: number;
  /** Answers kept at most; the one that was not asked for the longest goes first. Default 10,000 (R24). */
  maxEntries?: number;
  /** Where the replicas share their answers; without it each has its own only. */
  shared?: SharedAnswers | undefined;
  clock?: Clock;
  meters?: { cacheHits: Pick<Counter, 'add'>; cacheMisses: Pick<Counter, 'add'> };
}

export interface InferOptions {
  signal?: AbortSignal | undefined;
  /** Gets the whole text piece by piece, whether the model streams it, another caller's call does, or the cache has it. */
  onToken?: OnToken | undefined;
  /** Ask the model whatever the cache holds, and keep nothing. Default false. */
  bypass?: boolean;
}

export interface Inference {
  generation: Generation;
  cached: false | 'exact';
  /** Of a cached answer: when it was made and when it expires, in milliseconds since the Unix epoch. */
  storedAt: number | undefined;
  expiresAt: number | undefined;
}

/** An answer as it is kept; times in milliseconds since the Unix epoch. */
export interface Answer {
  generation: Generation;
  storedAt: number;
  expiresAt: number;
}

/** A second level behind every replica's own cache. Neither method throws. */
export interface SharedAnswers {
  get(key: string): Promise<Answer | undefined>;
  put(key: string, answer: Answer): void;
}

/** Answers that came to their own end. A truncated or withheld one is not what the next caller wants. */
const COMPLETE: ReadonlySet<string> = new Set(['stop', 'eos_token', 'stop_sequence']);

/**
 * Answers the same question once: from the cache while the answer is fresh, and with one call of the model for all who ask
 * at the same time. Errors, truncated and empty answers are never kept.
 */
export class CachedInferenceEngine {
  readonly #ttlMs: number;
  readonly #clock: Clock;
  readonly #meters: CachedInferenceEngineOptions['meters'];
  readonly #shared: SharedAnswers | undefined;
  readonly #entries: LRUCache<string, Answer>;
  /** Looks into the shared answers that are under way: who asks the same meanwhile waits for the same look. */
  readonly #looks = new Map<string, Promise<Answer | undefined>>();
  readonly #flights = new Map<string, Flight>();
  /** Counts the calls of `clear`: an answer that was asked for before is not kept after. */
  #clears = 0;
  /** Shared answers from before are not taken. */
  #clearedAt = Number.NEGATIVE_INFINITY;

  constructor(options: CachedInferenceEngineOptions = {}) {
    this.#ttlMs = options.ttlMs ?? 3_600_000;
    this.#clock = options.clock ?? systemClock;
    this.#meters = options.meters;
    this.#shared = options.shared;
    this.#entries = new LRUCache({ max: options.maxEntries ?? 10_000 });
  }

  /** Answers that are kept and fresh. */
  get size(): number {
    const now = this.#clock.now();
    for (const [key, entry] of this.#entries.entries()) if (entry.expiresAt <= now) this.#entries.delete(key);
    return this.#entries.size;
  }

  /** Forgets every answer of this replica. Calls that are under way go on for those who wait. */
  clear(): void {
    this.#clears++;
    this.#clearedAt = this.#clock.now();
    this.#entries.clear();
    this.#flights.clear();
  }

  /**
   * Answers from the cache, joins the same call if one is under way, or makes it.
   * @param call asks the model; its signal aborts when nobody waits any more
   * @throws what `call` throws, the signal's reason
   */
  async infer(key: InferenceKey, call: Upstream, options: InferOptions = {}): Promise<Inference> {
    const { signal, onToken, bypass = false } = options;
    signal?.throwIfAborted();
    if (bypass) return fresh(await call(signal ?? new AbortController().signal, onToken));
    const id = cacheKey(key);
    let entry = this.#lookUp(id);
    if (!entry && this.#shared && !this.#flights.has(id)) {
      entry = await this.#lookUpShared(id, this.#shared);
      signal?.throwIfAborted();
    }
    if (entry) {
      this.#meters?.cacheHits.add(1);
      if (onToken) for (const text of pieces(entry.generation.text)) onToken(text);
      return { ...entry, cached: 'exact' };
    }
    this.#meters?.cacheMisses.add(1);
    return fresh(await this.#fly(id, call, { signal, onToken }));
  }

  async #lookUpShared(id: string, shared: SharedAnswers): Promise<Answer | undefined> {
    const look = this.#looks.get(id) ?? shared.get(id).finally(() => this.#looks.delete(id));
    this.#looks.set(id, look);
    const answer = await look;
    if (!answer || answer.expiresAt <= this.#clock.now() || answer.storedAt < this.#clearedAt) return undefined;
    this.#entries.set(id, answer);
    return answer;
  }

  #lookUp(id: string): Answer | undefined {
    const entry = this.#entries.get(id);
    if (!entry || entry.expiresAt > this.#clock.now()) return entry;
    this.#entries.delete(id);
    return undefined;
  }

  #fly(id: string, call: Upstream, caller: Pick<InferOptions, 'signal' | 'onToken'>): Promise<Generation> {
    const underWay = this.#flights.get(id);
    if (underWay) return underWay.join(caller);
    const clears = this.#clears;
    const flight = new Flight((answer) => {
      // After `clear` another flight may have its place.
      if (this.#flights.get(id) === flight) this.#flights.delete(id);
      if (answer && clears === this.#clears) this.#keep(id, answer);
    });
    this.#flights.set(id, flight);
    const answer = flight.join(caller);
    flight.start(call);
    return answer;
  }

  #keep(id: string, generation: Generation): void {
    if (generation.text.trim() === '' || !COMPLETE.has(generation.finishReason)) return;
    const storedAt = this.#clock.now();
    const answer = { generation, storedAt, expiresAt: storedAt + this.#ttlMs };
    this.#entries.set(id, answer);
    this.#shared?.put(id, answer);
  }
}

const fresh = (generation: Generation): Inference => ({
  generation,
  cached: false,
  storedAt: undefined,
  expiresAt: undefined,
});
