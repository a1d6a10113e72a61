import { planCapacity } from '../../../runtime/capacity/plan.ts';
import { emptyPriceBook } from '../../../runtime/capacity/price-book.ts';
import type { Plan, PlanInput } from '../../../runtime/contracts/capacity.ts';
import { type MeterKey, meterKeys, type PriceBook } from '../../../runtime/contracts/prices.ts';

/** Round figures made up for tests, so that sums can be checked by hand. */
const ROUND: Record<MeterKey, number> = {
  container_vcpu_second: 0.00002,
  container_gib_second: 0.000002,
  bus_premium_unit_hour: 1,
  bus_standard_base_hour: 0.01,
  bus_standard_operation: 0.000001,
  blob_hot_gb_month: 0.02,
  blob_cool_gb_month: 0.01,
  blob_archive_gb_month: 0.002,
  table_write: 0.000001,
  logs_gb: 2,
  egress_gb: 0.1,
  vm_d4s_v3_hour: 0.2,
  vm_d4s_v3_reserved_year: 1168,
  flex_gb_second: 0.00002,
  flex_execution: 0.0000004,
  premium_vcpu_hour: 0.1,
  premium_gib_hour: 0.01,
};

export function bookOf(prices: Partial<Record<MeterKey, number>> = ROUND): PriceBook {
  const book = emptyPriceBook('westus2');
  for (const key of meterKeys) {
    const price = prices[key];
    if (price !== undefined) book.items[key] = { ...book.items[key], tiers: [{ from: 0, unit_price: price }] };
  }
  return book;
}

export const noPrices = emptyPriceBook('westus2');

export const plan = (input: PlanInput | Record<string, unknown> = {}, prices: PriceBook = bookOf()): Plan =>
  planCapacity(input as PlanInput, { prices, draws: 50 });

export const need = ({ needs }: Plan, id: Plan['needs'][number]['id']) => needs.find((row) => row.id === id)!;
