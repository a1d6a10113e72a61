import type { Amount, PlanInput } from '../contracts/capacity.ts';
import { type MeterKey, meterKeys, type PriceBook } from '../contracts/prices.ts';
import { filterOf, meters } from './meters.ts';

/** The Azure Retail Prices API: public, without sign-in. */
export const RETAIL_PRICES_URL = 'https://prices.azure.com/api/retail/prices';

/** A quantity of one meter in a month. */
export type Usage = readonly [meter: MeterKey, quantity: number];

/** A book in which every price is unknown: what there is before anyone asked for prices. */
export function emptyPriceBook(region: string): PriceBook {
  const items = Object.fromEntries(
    meterKeys.map((key) => [
      key,
      { tiers: [], unit: meters[key].unit, meter_name: meters[key].meterName, filter: filterOf(key, region) },
    ]),
  ) as unknown as PriceBook['items'];
  return { as_of: null, source: RETAIL_PRICES_URL, currency: 'USD', region, items };
}

/** The book if it is of this region; else one in which every price is unknown: another region's prices are not its own. */
export function bookFor(region: string, book: PriceBook): PriceBook {
  return book.region === region ? book : emptyPriceBook(region);
}

/** The book with someone's own prices in it; they know no tiers. */
export function withOwnPrices(book: PriceBook, own: PlanInput['prices'] = {}): PriceBook {
  const items = { ...book.items };
  for (const key of meterKeys) {
    const price = own[key];
    if (price !== undefined) {
      items[key] = { ...items[key], tiers: [{ from: 0, unit_price: price }], note: 'yours' };
    }
  }
  return { ...book, items };
}

/** What usage costs. A meter that is not used costs nothing, whether its price is known or not. */
export function priceOf(book: PriceBook, usage: readonly Usage[]): Amount {
  return {
    amount: knownPrice(book, usage),
    unknown: usage.filter(([meter, quantity]) => quantity > 0 && book.items[meter].tiers.length === 0).map(([m]) => m),
  };
}

/** What usage costs by graduated tiers, without the meters whose price is unknown. */
export function knownPrice(book: PriceBook, usage: readonly Usage[]): number {
  let amount = 0;
  for (const [meter, quantity] of usage) {
    const { tiers } = book.items[meter];
    for (let index = 0; index < tiers.length; index++) {
      const { from, unit_price } = tiers[index]!;
      if (quantity <= from) break;
      amount += (Math.min(quantity, tiers[index + 1]?.from ?? Number.POSITIVE_INFINITY) - from) * unit_price;
    }
  }
  return amount;
}

export function addAmounts(amounts: readonly Amount[]): Amount {
  return {
    amount: amounts.reduce((sum, { amount }) => sum + amount, 0),
    unknown: [...new Set(amounts.flatMap(({ unknown }) => unknown))],
  };
}

/** `a − b`, or null while a price of either is unknown. */
export function difference(a: Amount, b: Amount): number | null {
  return a.unknown.length + b.unknown.length > 0 ? null : a.amount - b.amount;
}

export const known = (amount: number): Amount => ({ amount, unknown: [] });
