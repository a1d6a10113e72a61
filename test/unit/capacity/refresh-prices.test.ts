import { describe, expect, it, onTestFinished } from 'vitest';
import { priceOf } from '../../../runtime/capacity/price-book.ts';
import { type RefreshOptions, refreshPrices } from '../../../runtime/capacity/refresh-prices.ts';
import { shippedPrices } from '../../../runtime/capacity/shipped-prices.ts';
import { priceBookSchema } from '../../../runtime/contracts/prices.ts';
import { type PriceListAnswer, ROWS, startPriceList } from './price-list.ts';
import { noPrices } from './support.ts';

async function priceList(answer: PriceListAnswer = {}) {
  const list = await startPriceList(answer);
  onTestFinished(list.close);
  const refresh = (more: Partial<RefreshOptions> = {}) =>
    refreshPrices({ fetch, book: noPrices, now: new Date('2026-11-24T12:00:00Z'), url: list.url, ...more });
  return { ...list, refresh };
}

describe('refreshed prices', () => {
  it('are per unit, by tiers, over all pages', async () => {
    const { refresh, url } = await priceList();
    const { book } = await refresh();
    const cost = (...usage: Parameters<typeof priceOf>[1]) => priceOf(book, usage).amount;
    expect(cost(['bus_premium_unit_hour', 730])).toBe(730);
    expect(cost(['bus_standard_operation', 13e6])).toBe(0);
    expect(cost(['bus_standard_operation', 200e6])).toBeCloseTo(87 * 0.8 + 100 * 0.5);
    expect(cost(['logs_gb', 20])).toBe(30);
    expect(cost(['flex_execution', 1e6])).toBeCloseTo(0.4);
    expect(cost(['vm_d4s_v3_hour', 10])).toBe(2);
    expect(cost(['vm_d4s_v3_reserved_year', 10 / 12])).toBeCloseTo(973.33, 2);
    expect(book).toMatchObject({ as_of: '2026-11-24', source: url, region: 'westus2' });
    expect(priceBookSchema.parse(book)).toEqual(book);
  });

  it('ask for each meter by its own filter, in the region', async () => {
    const { refresh, asked } = await priceList();
    const { book } = await refresh({ region: 'northeurope' });
    const filters = asked.map((url) => url.searchParams.get('$filter'));
    expect(filters).toContain(book.items.bus_premium_unit_hour.filter);
    expect(filters.every((filter) => filter!.includes("armRegionName eq 'northeurope'"))).toBe(true);
    expect(asked[0]!.searchParams.get('meterRegion')).toBe("'primary'");
    expect(book.region).toBe('northeurope');
  });

  it('stay unknown where the list has none, another unit, or two at once, and say why', async () => {
    const { refresh } = await priceList();
    const { book, unknown } = await refresh();
    expect(unknown).toContain('table_write');
    expect(book.items.table_write).toMatchObject({ tiers: [], note: 'not in the price list of this region' });
    expect(book.items.blob_cool_gb_month).toMatchObject({ tiers: [], note: expect.stringContaining('1 Fathom') });
    expect(book.items.egress_gb).toMatchObject({ tiers: [], note: expect.stringContaining('several prices') });
  });

  it('say which of them changed', async () => {
    const first = await (await priceList()).refresh();
    const dearer = ROWS.map((one) => (one.meterName === 'Premium Messaging Unit' ? { ...one, retailPrice: 2 } : one));
    const { changed } = await (await priceList({ rows: dearer })).refresh({ book: first.book });
    expect(changed).toEqual(['bus_premium_unit_hour']);
  });
});

describe('a price list that fails', () => {
  it.each([
    ['answers with an error', { status: 503 }, /answered 503.*prices in force stay/],
    ['gives something else', { rows: [{ ...ROWS[0], retailPrice: 'cheap' }] }, /no price list/],
    ['gives a page of HTML', { body: '<html>Sign in</html>' }, /price list could not be read: .*JSON/],
    ['never ends', { endless: true }, /more than 10 pages/],
    ['leads to another host', { nextPage: 'http://127.0.0.2:9/' }, /next page on http:\/\/127\.0\.0\.2:9/],
  ])('%s: an error, and no half book', async (_, options, told) => {
    const { refresh } = await priceList(options);
    await expect(refresh()).rejects.toMatchObject({ code: 'AOS_PRICES', message: expect.stringMatching(told) });
  });

  it('cannot be reached', async () => {
    const { refresh } = await priceList();
    await expect(refresh({ url: 'http://127.0.0.1:1/api' })).rejects.toMatchObject({ code: 'AOS_PRICES' });
  });

  it('is left alone when the caller gives up', async () => {
    const { refresh } = await priceList();
    const reason = new Error('enough');
    await expect(refresh({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('the shipped price book', () => {
  it('holds the query of every meter and no price that nobody asked for', () => {
    expect(shippedPrices).toEqual(noPrices);
  });
});
