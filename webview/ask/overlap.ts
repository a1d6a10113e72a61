/** Words of one sequence. */
const SEQUENCE_WORDS = 3;

/**
 * How much two texts say in the same words: the share of all their three-word sequences that both have, 0 to 1 (Jaccard
 * index). Case and punctuation do not count. Undefined if neither has three words.
 */
export function overlapOf(a: string, b: string): number | undefined {
  const [ofA, ofB] = [sequences(a), sequences(b)];
  const shared = [...ofA].filter((sequence) => ofB.has(sequence)).length;
  const all = ofA.size + ofB.size - shared;
  return all === 0 ? undefined : shared / all;
}

function sequences(text: string): Set<string> {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const count = Math.max(0, words.length - SEQUENCE_WORDS + 1);
  return new Set(Array.from({ length: count }, (_, at) => words.slice(at, at + SEQUENCE_WORDS).join(' ')));
}
