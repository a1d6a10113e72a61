import type { MeterKey } from '../contracts/prices.ts';

interface Meter {
  /** The unit of a price in the price book. */
  unit: string;
  /** Spellings of Azure's `unitOfMeasure` behind its number: `1/Hour` and `1 Hour` are both in use. */
  unitOfMeasure: RegExp;
  service: string;
  product: string;
  sku?: string;
  meterName: string;
  /** A reservation's price is for its whole term, whatever its `unitOfMeasure` says. */
  reservationTerm?: '1 Year';
}

const hour = /^\/?hours?$/i;
const second = /^\/?(second|gib second|gb second)s?$/i;
const gbMonth = /^gb\/month$/i;
const gb = /^gb$/i;
const count = /^$/;

const flex = { service: 'Functions', product: 'Flex Consumption', sku: 'On Demand' } as const;
const premium = { service: 'Functions', product: 'Premium Functions', sku: 'Premium' } as const;
const bus = { service: 'Service Bus', product: 'Service Bus' } as const;
const containers = { service: 'Azure Container Apps', product: 'Azure Container Apps', sku: 'Standard' } as const;
const machine = { service: 'Virtual Machines', product: 'Virtual Machines DSv3 Series', sku: 'D4s v3' } as const;

const stored = (tier: string): Meter => ({
  ...{ unit: 'GB-month', unitOfMeasure: gbMonth, service: 'Storage', product: 'Blob Storage' },
  ...{ sku: `${tier} LRS`, meterName: `${tier} LRS Data Stored` },
});

/** Which of Azure's meters each one is: the names are those of the Retail Prices API, where case counts. */
export const meters: Readonly<Record<MeterKey, Meter>> = {
  container_vcpu_second: {
    ...containers,
    ...{ unit: 'vCPU-second', unitOfMeasure: second, meterName: 'Standard vCPU Active Usage' },
  },
  container_gib_second: {
    ...containers,
    ...{ unit: 'GiB-second', unitOfMeasure: second, meterName: 'Standard Memory Active Usage' },
  },
  bus_premium_unit_hour: {
    ...bus,
    ...{ unit: 'unit-hour', unitOfMeasure: hour, sku: 'Premium', meterName: 'Premium Messaging Unit' },
  },
  bus_standard_base_hour: {
    ...bus,
    ...{ unit: 'namespace-hour', unitOfMeasure: hour, sku: 'Standard', meterName: 'Standard Base Unit' },
  },
  bus_standard_operation: {
    ...bus,
    ...{ unit: 'operation', unitOfMeasure: count, sku: 'Standard', meterName: 'Standard Messaging Operations' },
  },
  blob_hot_gb_month: stored('Hot'),
  blob_cool_gb_month: stored('Cool'),
  blob_archive_gb_month: stored('Archive'),
  table_write: {
    ...{ unit: 'write', unitOfMeasure: count, service: 'Storage', product: 'Tables', sku: 'Standard LRS' },
    ...{ meterName: 'Write Operations' },
  },
  logs_gb: {
    ...{ unit: 'GB', unitOfMeasure: gb, service: 'Log Analytics', product: 'Log Analytics', sku: 'Analytics Logs' },
    ...{ meterName: 'Analytics Logs Data Ingestion' },
  },
  egress_gb: {
    ...{ unit: 'GB', unitOfMeasure: gb, service: 'Bandwidth', product: 'Rtn Preference: MGN', sku: 'Standard' },
    ...{ meterName: 'Standard Data Transfer Out' },
  },
  vm_d4s_v3_hour: { ...machine, unit: 'machine-hour', unitOfMeasure: hour, meterName: 'D4s v3' },
  vm_d4s_v3_reserved_year: {
    ...machine,
    ...{ unit: 'machine-year', unitOfMeasure: hour, meterName: 'D4s v3', reservationTerm: '1 Year' },
  },
  flex_gb_second: { ...flex, unit: 'GB-second', unitOfMeasure: second, meterName: 'On Demand Execution Time' },
  flex_execution: { ...flex, unit: 'execution', unitOfMeasure: count, meterName: 'On Demand Total Executions' },
  premium_vcpu_hour: { ...premium, unit: 'vCPU-hour', unitOfMeasure: hour, meterName: 'Premium vCPU Duration' },
  premium_gib_hour: {
    ...premium,
    ...{ unit: 'GiB-hour', unitOfMeasure: /^gib hours?$/i, meterName: 'Premium Memory Duration' },
  },
};

/** The `$filter` of the Retail Prices API that asks for one meter in one region. */
export function filterOf(key: MeterKey, region: string): string {
  const { service, product, sku, meterName, reservationTerm } = meters[key];
  const conditions: Record<string, string | undefined> = {
    serviceName: service,
    productName: product,
    skuName: sku,
    meterName,
    armRegionName: region,
    priceType: reservationTerm ? 'Reservation' : 'Consumption',
    reservationTerm,
  };
  return Object.entries(conditions)
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name} eq '${value}'`]))
    .join(' and ');
}
