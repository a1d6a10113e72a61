import type { Criterion, JudgedCriterion } from '../contracts/load-test.ts';
import type { Histogram } from './histogram.ts';

const GRAMMAR =
  /^(?<aggregate>[a-z]+\d*(?:\.\d+)?)\(\s*(?<metric>\w+)\s*\)\s*(?<operator><=|>=|<|>)\s*(?<threshold>\d+(?:\.\d+)?)$/;

/** What can be said of each metric. */
const AGGREGATES: Record<Criterion['metric'], { names: readonly string[]; percentiles: boolean }> = {
  response_time: { names: ['avg', 'min', 'max'], percentiles: true },
  errors: { names: ['percentage', 'count'], percentiles: false },
  requests: { names: ['count'], percentiles: false },
  requests_per_sec: { names: ['avg'], percentiles: false },
};
const PERCENTILE = /^p\d{1,2}(\.\d+)?$/;

/**
 * Reads a criterion of success: `aggregate(metric) operator number`, and a comment behind `#`.
 * @returns the criterion, or what is wrong with the text and what is allowed
 */
export function parseCriterion(text: string): { ok: true; criterion: Criterion } | { ok: false; message: string } {
  const bare = text.replace(/#.*$/s, '').trim();
  const parts = GRAMMAR.exec(bare)?.groups;
  if (!parts) {
    return wrong(
      `"${bare}" is no criterion: write aggregate(metric), one of < <= > >=, and a number, e.g. avg(response_time) < 2000`,
    );
  }
  const { aggregate, metric, operator, threshold } = parts as Record<string, string>;
  if (!isMetric(metric!)) {
    return wrong(`"${metric}" is not measured: allowed are ${Object.keys(AGGREGATES).join(', ')}`);
  }
  const { names, percentiles } = AGGREGATES[metric];
  if (!names.includes(aggregate!) && !(percentiles && PERCENTILE.test(aggregate!))) {
    const allowed = [...names, ...(percentiles ? ['p50, p95, p99.9 and so on'] : [])].join(', ');
    return wrong(`${aggregate}(${metric}) does not exist: of ${metric} there is ${allowed}`);
  }
  return {
    ok: true,
    criterion: {
      text: bare,
      aggregate: aggregate!,
      metric,
      operator: operator as Criterion['operator'],
      threshold: Number(threshold),
    },
  };
}

/** What criteria speak of. Times are of all requests, failed ones too, as in JMeter and Azure Load Testing. */
export interface Measured {
  histogram: Histogram;
  errors: number;
  seconds: number;
}

export function judgeCriterion(criterion: Criterion, measured: Measured): JudgedCriterion {
  const actual = actualOf(criterion, measured);
  return { ...criterion, actual, holds: actual !== null && compare(actual, criterion) };
}

function actualOf({ aggregate, metric }: Criterion, { histogram, errors, seconds }: Measured): number | null {
  const requests = histogram.count;
  if (metric === 'requests') return requests;
  if (metric === 'requests_per_sec') return seconds > 0 ? requests / seconds : null;
  if (metric === 'errors' && aggregate === 'count') return errors;
  if (requests === 0) return null;
  if (metric === 'errors') return (errors / requests) * 100;
  if (aggregate === 'avg') return histogram.mean;
  if (aggregate === 'min') return histogram.min;
  if (aggregate === 'max') return histogram.max;
  return histogram.percentile(Number(aggregate.slice(1)) / 100);
}

function compare(actual: number, { operator, threshold }: Criterion): boolean {
  if (operator === '<') return actual < threshold;
  if (operator === '<=') return actual <= threshold;
  return operator === '>' ? actual > threshold : actual >= threshold;
}

const isMetric = (name: string): name is Criterion['metric'] => name in AGGREGATES;
const wrong = (message: string) => ({ ok: false as const, message });
