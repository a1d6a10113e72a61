import type { Crossover, HostingPlan, PlanValues, Reservation } from '../contracts/capacity.ts';
import type { PriceBook } from '../contracts/prices.ts';
import { containerUsage } from './costs.ts';
import { EP2, HOURS_PER_MONTH, limits } from './limits.ts';
import { difference, priceOf, type Usage } from './price-book.ts';
import type { Sizing } from './sizing.ts';

/** Container Apps, and the Functions plans as alternatives (R13, R67). */
export function hostingPlans(v: PlanValues, s: Sizing, book: PriceBook): HostingPlan[] {
  const flexInstances = Math.max(1, Math.ceil(s.inReplicas / v.flex_concurrency));
  return [
    hosting({
      ...{ id: 'container-apps', label: 'Container Apps, Consumption', instances: s.replicasPeak },
      limit: Math.min(v.shards, limits.containerReplicas),
      cost: priceOf(book, containerUsage(v, s.replicasAverage)),
      note: `One replica works on a shard at a time: those beyond ${v.shards} would wait.`,
    }),
    hosting({
      ...{ id: 'flex', label: 'Functions, Flex Consumption (FC1)', instances: flexInstances },
      limit: Math.floor(limits.flexRegionMb / (v.flex_memory_gb * 1024)),
      cost: priceOf(book, flexUsage(v, s, s.requestsPerMonth)),
      note: 'Pays for execution time only. Caches and breakers start empty on each new instance.',
    }),
    hosting({
      ...{
        id: 'premium-ep2',
        label: 'Functions, Premium EP2',
        instances: s.replicasPeak,
        limit: limits.premiumWorkers,
      },
      cost: priceOf(book, [
        ['premium_vcpu_hour', s.replicasAverage * EP2.vcpu * HOURS_PER_MONTH],
        ['premium_gib_hour', s.replicasAverage * EP2.memoryGib * HOURS_PER_MONTH],
      ]),
      note: 'The guide’s plan, with its 20 workers at most.',
    }),
    {
      ...{ id: 'consumption-y1', label: 'Functions, Consumption (Y1)', instances: flexInstances, fits: false },
      ...{ limit: limits.consumptionInstances, cost: null },
      note: 'The guide’s plan for variable load. It is retired on Linux: take Flex Consumption.',
    },
  ];
}

const hosting = (plan: Omit<HostingPlan, 'fits'>): HostingPlan => ({ ...plan, fits: plan.instances <= plan.limit });

/** An instance answers several requests at a time and is paid for once. */
function flexUsage(v: PlanValues, s: Sizing, requestsPerMonth: number): Usage[] {
  return [
    ['flex_execution', requestsPerMonth],
    ['flex_gb_second', (requestsPerMonth * s.secondsPerRequest * v.flex_memory_gb) / v.flex_concurrency],
  ];
}

/** The guide's 10 × Standard_D4s_v3 for a year: as many as the average load needs (R68). */
export function reservationOf(s: Sizing, book: PriceBook): Reservation {
  const instances = s.replicasAverage;
  const pay_as_you_go = priceOf(book, [['vm_d4s_v3_hour', instances * HOURS_PER_MONTH]]);
  const reserved = priceOf(book, [['vm_d4s_v3_reserved_year', instances / 12]]);
  const saving = difference(pay_as_you_go, reserved);
  return {
    ...{ instances, pay_as_you_go, reserved, saving },
    break_even_percent:
      saving === null || pay_as_you_go.amount === 0 ? null : (reserved.amount / pay_as_you_go.amount) * 100,
  };
}

/** More requests an hour than this is not looked at. */
const MOST_REQUESTS_PER_HOUR = 1e9;

/** Where Flex Consumption gets dearer than replicas that always run. Found by bisection, since prices have tiers. */
export function crossoverOf(v: PlanValues, s: Sizing, book: PriceBook): Crossover {
  const alwaysOn = priceOf(book, containerUsage(v, s.replicasAverage));
  const consumption = (requestsPerHour: number) => priceOf(book, flexUsage(v, s, requestsPerHour * HOURS_PER_MONTH));
  const unknown = [...alwaysOn.unknown, ...consumption(1).unknown];
  if (unknown.length > 0) return { requests_per_hour: null, cheaper_now: null, unknown };
  const dearer = (requestsPerHour: number) => consumption(requestsPerHour).amount >= alwaysOn.amount;
  const cheaper_now = dearer(s.averageRps * 3600) ? 'always on' : 'consumption';
  if (!dearer(MOST_REQUESTS_PER_HOUR)) return { requests_per_hour: null, cheaper_now, unknown };
  let low = 0;
  let high = MOST_REQUESTS_PER_HOUR;
  while (high - low > 1) {
    const middle = (low + high) / 2;
    if (dearer(middle)) high = middle;
    else low = middle;
  }
  return { requests_per_hour: Math.round(high), cheaper_now, unknown };
}
