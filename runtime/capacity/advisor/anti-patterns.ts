import { formatFigure } from '../../contracts/figures.ts';
import { formatCount, formatPlural } from '../../contracts/units.ts';
import { GUIDE_ADAPTERS, GUIDE_SAMPLING_PERCENT, limits } from '../limits.ts';
import { type Finding, type Situation, setConfig, setInputs } from './facts.ts';

export interface AntiPattern {
  id: string;
  title: string;
  /** Undefined: it is not there. */
  find(situation: Situation): Finding | undefined;
}

/** What the guide warns of, and what its own example does wrong. */
export const antiPatterns: readonly AntiPattern[] = [
  { id: 'bus-too-small', title: 'Service Bus smaller than the peak', find: busTooSmall },
  { id: 'message-too-large', title: 'Messages larger than the tier takes', find: messageTooLarge },
  { id: 'bus-too-large', title: 'Messaging units by messages instead of bytes', find: busTooLarge },
  { id: 'gpu-per-agent', title: 'A model of its own for each agent', find: gpuPerAdapter },
  { id: 'adapters-left-out', title: 'More adapters than the GPU holds', find: adaptersLeftOut },
  { id: 'nothing-archived', title: 'A lifecycle policy that never archives', find: nothingArchived },
  { id: 'all-traces', title: 'Every trace kept', find: allTraces },
  { id: 'uneven-replica', title: 'Replica sizes that Container Apps does not have', find: unevenReplica },
];

function busTooSmall({ plan: { values }, sizing }: Situation): Finding | undefined {
  if (sizing.busFill <= 1) return undefined;
  const base = { verdict: 'misses', severity: 'error', blocking: true } as const;
  const finding = 'This Service Bus can’t carry the peak.';
  if (values.bus_tier === 'Standard') {
    const messages = limits.standardCreditsPerSecond / values.credits_per_message;
    return {
      ...base,
      finding,
      why: `Standard ends at ${formatCount(messages)} messages a second; the peak is ${formatFigure(sizing.peakRps)}.`,
      fix: setInputs('Set Tier to Premium', { bus_tier: 'Premium', messaging_units: sizing.busUnits ?? 16 }),
    };
  }
  const why = `${formatFigure(sizing.busMbPerSecond)} MB/s flow in and out; ${formatPlural(values.messaging_units, 'unit')} ${values.messaging_units === 1 ? 'carries' : 'carry'} about ${formatFigure(values.messaging_units * values.mb_per_second_per_unit)}.`;
  const units = sizing.busUnits;
  if (units !== undefined) {
    return { ...base, finding, why, fix: setInputs(`Set to ${units} Units`, { messaging_units: units }) };
  }
  const namespaces = Math.ceil((sizing.busFill * values.messaging_units) / 16);
  return {
    ...{ ...base, finding, why },
    fix: { kind: 'advice', label: `Split the shards over ${namespaces} namespaces of 16 units` },
  };
}

function messageTooLarge({ plan: { values } }: Situation): Finding | undefined {
  const most = limits.messageKb[values.bus_tier];
  if (values.avg_message_size_kb <= most) return undefined;
  return {
    ...{ verdict: 'misses', severity: 'error', blocking: true },
    finding: `Messages of ${formatCount(values.avg_message_size_kb)} KB are refused.`,
    why: `${values.bus_tier} takes ${formatCount(most)} KB at most.`,
    fix:
      values.bus_tier === 'Standard'
        ? setInputs('Set Tier to Premium', { bus_tier: 'Premium' })
        : { kind: 'advice', label: 'Put the content in a blob and send its name' },
  };
}

function busTooLarge({ plan: { values }, sizing, savedBy }: Situation): Finding | undefined {
  const units = sizing.busUnits;
  if (values.bus_tier !== 'Premium' || units === undefined || units >= values.messaging_units) return undefined;
  const set = { messaging_units: units };
  return {
    ...{ verdict: 'misses', severity: 'lightbulb', saving: savedBy(set) },
    finding: units === 1 ? 'One messaging unit is enough.' : `${units} messaging units are enough.`,
    why: `At peak ${formatFigure(sizing.busMbPerSecond)} MB/s flows in and out; one unit carries about ${values.mb_per_second_per_unit} MB/s. The plan has ${values.messaging_units}.`,
    fix: setInputs(`Set to ${units} ${units === 1 ? 'Unit' : 'Units'}`, set),
  };
}

function gpuPerAdapter({ plan: { values }, sizing, savedBy }: Situation): Finding | undefined {
  if (values.adapters === 1 || values.max_adapters > 1) return undefined;
  const shared = Math.max(1, Math.ceil(sizing.inFlight / values.in_flight_per_gpu));
  return {
    ...{ verdict: 'misses', severity: 'warning', saving: savedBy({ max_adapters: GUIDE_ADAPTERS }) },
    finding: `${sizing.gpus} GPUs for ${values.adapters} adapters.`,
    why: `LoRAX serves them from ${shared === 1 ? 'one GPU' : `${shared} GPUs`}.`,
    fix: setInputs(`Set Adapters per GPU to ${GUIDE_ADAPTERS}`, { max_adapters: GUIDE_ADAPTERS }),
  };
}

function adaptersLeftOut({ config }: Situation): Finding | undefined {
  const count = Object.keys(config?.adapters ?? {}).length;
  if (!config || count <= config.model.max_adapters) return undefined;
  return {
    ...{ verdict: 'misses', severity: 'warning' },
    finding: `aos.json has ${count} adapters, and the GPU holds ${config.model.max_adapters}.`,
    why: 'They push each other out, and each return loads from disk.',
    fix: setConfig(`Set model.max_adapters to ${count}`, ['model', 'max_adapters'], count),
  };
}

function nothingArchived({ plan: { values, savings }, sizing, savedBy }: Situation): Finding | undefined {
  if (sizing.archiveGb > 0 || values.retention_days <= values.cool_after_days) return undefined;
  const days = Math.max(values.cool_after_days, Math.floor((values.retention_days * 2) / 3));
  if (days >= values.retention_days) return undefined;
  const set = { archive_after_days: days };
  const { percent, guide_percent } = savings.lifecycle;
  const reached =
    percent === null
      ? ''
      : ` Storage cost falls by ${formatFigure(percent)} %, not by the guide’s ${guide_percent.join('–')} %.`;
  return {
    ...{ verdict: 'misses', severity: 'warning', saving: savedBy(set) },
    finding: 'Nothing ever reaches the archive tier.',
    why: `Messages are deleted after ${values.retention_days} days and archived after ${values.archive_after_days}.${reached}`,
    fix: setInputs(`Archive After ${days} Days`, set),
  };
}

function allTraces({ plan: { values }, savedBy }: Situation): Finding | undefined {
  if (values.sampling_percent <= GUIDE_SAMPLING_PERCENT) return undefined;
  const set = { sampling_percent: GUIDE_SAMPLING_PERCENT };
  return {
    ...{ verdict: 'misses', severity: 'lightbulb', saving: savedBy(set) },
    finding: `${values.sampling_percent} % of the traces are kept.`,
    why: `The guide keeps ${GUIDE_SAMPLING_PERCENT} %. Metrics stay exact: they are not sampled.`,
    fix: setInputs(`Sample ${GUIDE_SAMPLING_PERCENT} %`, set),
  };
}

/** Consumption replicas have 2 GiB for each vCPU (container-apps, workload-profiles-overview). */
function unevenReplica({ plan: { values } }: Situation): Finding | undefined {
  const gib = values.vcpu_per_replica * 2;
  if (values.memory_gib_per_replica === gib) return undefined;
  return {
    ...{ verdict: 'misses', severity: 'error', blocking: true },
    finding: `A replica of ${values.vcpu_per_replica} vCPU can’t have ${values.memory_gib_per_replica} GiB.`,
    why: 'The Consumption profile gives 2 GiB for each vCPU.',
    fix: setInputs(`Set Memory to ${gib} GiB`, { memory_gib_per_replica: gib }),
  };
}
