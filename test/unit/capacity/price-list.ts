import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

type Row = Record<string, unknown>;

const row = (meterName: string, productName: string, more: Row): Row => ({
  ...{ currencyCode: 'USD', tierMinimumUnits: 0, armRegionName: 'westus2', type: 'Consumption' },
  ...{ meterName, productName, unitPrice: more.retailPrice, ...more },
});

/** What the API's rows look like: prices per 1M, per 10, per hour, of whole terms, by tiers. The amounts are made up. */
export const ROWS: readonly Row[] = [
  row('Standard vCPU Active Usage', 'Azure Container Apps', { unitOfMeasure: '1 Second', retailPrice: 0.00002 }),
  row('Standard Memory Active Usage', 'Azure Container Apps', { unitOfMeasure: '1 GiB Second', retailPrice: 0.000002 }),
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

/** How the list answers; what is left out is as Azure does. */
export interface PriceListAnswer {
  rows?: readonly Row[];
  status?: number;
  /** Address of the next page, wherever there is one. */
  nextPage?: string;
  /** Every page has a next one. */
  endless?: boolean;
  /** Instead of a page. */
  body?: string;
}

export interface PriceList {
  url: string;
  /** Addresses that were asked, the newest last. */
  asked: URL[];
  /** From now on it answers like this. */
  answer(next: PriceListAnswer): void;
  close(): Promise<void>;
}

/** A stand-in of the Azure Retail Prices API on a loopback port: one row a page, so that lists with more rows have a next page. */
export async function startPriceList(first: PriceListAnswer = {}): Promise<PriceList> {
  const asked: URL[] = [];
  let answer = first;
  const server = createServer((request, response) => {
    const url = new URL(request.url!, `http://${request.headers.host}`);
    asked.push(url);
    response.writeHead(answer.status ?? 200, { 'content-type': 'application/json' });
    response.end(answer.body ?? JSON.stringify(pageOf(url, answer)));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/retail/prices`,
    asked,
    answer: (next) => {
      answer = next;
    },
    close: () => new Promise((closed) => server.close(() => closed())),
  };
}

function pageOf(url: URL, { rows = ROWS, nextPage, endless = false }: PriceListAnswer) {
  const filter = Object.fromEntries(
    [...url.searchParams.get('$filter')!.matchAll(/(\w+) eq '([^']*)'/g)].map(([, name, value]) => [name, value]),
  );
  const hits = rows.filter(({ meterName, type }) => meterName === filter.meterName && type === filter.priceType);
  const skip = Number(url.searchParams.get('$skip') ?? 0);
  const next = new URL(url);
  next.searchParams.set('$skip', String(skip + 1));
  return {
    BillingCurrency: 'USD',
    Items: hits.slice(skip, skip + 1),
    NextPageLink: endless || skip + 1 < hits.length ? (nextPage ?? next.href) : null,
    Count: 1,
  };
}
