import { expect, it } from 'vitest';
import { parseNumber } from '../../../../webview/ui/parse-number.ts';

it.each([
  ['0.7', false, 0.7],
  [' 0,7 ', false, 0.7],
  ['2', false, 2],
  ['2.1', false, undefined],
  ['-1', false, undefined],
  ['', false, undefined],
  ['1e', false, undefined],
  ['Infinity', false, undefined],
  ['1.5', true, undefined],
  ['1', true, 1],
])('%j (whole: %s) is %s', (text, integer, value) => {
  expect(parseNumber(text, { min: 0, max: 2, integer })).toBe(value);
});
