import type { PromptToken } from '../engine.ts';
import { hash32 } from './random.ts';

const VOCABULARY_SIZE = 32_000;
const FIRST_WORD_ID = 3; // 0 unknown, 1 beginning, 2 end of text, as in Llama's vocabulary

export const END_OF_TEXT: SimulatedToken = { id: 2, text: '</s>', logprob: -0.001 };

/** Its log probability is made up, but always the same for the same place. */
export type SimulatedToken = PromptToken & { logprob: number };

// A word with the blank before it, a sign, or white space; long words fall into pieces. About 1.3 tokens an English
// word, as in Llama's own tokenizer: token counts, and with them the simulated times, stay plausible.
const PIECE = /[^\S\n]?[\p{L}\p{N}_]{1,9}|[^\S\n]?[^\s\p{L}\p{N}_]|\s/gu;

/** Splits `text` into stand-in tokens; joining their texts gives `text` again. */
export function tokenize(text: string): SimulatedToken[] {
  return (text.match(PIECE) ?? []).map((piece, position) => {
    const id = tokenId(piece);
    return { id, text: piece, logprob: -((hash32(`${id}:${position}`) % 2500) + 1) / 1000 };
  });
}

function tokenId(piece: string): number {
  return FIRST_WORD_ID + (hash32(piece) % (VOCABULARY_SIZE - FIRST_WORD_ID));
}
