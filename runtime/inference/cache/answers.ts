import type { Generation, OnToken } from '../generation.ts';

/** Asks the model. Tokens are streamed to `onToken` if there is one. */
export type Upstream = (
  signal: AbortSignal,
  onToken: OnToken | undefined,
  /** Nobody waits for it: it may be slower than others, or be refused. Default false. */
  background?: boolean,
) => Promise<Generation>;

/** An answer as it is kept; times in milliseconds since the Unix epoch. */
export interface Answer {
  /** What was asked, to the letter. */
  prompt: string;
  generation: Generation;
  storedAt: number;
  expiresAt: number;
}

/** A second level behind every replica's own cache. Neither method throws. Keys are 64 hex digits. */
export interface SharedAnswers {
  get(key: string): Promise<Answer | undefined>;
  put(key: string, answer: Answer): void;
}

/** Answers that came to their own end. A truncated or withheld one is not what the next caller wants. */
const COMPLETE: ReadonlySet<string> = new Set(['stop', 'eos_token', 'stop_sequence']);

/**
 * How refusals begin: "I'm sorry, but I can't", "I cannot", "I am unable to", "As an AI". Another try may well be answered.
 * Some true answers begin so too; they cost a call each time, and nothing else.
 */
const REFUSAL =
  /^\W*(?:(?:i['’]m|i am|we['’]re|we are)? ?(?:very |so |really |truly )?sorry\b|(?:i )?apologi[sz]e\b|my apologies\b|unfortunately,? i\b|i (?:cannot|can['’]t|can not|won['’]t|will not|couldn['’]t|must decline|don['’]t feel comfortable)\b|(?:i['’]m|i am) (?:unable|not able|not allowed|not comfortable)\b|as an? (?:ai|artificial|large|language|assistant)\b)/i;

/** Whether the next caller should get this answer: complete, not empty, not a refusal. */
export function isWorthKeeping({ text, finishReason }: Generation): boolean {
  return COMPLETE.has(finishReason) && text.trim() !== '' && !REFUSAL.test(text);
}
