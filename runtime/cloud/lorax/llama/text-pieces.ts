/** What stands for bytes that are no whole character (yet). */
const INCOMPLETE = '\uFFFD';
/** A character has four bytes at most: tokens that make none after so many never will. */
const MAX_PENDING = 4;
/** Tokens before a token that say whether it begins with a space. */
const LOOK_BACK = 4;

/**
 * The text of tokens one by one, such that joining the pieces gives the whole text: a token that is a part of a character has
 * the empty text, and the last one of its tokens has the character.
 */
export class TextPieces {
  readonly #detokenize: (tokens: readonly number[], before: readonly number[]) => string;
  #before: number[];
  #pending: number[] = [];

  /** @param before tokens in front of the first one */
  constructor(
    detokenize: (tokens: readonly number[], before: readonly number[]) => string,
    before: readonly number[] = [],
  ) {
    this.#detokenize = detokenize;
    this.#before = before.slice(-LOOK_BACK);
  }

  next(token: number): string {
    this.#pending.push(token);
    const text = this.#detokenize(this.#pending, this.#before);
    if (text.endsWith(INCOMPLETE) && this.#pending.length < MAX_PENDING) return '';
    this.#before = [...this.#before, ...this.#pending].slice(-LOOK_BACK);
    this.#pending = [];
    return text;
  }
}
