import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { priceOf } from '../../../runtime/capacity/price-book.ts';
import { refreshPrices } from '../../../runtime/capacity/refresh-prices.ts';
import { shippedPrices } from '../../../runtime/capacity/shipped-prices.ts';
import { priceBookSchema } from '../../../runtime/contracts/prices.ts';
import { noPrices } from './support.ts';

type Row = Record<string, unknown>;

const row = (meterName: string, productName: string, more: Row): Row => ({
  ...{ currencyCode: 'USD', tierMinimumUnits: 0, armRegionName: 'westus2', type: 'Consumption' },
  ...{ meterName, productName, unitPrice: more.retailPrice, ...more },
});

/** What the API's rows look like: prices per 1M, per 10, per hour, of whole terms, by tiers. The amounts are made up. */
const ROWS: Row[] = [
  row('Premium Messaging Unit', 'Service Bus', { unitOfMeasure: '1/Hour', retailPrice: 1 }),
  row('Standard Messaging Operations', 'Service Bus', { unitOfMeasure: '1M', tierMinimumUnits: 13, retailPrice: 0.8 }),
  row('Standard Messaging Operations', 'Service Bus', { unitOfMeasure: '1M', tierMinimumUnits: 100, retailPrice: 0.5 }),
  row('Analytics Logs Data Ingestion', 'Log Analytics', { unitOfMeasure: '1 GB', retailPrice: 0 }),
  row('Analytics Logs Data Ingestion', 'Log Analytics', { unitOfMeasure: '1 GB', tierMinimumUnits: 5, retailPrice: 2 }),
  row('D4s v3', 'Virtual Machines DSv3 Series', { unitOfMeasure: '1 Hour', retailPrice: 0.2 }),
  row('D4s v3', 'Virtual Machines DSv3 Series Windows', { unitOfMeasure: '1 Hour', retailPrice: 0.4 }),
  row('D4s v3', 'Virtual Machines DSv3 Series', {
    ...{ unitOfMeasure: '1 Hour', type: 'Reservation', reservationTerm: '1 Year', retailPrice: 1168 },
  }),
  row('On Demand Total Executions', 'Flex Consumption', { unitOfMeasure: '10', retailPrice: 0.000004 }),
  row('Hot LRS Data Stored', 'Blob Storage', { unitOfMeasure: '1 GB/Month', retailPrice: 0.02 }),
  row('Cool LRS Data Stored', 'Blob Storage', { unitOfMeasure: '1 Fathom', retailPrice: 0.01 }),
  row('Standard Data Transfer Out', 'Rtn Preference: MGN', { unitOfMeasure: '1 GB', retailPrice: 0.1 }),
  row('Standard Data Transfer Out', 'Rtn Preference: MGN', { unitOfMeasure: '1 GB', retailPrice: 0.2 }),
];

/** Answers like the Retail Prices API, one row a page, so that every list with more than one row has a next page. */
async function priceList(options: { rows?: Row[]; status?: number; nextPage?: string } = {}) {
  const asked: URL[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url!, `http://${request.headers.host}`);
    asked.push(url);
    const filter = Object.fromEntries(
      [...url.searchParams.get('$filter')!.matchAll(/(\w+) eq '([^']*)'/g)].map(([, name, value]) => [name, value]),
    );
    const hits = (options.rows ?? ROWS).filter(
      ({ meterName, type }) => meterName === filter.meterName && type === filter.priceType,
    );
    const skip = Number(url.searchParams.get('$skip') ?? 0);
    const next = new URL(url);
    next.searchParams.set('$skip', String(skip + 1));
    response.writeHead(options.status ?? 200, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify({
        BillingCurrency: 'USD',
        Items: hits.slice(skip, skip + 1),
        NextPageLink: skip + 1 < hits.length ? (options.nextPage ?? next.href) : null,
        Count: 1,
      }),
    );
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => new Promise((closed) => server.close(() => closed())));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/retail/prices`;
  const refresh = (more: Partial<Parameters<typeof refreshPrices>[0]> = {}) =>
    refreshPrices({ fetch, book: noPrices, now: new Date('2026-11-24T12:00:00Z'), url, ...more });
  return { asked, url, refresh };
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
