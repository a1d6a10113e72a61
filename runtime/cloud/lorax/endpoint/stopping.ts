/**
 * Appends `addition` to `text`, up to the end of the first stop sequence that this completes. LoRAX looks at whole
 * tokens only; here a stop sequence inside a token ends the text too, so that it does not depend on the tokenizer.
 */
export function cutAtStop(text: string, addition: string, stop: readonly string[]): { text: string; stopped: boolean } {
  const whole = text + addition;
  const ends = stop
    .filter((sequence) => sequence !== '')
    .map((sequence) => {
      // A sequence that ended earlier would have stopped the text then.
      const at = whole.indexOf(sequence, Math.max(0, text.length - sequence.length + 1));
      return at < 0 ? Number.POSITIVE_INFINITY : at + sequence.length;
    });
  const end = Math.min(...ends, Number.POSITIVE_INFINITY);
  return end === Number.POSITIVE_INFINITY
    ? { text: whole, stopped: false }
    : { text: whole.slice(0, end), stopped: true };
}

/** `text` without the stop sequence at its end: OpenAI's routes do not show it. */
export function withoutStop(text: string, stop: readonly string[]): string {
  const found = stop.filter((sequence) => sequence !== '' && text.endsWith(sequence));
  const longest = Math.max(0, ...found.map((sequence) => sequence.length));
  return text.slice(0, text.length - longest);
}

/** How many characters at the end of `text` may be the beginning of a stop sequence: a stream holds them back. */
export function heldBack(text: string, stop: readonly string[]): number {
  let held = 0;
  for (const sequence of stop) {
    for (let length = Math.min(sequence.length, text.length); length > held; length--) {
      if (sequence.startsWith(text.slice(-length))) {
        held = length;
        break;
      }
    }
  }
  return held;
}
