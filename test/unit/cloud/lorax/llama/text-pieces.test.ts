import { describe, expect, it } from 'vitest';
import { TextPieces } from '../../../../../runtime/cloud/lorax/llama/text-pieces.ts';

/** Tokens are bytes. */
const detokenize = (tokens: readonly number[]) => Buffer.from(tokens).toString('utf8');

describe('TextPieces', () => {
  it('gives a character with the last of its tokens', () => {
    const pieces = new TextPieces(detokenize);
    const text = 'a é € 😀 z';
    const parts = [...Buffer.from(text)].map((byte) => pieces.next(byte));
    expect(parts.join('')).toBe(text);
    expect(parts.filter((part) => part !== '')).toEqual([...text]);
  });

  it('does not wait for ever for bytes that are no character', () => {
    const pieces = new TextPieces(detokenize);
    const parts = [0xff, 0xff, 0xff, 0xff, 0x61].map((byte) => pieces.next(byte));
    expect(parts.join('')).toBe('\uFFFD\uFFFD\uFFFD\uFFFDa');
  });
});
