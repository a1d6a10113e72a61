import { describe, expect, it } from 'vitest';
import { cutAtStop, heldBack, withoutStop } from '../../../../../runtime/cloud/lorax/endpoint/stopping.ts';

describe('a stop sequence', () => {
  it('ends the text where it ends, also within a token or across tokens', () => {
    expect(cutAtStop('one ', 'two', ['three'])).toEqual({ text: 'one two', stopped: false });
    expect(cutAtStop('one', '. Two', ['.'])).toEqual({ text: 'one.', stopped: true });
    expect(cutAtStop('a EN', 'D b', ['END'])).toEqual({ text: 'a END', stopped: true });
  });

  it('is the first one to end, of several; an empty one never ends anything', () => {
    expect(cutAtStop('', 'a b c', ['c', 'b'])).toEqual({ text: 'a b', stopped: true });
    expect(cutAtStop('', 'a', [''])).toEqual({ text: 'a', stopped: false });
  });

  it('is taken off the end of a text', () => {
    expect(withoutStop('a END', ['D', 'END'])).toBe('a ');
    expect(withoutStop('a', ['END'])).toBe('a');
  });

  it('is held back from a stream while it may still come', () => {
    expect(heldBack('a E', ['END'])).toBe(1);
    expect(heldBack('a EN', ['END', 'N!'])).toBe(2);
    expect(heldBack('a', ['END'])).toBe(0);
  });
});
