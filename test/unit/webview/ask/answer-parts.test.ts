import { describe, expect, it } from 'vitest';
import { answerParts, shortAnswer } from '../../../../webview/ask/answer-parts.ts';

describe('answerParts', () => {
  it('finds code in lines and between fences', () => {
    expect(answerParts('Run `npm test`:\n\n```ts\nconst a = `b`;\n```\nDone.')).toEqual([
      { kind: 'text', text: 'Run ' },
      { kind: 'code', text: 'npm test' },
      { kind: 'text', text: ':' },
      { kind: 'block', language: 'ts', text: 'const a = `b`;' },
      { kind: 'text', text: 'Done.' },
    ]);
  });

  it('shows a fence that is still being written', () => {
    expect(answerParts('See:\n```\nfirst line\nsec')).toEqual([
      { kind: 'text', text: 'See:' },
      { kind: 'block', language: '', text: 'first line\nsec' },
    ]);
  });

  it('closes a fence with its own mark only', () => {
    expect(answerParts('~~~\n```\n~~~')).toEqual([{ kind: 'block', language: '', text: '```' }]);
  });

  it.each(['<b>x</b> [y](command:aos.stop)', 'a ` b', '1. one\n\n2. two', ''])('leaves %j as text', (text) => {
    expect(
      answerParts(text)
        .map((part) => part.text)
        .join(''),
    ).toBe(text);
    expect(answerParts(text).every(({ kind }) => kind === 'text')).toBe(true);
  });

  it('loses nothing between code in a line', () => {
    const text = '`a``b` and `c` `';
    const shown = answerParts(text).map((part) => (part.kind === 'code' ? `\`${part.text}\`` : part.text));
    expect(shown.join('')).toBe(text);
  });
});

describe('shortAnswer', () => {
  it('is the first paragraph', () => {
    expect(shortAnswer('Two goals.\n\n1. Margin\n2. Region')).toBe('Two goals.');
  });

  it('ends at a word with an ellipsis', () => {
    const short = shortAnswer('word '.repeat(60));
    expect(short).toMatch(/word…$/);
    expect(short.length).toBeLessThanOrEqual(151);
    expect(shortAnswer('x'.repeat(400))).toHaveLength(151);
  });

  it('is the whole of a short answer', () => {
    expect(shortAnswer('Yes.')).toBe('Yes.');
  });
});
