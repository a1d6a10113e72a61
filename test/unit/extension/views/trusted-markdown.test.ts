import { expect, it } from 'vitest';
import { commandLink, markdownText } from '../../../../extension/views/trusted-markdown.ts';

it('makes no link, icon, table cell or HTML of what a workspace says', () => {
  const evil = '[x](command:aos.stop) | $(zap) <img src=x> **b**\n\n# h';
  const text = markdownText(evil);
  expect(text).not.toMatch(/[[\]()<>|$*\n]/);
  expect(text.replace(/&#(\d+);/g, (_match, code) => String.fromCharCode(Number(code)))).toBe(
    evil.replace(/\s+/g, ' '),
  );
});

it('encodes the arguments of a command', () => {
  expect(commandLink('Ask', 'aos.agent.ask', ['a"b)'])).toBe('[Ask](command:aos.agent.ask?%5B%22a%5C%22b%29%22%5D)');
  expect(commandLink('Stop', 'aos.stop')).toBe('[Stop](command:aos.stop)');
});
