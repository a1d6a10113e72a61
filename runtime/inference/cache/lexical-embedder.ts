import type { Embedder } from './embedder.ts';
import { hasDigit, stem, tokensOf } from './text.ts';
import { functionWords } from './vocabulary.ts';

const DIMENSIONS = 512;
const WEIGHTS = { word: 1, functionWord: 0.3, bigram: 0.5, characters: 0.35 };
/** FNV-1a, 32 bits (Fowler, Noll, Vo). */
const [FNV_BASIS, FNV_PRIME] = [0x811c9dc5, 0x01000193];
/** Start values keep features of different kinds apart. */
const [WORD, BIGRAM, CHARACTERS] = [FNV_BASIS, FNV_BASIS ^ 0x5bd1e995, FNV_BASIS ^ 0x27d4eb2f];
const [LESS, GREATER] = [0x3c, 0x3e];

/**
 * Similarity of wording without a model: stemmed words, pairs of words, and 3 to 5 characters in a row, hashed with a sign
 * into 512 dimensions, with a frequency that counts the more slowly the higher it is. Knows no synonyms.
 */
export const lexicalEmbedder: Embedder = {
  id: 'lexical-512-v1',
  dimensions: DIMENSIONS,
  embed: async (texts) => texts.map(embed),
};

function embed(text: string): Float32Array {
  const features = new Features();
  let previous = 0;
  for (const { lower } of tokensOf(text.normalize('NFKC'))) {
    const isFunctionWord = functionWords.has(lower);
    const word = hasDigit(lower) ? lower : stem(lower);
    const hash = hashOf(word);
    features.add(hash, isFunctionWord ? WEIGHTS.functionWord : WEIGHTS.word);
    if (previous !== 0) features.add(step(step(BIGRAM, previous), hash), WEIGHTS.bigram);
    if (!isFunctionWord) addCharacters(features, word);
    previous = hash;
  }
  return features.vector;
}

/** All 3, 4 and 5 characters in a row of `<word>`; each start is hashed once, and the hash taken on the way. */
function addCharacters(features: Features, word: string): void {
  const last = word.length + 1;
  const at = (i: number) => (i === 0 ? LESS : i === last ? GREATER : word.charCodeAt(i - 1));
  for (let start = 0; start + 2 <= last; start++) {
    let hash = CHARACTERS;
    for (let i = start; i <= last && i < start + 5; i++) {
      hash = step(hash, at(i));
      if (i >= start + 2) features.add(hash, WEIGHTS.characters);
    }
  }
}

function hashOf(word: string): number {
  let hash = WORD;
  for (let i = 0; i < word.length; i++) hash = step(hash, word.charCodeAt(i));
  return hash;
}

const step = (hash: number, value: number) => Math.imul(hash ^ value, FNV_PRIME);

/** A feature that occurs n times counts `weight · (1 + ln n)`. */
class Features {
  readonly vector = new Float32Array(DIMENSIONS);
  readonly #counts = new Map<number, number>();

  add(hash: number, weight: number): void {
    const count = (this.#counts.get(hash) ?? 0) + 1;
    this.#counts.set(hash, count);
    const value = count === 1 ? weight : weight * Math.log(count / (count - 1));
    const mixed = mix(hash);
    const dimension = (mixed >>> 8) % DIMENSIONS;
    this.vector[dimension] = (this.vector[dimension] as number) + (mixed < 0 ? -value : value);
  }
}

/** The low bits of FNV are poor (MurmurHash3's finaliser; Austin Appleby, public domain). */
function mix(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
