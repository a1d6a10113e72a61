import type { PlanValues } from '../contracts/capacity.ts';
import { CACHED_ANSWER_SECONDS, HOURS_PER_MONTH, KB_PER_GB, limits } from './limits.ts';

/** What a load needs, in numbers alone: thousands of these are made for the ranges. */
export interface Sizing {
  /** Peak with headroom over average. */
  factor: number;
  averageRps: number;
  peakRps: number;
  /** Whole replicas, at least one. */
  replicasAverage: number;
  replicasPeak: number;
  /** Calls at the model at the same time, at peak (Little's law). */
  inFlight: number;
  /** Calls at replicas at the same time, cached ones included. */
  inReplicas: number;
  gpus: number;
  /** Whole GPUs if each adapter had its own. */
  gpusPerAdapter: number;
  /** Share of what the GPUs can hold or make, whichever is scarcer. */
  gpuFill: number;
  /** In and out. */
  busMbPerSecond: number;
  /** Of the namespace as planned, whichever is scarcer: bytes, messages or credits. */
  busFill: number;
  /** Messaging units that suffice; undefined: more than one namespace is needed. */
  busUnits: number | undefined;
  /** Rows a second into the busiest partition. */
  partitionRps: number;
  requestsPerMonth: number;
  hotGb: number;
  coolGb: number;
  archiveGb: number;
  tracesFullGb: number;
  egressGb: number;
  secondsPerRequest: number;
}

export function size(v: PlanValues): Sizing {
  const factor = v.peak_over_average * v.headroom;
  const averageRps = (v.total_agents * v.requests_per_agent_per_hour) / 3600;
  const peakRps = averageRps * factor;
  const instances = v.total_agents / v.agents_per_instance;
  const missed = 1 - v.hit_rate_percent / 100;
  const inFlight = peakRps * missed * v.answer_seconds;
  const secondsPerRequest = missed * v.answer_seconds + (1 - missed) * CACHED_ANSWER_SECONDS;
  const requestsPerMonth = averageRps * 3600 * HOURS_PER_MONTH;
  return {
    ...{ factor, averageRps, peakRps, inFlight, secondsPerRequest, requestsPerMonth },
    replicasAverage: ceil(instances),
    replicasPeak: ceil(instances * factor),
    inReplicas: peakRps * secondsPerRequest,
    ...gpusFor(v, inFlight, peakRps * missed * v.answer_tokens),
    ...busFor(v, peakRps),
    partitionRps: peakRps * Math.max(v.busiest_agent_percent / 100, 1 / v.total_agents),
    ...tiersOf(v, averageRps * 86_400),
    tracesFullGb: (requestsPerMonth * v.trace_kb) / KB_PER_GB,
    egressGb: (requestsPerMonth * v.avg_message_size_kb) / KB_PER_GB + v.static_gb_per_month,
  };
}

/** Three scarce things decide: places for calls in flight, tokens a second (once measured), places for adapters. */
function gpusFor(
  v: PlanValues,
  inFlight: number,
  tokensPerSecond: number,
): Pick<Sizing, 'gpus' | 'gpusPerAdapter' | 'gpuFill'> {
  const byTokens = v.gpu_tokens_per_second === undefined ? 0 : tokensPerSecond / v.gpu_tokens_per_second;
  const load = Math.max(inFlight / v.in_flight_per_gpu, byTokens);
  const demand = Math.max(load, v.adapters / v.max_adapters);
  const gpus = ceil(demand);
  return { gpus, gpusPerAdapter: v.adapters * ceil(load / v.adapters), gpuFill: demand / gpus };
}

/** Bytes decide, and the guide's messages a second beside them: each message goes in and comes out. KB and MB are decimal. */
function busFor(v: PlanValues, peakRps: number): Pick<Sizing, 'busMbPerSecond' | 'busFill' | 'busUnits'> {
  const busMbPerSecond = (2 * peakRps * v.avg_message_size_kb) / 1000;
  const units = Math.max(busMbPerSecond / v.mb_per_second_per_unit, peakRps / v.messages_per_second_per_unit);
  const busFill =
    v.bus_tier === 'Premium'
      ? units / v.messaging_units
      : (peakRps * v.credits_per_message) / limits.standardCreditsPerSecond;
  return { busMbPerSecond, busFill, busUnits: limits.messagingUnits.find((count) => count >= units) };
}

/** A day's data lies in the hot tier, then in the cool one, then in the archive, until its retention ends. */
function tiersOf(v: PlanValues, messagesPerDay: number): Pick<Sizing, 'hotGb' | 'coolGb' | 'archiveGb'> {
  const gbPerDay = (messagesPerDay * v.avg_message_size_kb) / KB_PER_GB;
  const hotDays = Math.min(v.cool_after_days, v.archive_after_days, v.retention_days);
  const archiveDays = Math.max(0, v.retention_days - v.archive_after_days);
  const coolDays = v.retention_days - hotDays - archiveDays;
  return { hotGb: hotDays * gbPerDay, coolGb: coolDays * gbPerDay, archiveGb: archiveDays * gbPerDay };
}

/** Whole machines, at least one. What is a rounding error above a whole number is that number. */
function ceil(value: number): number {
  return Math.max(1, Math.ceil(value - 1e-9));
}
