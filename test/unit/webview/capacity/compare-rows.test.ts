import { describe, expect, it } from 'vitest';
import { compareSections, compareTotals } from '../../../../webview/capacity/compare-rows.ts';
import { bookOf, noPrices } from '../../capacity/support.ts';
import { shown } from './support.ts';

const a = shown();
const b = shown({ shards: 32, messaging_units: 1, answer_seconds: 0.92, bus_tier: 'Premium' }, bookOf(), 'B');
const rowsOf = (title: string, ...plans: Parameters<typeof compareSections>) =>
  compareSections(...plans)
    .find((section) => section.title.startsWith(title))!
    .rows.map((row) => [row.label, row.a, row.b, row.change]);

describe('two plans beside each other', () => {
  it('show the inputs that differ, and no others', () => {
    expect(rowsOf('Inputs', a, b)).toEqual([
      ['Shards', '10', '32', '+22'],
      ['Uncached answer', '2 s', '0.92 s', '−1.08 s'],
      ['Messaging units', '4', '1', '−3'],
    ]);
    expect(rowsOf('Inputs', a, a)).toEqual([]);
  });

  it('say which of them carries its peak', () => {
    expect(rowsOf('Needed at 3× peak', a, b)).toEqual([
      ['Runtime replicas', '10 of 30', '30', 'carries its peak'],
      ['GPUs', '2', '1', '−1'],
      ['Service Bus, how full', '6 %', '25 %', '+19 points'],
      ['Storage', '1,235.96 GB', '1,235.96 GB', '0'],
    ]);
    expect(rowsOf('Needed', b, a)[0]?.at(-1)).toBe('can’t carry its peak');
  });

  it('show the costs and their change', () => {
    const costs = rowsOf('Per month', a, b);
    expect(costs).toContainEqual(['GPU', '$6,000', '$3,000', '−$3,000']);
    expect(costs).toContainEqual(['Service Bus', '$2,920', '$730', '−$2,190']);
    const [known, range] = compareTotals(a, b);
    expect(known).toMatchObject({ differs: true, change: expect.stringMatching(/^−\$5,190 \(−\d+ %\)$/) });
    expect(range?.b).toMatch(/^\$[\d,]+–[\d,]+$/);
  });

  it('name what is in neither total', () => {
    const [, , missing] = compareTotals(a, shown({}, noPrices, 'B'));
    expect([missing?.a, missing?.b]).toEqual(['nothing', '8 unknown']);
    expect(missing?.change).toContain('Outbound data');
  });
});
