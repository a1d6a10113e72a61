import type { CacheCandidate, CacheMode } from '../../contracts/http.ts';
import { agree, type Refusal, refusals } from './guards.ts';
import { type Signature, signatureOf } from './signature.ts';
import { VectorIndex } from './vector-index.ts';

/** V8 has addresses for about 16,000 WebAssembly memories per process; beyond this many scopes new ones are not indexed. */
const MAX_SCOPES = 4096;
const MAX_CANDIDATES = 5;

/** A prompt and its vector; what the guards compare is read when it is first needed. */
export class Question {
  readonly prompt: string;
  readonly vector: Float32Array;
  #signature: Signature | undefined;

  constructor(prompt: string, vector: Float32Array) {
    this.prompt = prompt;
    this.vector = vector;
  }

  get signature(): Signature {
    this.#signature ??= signatureOf(this.prompt);
    return this.#signature;
  }
}

/** Where a prompt stands in the index of its scope; `row` changes when another one leaves. */
export interface Place<Entry> {
  readonly scope: string;
  readonly prompt: string;
  readonly signature: Signature;
  readonly entry: Entry;
  row: number;
}

interface Scope<Entry> {
  index: VectorIndex;
  /** By row. */
  places: Place<Entry>[];
}

export interface Search {
  /** All that must be equal, prompt aside: each scope has an index of its own, and none is ever searched for another. */
  scope: string;
  mode: CacheMode;
  /** Cosine, -1 to 1. */
  threshold: number;
}

/** Finds the kept prompt that is most similar to a new one and that no guard objects to. Vectors are all of one embedder. */
export class SemanticTier<Entry> {
  readonly #dimensions: number;
  readonly #scopes = new Map<string, Scope<Entry>>();
  #size = 0;

  constructor(dimensions: number) {
    this.#dimensions = dimensions;
  }

  /** Prompts that can be found. */
  get size(): number {
    return this.#size;
  }

  /** @returns undefined if there is no room for another scope */
  add(scope: string, { prompt, vector, signature }: Question, entry: Entry): Place<Entry> | undefined {
    let within = this.#scopes.get(scope);
    if (!within) {
      if (this.#scopes.size >= MAX_SCOPES) return undefined;
      within = { index: new VectorIndex(this.#dimensions), places: [] };
      this.#scopes.set(scope, within);
    }
    const place = { scope, prompt, signature, entry, row: within.index.add(vector) };
    within.places.push(place);
    this.#size++;
    return place;
  }

  remove(place: Place<Entry>): void {
    const within = this.#scopes.get(place.scope);
    if (within?.places[place.row] !== place) return;
    this.#size--;
    within.index.remove(place.row);
    const last = within.places.pop() as Place<Entry>;
    if (last !== place) {
      within.places[place.row] = last;
      last.row = place.row;
    }
    if (within.places.length === 0) this.#scopes.delete(place.scope);
  }

  /** @param isFresh entries that it refuses are passed over */
  nearest(question: Question, search: Search, isFresh: (entry: Entry) => boolean) {
    const within = this.#scopes.get(search.scope);
    const asked = question.signature;
    let best: { entry: Entry; score: number } | undefined;
    within?.index.search(question.vector, search.threshold, (row, score) => {
      const { entry, signature } = within.places[row] as Place<Entry>;
      if (agree(signature, asked, search.mode) && isFresh(entry)) best = { entry, score };
      return best?.score ?? search.threshold;
    });
    return best;
  }

  /** The most similar prompts of the scope, at most 5, each with what refuses it; one that would answer is among them. */
  candidates(question: Question, search: Search, isFresh: (entry: Entry) => boolean): CacheCandidate[] {
    const within = this.#scopes.get(search.scope);
    const found: Candidate[] = [];
    within?.index.search(question.vector, -1, (row, score) => {
      const { entry, prompt, signature } = within.places[row] as Place<Entry>;
      if (isFresh(entry)) found.push({ prompt, signature, score });
      return -1;
    });
    found.sort((a, b) => b.score - a.score);
    const shown = found.slice(0, MAX_CANDIDATES);
    const hit = found.find(
      ({ signature, score }) => score >= search.threshold && agree(signature, question.signature, search.mode),
    );
    if (hit && !shown.includes(hit)) shown[MAX_CANDIDATES - 1] = hit;
    return shown.map(({ prompt, signature, score }) => ({
      prompt,
      score,
      refused_by: objections(question.signature, signature, score, search),
    }));
  }
}

interface Candidate {
  prompt: string;
  signature: Signature;
  score: number;
}

function objections(asked: Signature, kept: Signature, score: number, { mode, threshold }: Search): Refusal[] {
  const refused = refusals(asked, kept, mode);
  if (score >= threshold) return refused;
  const detail = `${score.toFixed(3)}, at least ${threshold.toFixed(3)} is needed`;
  return [{ guard: 'similarity', detail }, ...refused];
}
