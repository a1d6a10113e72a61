/** What a sequence has to have computed next. */
export interface BatchItem {
  tokens: { readonly length: number };
}

/** Rounds of microtasks; two are enough for a sequence to hand in its next token, if it does at all. */
const MAX_ROUNDS = 10;

/**
 * Chooses what llama.cpp computes next (node-llama-cpp's `itemPrioritizationStrategy`): all sequences together. Left alone,
 * node-llama-cpp goes on before the last one of a batch has handed in its next token, and computes that one by itself, which
 * costs nearly as much as the others together.
 */
export class FullBatches {
  /** Sequences that are being computed: so many are waited for. */
  computing = 0;
  #rounds = 0;

  /** @param batch `size`: tokens that fit into a batch. None chosen = it is asked again, after other microtasks have run */
  readonly choose = <Item extends BatchItem>(batch: { items: readonly Item[]; size: number }) => {
    const { items, size } = batch;
    if (items.length < this.computing && this.#rounds++ < MAX_ROUNDS) return [];
    this.#rounds = 0;
    let tokensLeft = size;
    // The short ones first: a long prompt takes what they leave.
    return [...items]
      .sort((a, b) => a.tokens.length - b.tokens.length)
      .map((item, i) => {
        const share = Math.max(1, Math.floor(tokensLeft / (items.length - i)));
        const processAmount = Math.min(item.tokens.length, share);
        tokensLeft -= processAmount;
        return { item, processAmount };
      });
  };
}
