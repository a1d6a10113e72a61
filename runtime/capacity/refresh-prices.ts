import { z } from 'zod';
import { type MeterKey, meterKeys, type PriceBook, type PriceItem } from '../contracts/prices.ts';
import { AosError, messageOf } from '../core/errors.ts';
import { filterOf, meters } from './meters.ts';
import { emptyPriceBook, RETAIL_PRICES_URL } from './price-book.ts';

/** The version that gives the term of a reservation. */
const API_VERSION = '2023-01-01-preview';
/** A meter in one region has a handful of rows; more pages than this are an answer gone wrong. */
const MAX_PAGES = 10;

const pageSchema = z.object({
  BillingCurrency: z.string().optional(),
  Items: z.array(
    z.object({
      currencyCode: z.string(),
      tierMinimumUnits: z.number().min(0),
      retailPrice: z.number().min(0),
      unitOfMeasure: z.string(),
      meterName: z.string(),
      productName: z.string(),
      type: z.string(),
      reservationTerm: z.string().optional(),
    }),
  ),
  NextPageLink: z.string().nullish(),
});
type Row = z.infer<typeof pageSchema>['Items'][number];

export interface RefreshOptions {
  /** Called with a URL and a signal only. */
  fetch: (url: string, init: { signal?: AbortSignal }) => Promise<Response>;
  /** The book in force: prices are compared with it. */
  book: PriceBook;
  /** Default: the book's. */
  region?: string;
  /** The day of the answer. */
  now: Date;
  /** Default: the public API. */
  url?: string;
  signal?: AbortSignal;
}

export interface RefreshedPrices {
  book: PriceBook;
  /** Meters whose price differs from the old book's. */
  changed: readonly MeterKey[];
  /** Meters that the list does not hold, or holds in a way that has no one meaning; `note` of the item says why. */
  unknown: readonly MeterKey[];
}

/**
 * Asks the price list for every meter of the book. All or nothing: after a failure the old book stays in force.
 * @throws AosError AOS_PRICES if the list cannot be reached or gives no such answer; the abort reason when aborted
 */
export async function refreshPrices(options: RefreshOptions): Promise<RefreshedPrices> {
  const { book: old, region = old.region, now, url = RETAIL_PRICES_URL } = options;
  const book: PriceBook = { ...emptyPriceBook(region), as_of: now.toISOString().slice(0, 10), source: url };
  for (const key of meterKeys) {
    const rows = await rowsOf(options, url, filterOf(key, region));
    book.items[key] = { ...book.items[key], ...tiersOf(key, rows) };
  }
  const text = ({ tiers }: PriceItem) => JSON.stringify(tiers);
  return {
    book,
    changed: meterKeys.filter((key) => text(book.items[key]) !== text(old.items[key])),
    unknown: meterKeys.filter((key) => book.items[key].tiers.length === 0),
  };
}

async function rowsOf({ fetch, signal }: RefreshOptions, url: string, filter: string): Promise<Row[]> {
  const rows: Row[] = [];
  let next: string | null | undefined = `${url}?${new URLSearchParams({
    'api-version': API_VERSION,
    meterRegion: "'primary'",
    $filter: filter,
  })}`;
  for (let page = 0; next; page++) {
    if (page === MAX_PAGES) throw failure(`more than ${MAX_PAGES} pages for ${filter}`);
    // A link to somewhere else is not followed: it would be an answer of somebody else.
    if (new URL(next).origin !== new URL(url).origin) throw failure(`a next page on ${new URL(next).origin}`);
    const answer = await ask(fetch, next, signal);
    rows.push(...answer.Items);
    next = answer.NextPageLink;
  }
  return rows;
}

async function ask(fetch: RefreshOptions['fetch'], url: string, signal?: AbortSignal) {
  try {
    const response = await fetch(url, signal ? { signal } : {});
    if (!response.ok) throw new Error(`it answered ${response.status}`);
    return pageSchema.parse(await response.json());
  } catch (error) {
    signal?.throwIfAborted();
    throw failure(error instanceof z.ZodError ? 'its answer is no price list' : messageOf(error), error);
  }
}

function failure(why: string, cause?: unknown): AosError {
  return new AosError('AOS_PRICES', `The price list could not be read: ${why}. The prices in force stay.`, { cause });
}

/** Prices per unit from rows such as `retailPrice 0.8 per 1M from 13`: both the price and the start are in the row's own unit. */
function tiersOf(key: MeterKey, all: readonly Row[]): Pick<PriceItem, 'tiers' | 'note'> {
  const { meterName, product, unitOfMeasure, reservationTerm } = meters[key];
  const rows = all.filter(
    (row) =>
      row.meterName === meterName &&
      row.productName === product &&
      row.type === (reservationTerm ? 'Reservation' : 'Consumption') &&
      row.reservationTerm === reservationTerm,
  );
  if (rows.length === 0) return { tiers: [], note: 'not in the price list of this region' };
  const tiers = new Map<number, number>();
  for (const { currencyCode, retailPrice, tierMinimumUnits, unitOfMeasure: unit } of rows) {
    const per = unitsIn(unit, unitOfMeasure);
    if (currencyCode !== 'USD') return { tiers: [], note: `priced in ${currencyCode}` };
    if (per === undefined) continue;
    const from = tierMinimumUnits * per;
    const price = retailPrice / per;
    if (tiers.has(from) && tiers.get(from) !== price) {
      return { tiers: [], note: 'several prices in the list: not clear which holds' };
    }
    tiers.set(from, price);
  }
  const sorted = [...tiers].sort(([a], [b]) => a - b).map(([from, unit_price]) => ({ from, unit_price }));
  if (sorted.length === 0) return { tiers: [], note: `priced per ${rows[0]!.unitOfMeasure}, which is not understood` };
  const first = sorted[0]!.from;
  // So does the list write what is included in a base price: it has no row for it.
  if (first > 0) return { tiers: [{ from: 0, unit_price: 0 }, ...sorted], note: `no price in the list below ${first}` };
  return { tiers: sorted };
}

/** How many units a `unitOfMeasure` holds: `10K` 10,000, `1M` 1,000,000, `100 Hours` 100, `1/Hour` 1. Undefined: another unit. */
function unitsIn(text: string, unit: RegExp): number | undefined {
  const [, number, factor, rest] = /^([\d,.]+)\s*([KM]?)(?![a-z])\s*(.*)$/.exec(text.trim()) ?? [];
  if (number === undefined || !unit.test(rest!)) return undefined;
  return Number(number.replaceAll(',', '')) * (factor === 'K' ? 1e3 : factor === 'M' ? 1e6 : 1);
}
