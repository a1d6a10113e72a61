import { planCapacity } from '../../runtime/capacity/plan.ts';
import { emptyPriceBook } from '../../runtime/capacity/price-book.ts';
import { meterKeys } from '../../runtime/contracts/prices.ts';
import { type Figure, interleave, medianQuantile, ms, timed } from './support/figures.ts';

const ROUNDS = 9;
const PLANS_PER_ROUND = 5;
const DRAWS = 10_000;

/** A plan of the guide's example with 10,000 random plans for its ranges, and without them; every price is known. */
export async function benchCapacity(): Promise<Figure[]> {
  const prices = emptyPriceBook('westus2');
  for (const key of meterKeys) prices.items[key].tiers = [{ from: 0, unit_price: 1 }];
  const plan = (draws: number) => timed(PLANS_PER_ROUND, async () => planCapacity({}, { prices, draws }));
  // The first plans are made by code that is not compiled yet.
  await plan(DRAWS);
  const samples = await interleave(ROUNDS, { whole: () => plan(DRAWS), bare: () => plan(1) });
  const [whole, bare] = [medianQuantile(samples.whole, 0.5), medianQuantile(samples.bare, 0.5)];
  return [
    { name: 'plan, 10,000 draws', ours: ms(whole), peer: 'target 50 ms', ratio: whole / 50 },
    { name: 'plan, one draw', ours: ms(bare) },
  ];
}
