import type { Amount, NeedId, PlanValues } from '../contracts/capacity.ts';
import type { PriceBook } from '../contracts/prices.ts';
import { HOURS_PER_MONTH } from './limits.ts';
import { known, knownPrice, priceOf, type Usage } from './price-book.ts';
import { type Sizing, size } from './sizing.ts';

/** What each need uses of Azure's meters in a month. Replicas are billed at the average load; all else is sized for the peak. */
const usageOf: Record<Exclude<NeedId, 'gpu'>, (v: PlanValues, s: Sizing) => Usage[]> = {
  replicas: (v, s) => replicaUsage(v, s.replicasAverage),
  bus: busUsage,
  storage: (_, s) => storageUsage(s),
  writes: (_, s) => [['table_write', s.requestsPerMonth]],
  monitoring: (v, s) => [['logs_gb', s.tracesFullGb * (v.sampling_percent / 100)]],
  egress: (_, s) => [['egress_gb', s.egressGb]],
};
const usages = Object.values(usageOf);

/** Replicas of a container app that run all month; with a reservation the machines it is for (R68). */
function replicaUsage(v: PlanValues, replicas: number): Usage[] {
  return v.reservation === 'None' ? containerUsage(v, replicas) : [['vm_d4s_v3_reserved_year', replicas / 12]];
}

export function containerUsage(v: PlanValues, replicas: number): Usage[] {
  const seconds = replicas * HOURS_PER_MONTH * 3600;
  return [
    ['container_vcpu_second', seconds * v.vcpu_per_replica],
    ['container_gib_second', seconds * v.memory_gib_per_replica],
  ];
}

function busUsage(v: PlanValues, s: Sizing): Usage[] {
  if (v.bus_tier === 'Premium') return [['bus_premium_unit_hour', v.messaging_units * HOURS_PER_MONTH]];
  return [
    ['bus_standard_base_hour', HOURS_PER_MONTH],
    ['bus_standard_operation', s.requestsPerMonth * v.credits_per_message],
  ];
}

export function storageUsage({ hotGb, coolGb, archiveGb }: Pick<Sizing, 'hotGb' | 'coolGb' | 'archiveGb'>): Usage[] {
  return [
    ['blob_hot_gb_month', hotGb],
    ['blob_cool_gb_month', coolGb],
    ['blob_archive_gb_month', archiveGb],
  ];
}

const gpuCost = (v: PlanValues, s: Sizing) => s.gpus * v.gpu_price_per_month;

export function costsOf(v: PlanValues, s: Sizing, book: PriceBook): Record<NeedId, Amount> {
  const cost = (id: keyof typeof usageOf) => priceOf(book, usageOf[id](v, s));
  return {
    replicas: cost('replicas'),
    gpu: known(gpuCost(v, s)),
    bus: cost('bus'),
    storage: cost('storage'),
    writes: cost('writes'),
    monitoring: cost('monitoring'),
    egress: cost('egress'),
  };
}

/** The known part of a month's cost; without an object for each row, since the ranges ask for it thousands of times. */
export function knownCost(v: PlanValues, book: PriceBook, s: Sizing = size(v)): number {
  let amount = gpuCost(v, s);
  for (const usage of usages) amount += knownPrice(book, usage(v, s));
  return amount;
}
