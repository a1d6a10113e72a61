import { hash32 } from './random.ts';

/** Enough that unrelated texts stay apart: the cosine of two random vectors is about 1/√256 = 0.06. */
const DIMENSIONS = 256;
const SHARE_OF_TRIGRAMS = 0.5;

/**
 * A vector of unit length from the words and letter trigrams of a text, hashed into 256 dimensions with signs (the
 * hashing trick, Weinberger et al. 2009). Texts that share words are near each other; nothing is known of meaning.
 * `salt` tells adapters apart: vectors of two adapters have nothing in common.
 */
export function hashedEmbedding(text: string, salt: string): number[] {
  const vector = new Array<number>(DIMENSIONS).fill(0);
  const add = (feature: string, weight: number) => {
    const hash = hash32(`${salt}\n${feature}`);
    const dimension = hash % DIMENSIONS;
    vector[dimension] = (vector[dimension] ?? 0) + (hash & 0x10000 ? weight : -weight);
  };
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []) {
    add(word, 1);
    const padded = `^${word}$`;
    for (let at = 0; at + 3 <= padded.length; at++) add(padded.slice(at, at + 3), SHARE_OF_TRIGRAMS);
  }
  const length = Math.hypot(...vector);
  // Without words there is nothing to hash; a fixed direction keeps the length at 1.
  if (length === 0) return vector.map((_, dimension) => (dimension === 0 ? 1 : 0));
  return vector.map((value) => value / length);
}
