import { describe, expect, it } from 'vitest';
import { amountText, parseAmount, steppedText } from '../../../../webview/capacity/amounts.ts';

describe('a number that someone types', () => {
  it.each([
    ['1000', 1000],
    ['1,000', 1000],
    ['1,234,567.5', 1_234_567.5],
    [' 1.74 ', 1.74],
    ['1,74', 1.74],
    ['-5', -5],
    ['', undefined],
    ['NaN', undefined],
    ['Infinity', undefined],
    ['1,00,000', undefined],
    ['12 apples', undefined],
  ])('%s is %s', (text, value) => {
    expect(parseAmount(text)).toBe(value);
  });
});

describe('a value in its field', () => {
  it('has all digits of one’s own, and those that mean something of a measured one', () => {
    expect(amountText(1.23456, 'yours')).toBe('1.23456');
    expect(amountText(1.23456, 'measured')).toBe('1.23');
    expect(amountText(38_123.4, 'measured')).toBe('38,100');
  });
});

describe('the arrow keys', () => {
  it.each([
    ['10', 1, '11'],
    ['1,000', -1, '999'],
    ['999', 1, '1,000'],
    ['1.74', 1, '1.75'],
    ['1.70', -1, '1.69'],
    ['0.1', -1, '0.0'],
  ] as const)('%s goes by %i to %s: one unit in the last digit', (text, step, next) => {
    expect(steppedText(text, step, null)).toBe(next);
  });

  it('go over the only values there are, and stop at their ends', () => {
    const units = [1, 2, 4, 8, 16];
    expect([steppedText('4', 1, units), steppedText('4', -1, units), steppedText('3', 1, units)]).toEqual([
      '8',
      '2',
      '4',
    ]);
    expect([steppedText('16', 1, units), steppedText('1', -1, units)]).toEqual([undefined, undefined]);
  });

  it('leave alone what is no number', () => {
    expect(steppedText('', 1, null)).toBeUndefined();
    expect(steppedText('many', 1, null)).toBeUndefined();
  });
});
