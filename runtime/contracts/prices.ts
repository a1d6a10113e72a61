import { z } from 'zod';

/** The meters a plan is priced by; runtime/capacity/meters.ts says which of Azure's each one is. */
export const meterKeys = [
  'container_vcpu_second',
  'container_gib_second',
  'bus_premium_unit_hour',
  'bus_standard_base_hour',
  'bus_standard_operation',
  'blob_hot_gb_month',
  'blob_cool_gb_month',
  'blob_archive_gb_month',
  'table_write',
  'logs_gb',
  'egress_gb',
  'vm_d4s_v3_hour',
  'vm_d4s_v3_reserved_year',
  'flex_gb_second',
  'flex_execution',
  'premium_vcpu_hour',
  'premium_gib_hour',
] as const;
export type MeterKey = (typeof meterKeys)[number];

const priceItemSchema = z.object({
  /** Graduated: each price holds from `from` units of a month on. Empty: unknown. In USD per `unit`. */
  tiers: z.array(z.object({ from: z.number().min(0), unit_price: z.number().min(0) })),
  unit: z.string(),
  meter_name: z.string(),
  /** The `$filter` that asks the Retail Prices API for this meter. */
  filter: z.string(),
  /** Why it is unknown, or what to know about it. */
  note: z.string().optional(),
});
export type PriceItem = z.infer<typeof priceItemSchema>;

/** A dated copy of the prices of all meters in one region. */
export const priceBookSchema = z.object({
  /** Day on which they were asked, `2026-11-24`; null: never, so all of them are unknown. */
  as_of: z.iso.date().nullable(),
  source: z.string(),
  currency: z.literal('USD'),
  /** Azure's name of the region, e.g. `westus2`. */
  region: z.string().regex(/^[a-z0-9]+$/),
  items: z.record(z.enum(meterKeys), priceItemSchema),
});
export type PriceBook = z.infer<typeof priceBookSchema>;
