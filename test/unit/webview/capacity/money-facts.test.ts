import { describe, expect, it } from 'vitest';
import { amountText, changeText, moneyParts, unknownText } from '../../../../webview/capacity/money-facts.ts';
import { noPrices } from '../../capacity/support.ts';
import { shown } from './support.ts';

describe('an amount', () => {
  it('is never the whole while a price is unknown', () => {
    expect(amountText({ amount: 9560.56, unknown: [] })).toBe('$9,560.56');
    expect(amountText({ amount: 0, unknown: ['egress_gb'] })).toBe('unknown');
    expect(amountText({ amount: 8.24, unknown: ['blob_cool_gb_month'] })).toBe('$8.24 + unknown');
    expect(unknownText({ amount: 0, unknown: ['egress_gb'] })).toBe('plus 1 unknown price');
    expect(unknownText({ amount: 0, unknown: [] })).toBeUndefined();
  });

  it('has a sign where it is a change', () => {
    expect([changeText(3000), changeText(-31), changeText(0.001)]).toEqual(['+$3,000', '−$31', '0']);
  });
});

describe('where the money goes', () => {
  it('has the largest part first, and shares that make one', () => {
    const { needs, total } = shown();
    const parts = moneyParts(needs);
    expect(parts.map(({ id }) => id)).toEqual(['gpu', 'bus', 'replicas', 'storage', 'monitoring', 'egress']);
    expect(parts.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
    expect(parts.reduce((sum, { amount }) => sum + amount, 0)).toBeCloseTo(total.amount);
  });

  it('leaves out what has no known price', () => {
    expect(moneyParts(shown({}, noPrices).needs).map(({ id }) => id)).toEqual(['gpu']);
    expect(moneyParts(shown({ gpu_price_per_month: 0 }, noPrices).needs)).toEqual([]);
  });
});
