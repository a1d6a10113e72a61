import { describe, expect, it } from 'vitest';
import { FullBatches } from '../../../../../runtime/cloud/lorax/llama/full-batches.ts';

const item = (length: number) => ({ tokens: { length } });
const amounts = (chosen: readonly { processAmount: number }[]) => chosen.map(({ processAmount }) => processAmount);

describe('FullBatches', () => {
  it('waits for every sequence that is being computed', () => {
    const batches = new FullBatches();
    batches.computing = 2;
    expect(batches.choose({ items: [item(1)], size: 512 })).toEqual([]);
    expect(amounts(batches.choose({ items: [item(1), item(1)], size: 512 }))).toEqual([1, 1]);
  });

  it('does not wait for ever for one that never comes', () => {
    const batches = new FullBatches();
    batches.computing = 2;
    const chosen = Array.from({ length: 20 }, () => batches.choose({ items: [item(1)], size: 512 }).length);
    expect(chosen.indexOf(1)).toBeGreaterThan(1);
    expect(chosen).toContain(1);
  });

  it('shares a batch that is too small between all of them, the short ones first', () => {
    const chosen = new FullBatches().choose({ items: [item(900), item(1), item(300)], size: 512 });
    expect(amounts(chosen)).toEqual([1, 255, 256]);
    expect(chosen.map(({ item: { tokens } }) => tokens.length)).toEqual([1, 300, 900]);
  });
});
