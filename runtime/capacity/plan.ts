import type { Measured, Plan, PlanInput, ScaleBounds } from '../contracts/capacity.ts';
import type { PriceBook } from '../contracts/prices.ts';
import { type Random, seededRandom } from '../core/random.ts';
import { guideNumbers } from './guide.ts';
import { crossoverOf, hostingPlans, reservationOf } from './hosting.ts';
import { KEDA, limits, MESSAGES_PER_REPLICA } from './limits.ts';
import { needsOf } from './needs.ts';
import { addAmounts, bookFor, withOwnPrices } from './price-book.ts';
import { savingsOf } from './savings.ts';
import { type Sizing, size } from './sizing.ts';
import { rangesOf, sensitivityOf } from './uncertainty.ts';
import { resolveInputs } from './values.ts';

export interface PlanOptions {
  prices: PriceBook;
  /** Figures of a benchmark on a real engine; they go before the defaults, yours go before them. */
  measured?: Measured | undefined;
  /** Random plans for the ranges. Default 2,000. */
  draws?: number;
  /** Default: seeded, so that the same input gives the same plan. */
  random?: Random;
}

/**
 * Turns a workload into what Azure must provide and what that costs. Without input it is the guide's example.
 * @throws AosError AOS_BAD_REQUEST: inputs out of range, each with what is allowed; figures of a simulated engine
 */
export function planCapacity(input: PlanInput, options: PlanOptions): Plan {
  const { draws = 2000, random = seededRandom(1) } = options;
  const { values, inputs, prices } = resolveInputs(input, options.measured);
  const book = withOwnPrices(bookFor(values.region, options.prices), prices);
  const sizing = size(values);
  const guide = guideNumbers(values);
  const needs = needsOf(values, sizing, book);
  const scale = scaleBounds(values.shards, sizing);
  return {
    ...{ inputs, values, own_prices: prices ?? {}, guide, scale },
    planned: {
      factor: sizing.factor,
      instances: sizing.replicasPeak,
      rps: sizing.peakRps,
      storage_gb: guide.storage_gb,
    },
    needs,
    total: addAmounts(needs.map(({ cost }) => cost)),
    hosting: hostingPlans(values, sizing, book),
    savings: savingsOf(values, sizing, book),
    reservation: reservationOf(sizing, book),
    crossover: crossoverOf(values, sizing, book),
    sensitivity: sensitivityOf(values, inputs, book),
    ranges: rangesOf(values, inputs, book, { draws, random }),
    deployment: {
      ...scale,
      region: book.region,
      bus_tier: values.bus_tier,
      messaging_units: values.messaging_units,
      shards: values.shards,
      gpus: sizing.gpus,
      vcpu: values.vcpu_per_replica,
      memory_gib: values.memory_gib_per_replica,
      cool_after_days: values.cool_after_days,
      archive_after_days: values.archive_after_days,
      sampling_ratio: values.sampling_percent / 100,
    },
    prices: { as_of: book.as_of, source: book.source, region: book.region, currency: book.currency },
  };
}

/** A session is a shard, and KEDA does not count sessions: more replicas than shards would wait for work that never comes. */
function scaleBounds(shards: number, { replicasAverage, replicasPeak }: Sizing): ScaleBounds {
  const max = Math.min(shards, limits.containerReplicas);
  return {
    min_replicas: Math.min(replicasAverage, max),
    max_replicas: Math.min(replicasPeak, max),
    message_count: MESSAGES_PER_REPLICA,
    polling_seconds: KEDA.pollingSeconds,
    cooldown_seconds: KEDA.cooldownSeconds,
  };
}
