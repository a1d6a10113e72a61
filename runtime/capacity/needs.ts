import type { Need, NeedId, PlanValues } from '../contracts/capacity.ts';
import { formatFigure, formatGb } from '../contracts/figures.ts';
import type { PriceBook } from '../contracts/prices.ts';
import { formatCount, formatPlural } from '../contracts/units.ts';
import { costsOf } from './costs.ts';
import { limits } from './limits.ts';
import type { Sizing } from './sizing.ts';

/** "What you need", row by row. */
export function needsOf(v: PlanValues, s: Sizing, book: PriceBook): Need[] {
  const costs = costsOf(v, s, book);
  const rows: Record<NeedId, Omit<Need, 'id' | 'cost'>> = {
    replicas: {
      resource: 'Runtime replicas',
      tier: `Container Apps, ${v.vcpu_per_replica} vCPU ${v.memory_gib_per_replica} GiB`,
      needed: `${formatCount(s.replicasAverage)} to ${formatCount(s.replicasPeak)}`,
      fill: { share: s.replicasPeak / v.shards, of: `${formatCount(v.shards)} shards` },
      note:
        v.reservation === 'None'
          ? `Billed at the average load (${s.replicasAverage}).`
          : `Billed as ${s.replicasAverage} × Standard_D4s_v3, reserved for a year.`,
    },
    gpu: {
      resource: 'GPU',
      tier: `A100, LoRAX, ${formatCount(v.adapters)} adapters`,
      needed: formatCount(s.gpus),
      fill: { share: s.gpuFill, of: formatPlural(s.gpus, 'GPU') },
      note: v.gpu_tokens_per_second === undefined ? 'By calls in flight; tokens/s were not measured.' : null,
    },
    bus: busRow(v, s),
    storage: {
      resource: 'Storage, kept',
      tier: `Hot ${v.cool_after_days} d, cool, archive after ${v.archive_after_days} d`,
      needed: `${formatGb(s.hotGb + s.coolGb + s.archiveGb)} GB`,
      ...{ fill: null, note: null },
    },
    writes: {
      resource: 'Storage, writes',
      tier: `Tables, ${formatCount(limits.tableAccountPerSecond)}/s per account, ${formatCount(limits.tablePartitionPerSecond)}/s per partition`,
      needed: `${formatFigure(s.peakRps)}/s`,
      fill:
        s.partitionRps / limits.tablePartitionPerSecond > s.peakRps / limits.tableAccountPerSecond
          ? { share: s.partitionRps / limits.tablePartitionPerSecond, of: 'the busiest partition' }
          : { share: s.peakRps / limits.tableAccountPerSecond, of: 'the account' },
      note: null,
    },
    monitoring: {
      resource: 'Monitoring',
      tier: `Log Analytics, ${v.sampling_percent} % of traces`,
      needed: `${formatFigure(s.tracesFullGb * (v.sampling_percent / 100))} GB`,
      ...{ fill: null, note: null },
    },
    egress: {
      resource: 'Outbound data',
      tier: `Internet egress, ${v.avg_message_size_kb} KB an answer`,
      needed: `${formatFigure(s.egressGb)} GB`,
      ...{ fill: null, note: null },
    },
  };
  return (Object.keys(rows) as NeedId[]).map((id) => ({ id, ...rows[id], cost: costs[id] }));
}

function busRow(v: PlanValues, s: Sizing): Omit<Need, 'id' | 'cost'> {
  const row = { resource: 'Service Bus', needed: `${formatFigure(s.busMbPerSecond)} MB/s` };
  if (v.bus_tier === 'Standard') {
    const of = `${formatCount(limits.standardCreditsPerSecond)} credits/s`;
    return { ...row, tier: 'Standard', fill: { share: s.busFill, of }, note: null };
  }
  const units = v.messaging_units;
  const bySize = (units * v.mb_per_second_per_unit * 1000) / (2 * v.avg_message_size_kb);
  return {
    ...row,
    tier: `Premium, ${formatPlural(units, 'unit')}`,
    fill: { share: s.busFill, of: formatPlural(units, 'unit') },
    note: `The guide counts ${formatCount(units * v.messages_per_second_per_unit)} msg/s; at ${v.avg_message_size_kb} KB bytes allow ${formatCount(bySize)}.`,
  };
}
