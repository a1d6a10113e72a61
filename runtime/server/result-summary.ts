import type { BenchmarkResult, LoadMode, Measurement, Verdict } from '../contracts/benchmark.ts';
import type { LoadResult } from '../contracts/load-test.ts';
import type { Result, ResultSummary } from '../contracts/results.ts';
import { formatCount, formatPlural } from '../contracts/units.ts';
import { AosError } from '../core/errors.ts';

/** A result in a list, without what its place in the list adds. */
type BareSummary = Omit<ResultSummary, 'number' | 'note'>;

/** @throws AosError AOS_BAD_REQUEST if nothing was measured */
export function summaryOf(result: Result): BareSummary {
  return result.kind === 'benchmark' ? benchmarkSummary(result) : loadSummary(result);
}

function benchmarkSummary(result: BenchmarkResult): BareSummary {
  const { kind, id, started_at, measurements, baseline, conditions } = result;
  const [first, ...others] = measurements;
  if (!first) throw new AosError('AOS_BAD_REQUEST', `Nothing was measured in ${id}; there is nothing to keep.`);
  const only = others.length === 0 ? first : null;
  const sum = (read: (one: Measurement) => number) => measurements.reduce((total, one) => total + read(one), 0);
  const seconds = sum((one) => one.seconds);
  return {
    ...{ kind, id, started_at, conditions },
    state: measurements.find(({ state }) => state !== 'complete')?.state ?? 'complete',
    scenario: only?.scenario ?? null,
    name: null,
    load: only ? loadText(only.load) : 'each scenario at its own',
    p50_ms: only?.latency?.p50.value ?? null,
    p95_ms: only?.latency?.p95.value ?? null,
    throughput_per_s: seconds === 0 ? 0 : sum((one) => one.throughput_per_s * one.seconds) / seconds,
    errors: sum((one) => one.errors),
    requests: sum((one) => one.requests),
    verdict: worstOf(baseline.map(({ verdict }) => verdict)),
  };
}

function loadSummary({ kind, id, name, started_at, state, items, total, passed }: LoadResult): BareSummary {
  return {
    ...{ kind, id, name, started_at, state },
    scenario: null,
    load: formatPlural(
      items.reduce((sum, { threads }) => sum + threads, 0),
      'thread',
    ),
    p50_ms: total.latency?.p50.value ?? null,
    p95_ms: total.latency?.p95.value ?? null,
    throughput_per_s: total.requests_per_s,
    errors: total.errors,
    requests: total.requests,
    conditions: null,
    verdict: state !== 'complete' ? 'not_judged' : passed ? 'meets' : 'misses',
  };
}

function loadText(load: LoadMode): string {
  if (load.mode === 'serial') return `serial, ${formatPlural(load.requests, 'request')}`;
  const { rate_per_s, ramp_to_per_s, duration_s } = load;
  const to = ramp_to_per_s === null ? '' : ` to ${short(ramp_to_per_s)}/s`;
  return `open, ${short(rate_per_s)}/s${to} for ${short(duration_s)} s`;
}

const short = (value: number) => (value < 100 ? String(Number(value.toFixed(1))) : formatCount(value));

const WORST_FIRST = ['misses', 'unsure', 'not_judged', 'meets', 'not_measured'] as const satisfies readonly Verdict[];

/** Rows that nobody asked for say nothing about the others. */
const worstOf = (verdicts: readonly Verdict[]): Verdict =>
  WORST_FIRST.find((verdict) => verdicts.includes(verdict)) ?? 'not_measured';
