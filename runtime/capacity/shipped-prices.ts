import shipped from '../../media/prices.json' with { type: 'json' };
import { type PriceBook, priceBookSchema } from '../contracts/prices.ts';

/** The price book the product ships with: the queries of all meters, and no price that nobody asked for. */
export const shippedPrices: PriceBook = priceBookSchema.parse(shipped);
