import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { PriceShelf } from '../../../../../extension/panels/capacity/price-shelf.ts';
import { type PriceListAnswer, startPriceList } from '../../../capacity/price-list.ts';
import { temporaryFolder } from './support.ts';

async function shelfWith(answer: PriceListAnswer = {}, folder = temporaryFolder()) {
  const list = await startPriceList(answer);
  onTestFinished(list.close);
  const told: unknown[] = [];
  const refreshing: boolean[] = [];
  const shelf: PriceShelf = new PriceShelf({
    ...{ folder, url: () => list.url, now: () => new Date('2026-11-24T12:00:00Z') },
    onChange: () => refreshing.push(shelf.isRefreshing('westus2')),
    onError: (message, error) => told.push(message, error),
  });
  const refresh = (signal = new AbortController().signal) => shelf.refresh('westus2', signal);
  return { shelf, list, folder, told, refreshing, refresh };
}

it('knows no price before anyone has asked', async () => {
  const { shelf, told } = await shelfWith();
  await shelf.load();
  expect(shelf.bookOf('westus2').as_of).toBeNull();
  expect(shelf.ageInDays('westus2')).toBeNull();
  expect(told).toEqual([]);
});

it('keeps what Azure answered, for its region, over a restart', async () => {
  const { shelf, folder, refresh, refreshing } = await shelfWith();
  const { changed, unknown } = await refresh();
  expect(changed).toContain('bus_premium_unit_hour');
  expect(unknown).toContain('egress_gb');
  expect(refreshing).toEqual([true, false]);
  expect(shelf.ageInDays('westus2')).toBe(0);
  expect(shelf.bookOf('northeurope').as_of).toBeNull();
  const { shelf: later } = await shelfWith({}, folder);
  await later.load();
  expect(later.bookOf('westus2')).toEqual(shelf.bookOf('westus2'));
});

it.each<[string, PriceListAnswer]>([
  ['an error', { status: 500 }],
  ['a page of HTML', { body: '<html>Sign in</html>' }],
  ['rows that are none', { rows: [{ meterName: 'Premium Messaging Unit', type: 'Consumption' }] }],
])('after %s the old prices stay, also on the disk', async (_, answer) => {
  const { shelf, list, folder, refresh, refreshing } = await shelfWith();
  await refresh();
  const before = shelf.bookOf('westus2');
  list.answer(answer);
  await expect(refresh()).rejects.toMatchObject({ code: 'AOS_PRICES' });
  expect(shelf.bookOf('westus2')).toEqual(before);
  expect(JSON.parse(readFileSync(path.join(folder, 'prices-westus2.json'), 'utf8'))).toEqual(before);
  expect(refreshing.at(-1)).toBe(false);
});

it('gives up when it is told to', async () => {
  const { refresh, shelf } = await shelfWith();
  const reason = new Error('enough');
  await expect(refresh(AbortSignal.abort(reason))).rejects.toBe(reason);
  expect(shelf.isRefreshing('westus2')).toBe(false);
});

it('says which copy it cannot read, and goes on without it', async () => {
  const { shelf, folder, told } = await shelfWith();
  writeFileSync(path.join(folder, 'prices-westus2.json'), '{ "as_of": "yesterday" }');
  writeFileSync(path.join(folder, 'notes.txt'), 'of someone else');
  await shelf.load();
  expect(told).toEqual([expect.stringContaining('prices-westus2.json'), expect.any(Error)]);
  expect(shelf.bookOf('westus2').as_of).toBeNull();
});
