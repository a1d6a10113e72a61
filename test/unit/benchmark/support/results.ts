import { Histogram } from '../../../../runtime/benchmark/histogram.ts';
import { summarise } from '../../../../runtime/benchmark/statistics.ts';
import { judgeBaseline } from '../../../../runtime/benchmark/targets.ts';
import type { BenchmarkResult, Measurement, ScenarioId } from '../../../../runtime/contracts/benchmark.ts';
import type { Engine } from '../../../../runtime/contracts/inference.ts';
import type { LoadResult } from '../../../../runtime/contracts/load-test.ts';

/** A measurement of these latencies, complete and without errors. */
export function measurementOf(scenario: ScenarioId, latenciesMs: readonly number[]): Measurement {
  const histogram = new Histogram();
  for (const ms of latenciesMs) histogram.record(ms);
  return {
    scenario,
    started_at: '2026-01-01T00:00:02.000Z',
    load: { mode: 'open', rate_per_s: 10, ramp_to_per_s: null, duration_s: 10, warm_up_s: 0 },
    state: 'complete',
    reason: null,
    requests: latenciesMs.length,
    errors: 0,
    errors_by_code: {},
    seconds: 10,
    throughput_per_s: latenciesMs.length / 10,
    latency: summarise(histogram),
    histogram: histogram.toData(),
    window_s: 10,
    windows: [],
    cache: null,
    tokens_per_s: null,
    first_token: null,
    outside_model: null,
    generator: { schedule_error_p99_ms: 0.5, late: 0, late_share: 0, kept_rate_per_s: 10 },
    queue: { mean: 0.1, longest: 2 },
    guide_report: null,
    how: 'as a test does',
  };
}

export function resultOf(measurements: Measurement[], engine: Engine = 'remote'): BenchmarkResult {
  return {
    kind: 'benchmark',
    id: 'bench_1',
    started_at: '2026-01-01T00:00:00.000Z',
    target: 'http://127.0.0.1:7071',
    conditions: {
      infrastructure: 'A | B',
      region: 'this machine',
      load: 'open loop, 10 requests/s',
      duration: '10 s',
      network: 'loopback',
      node: 'v24.0.0',
      aos_version: '0.1.0',
      engine,
      model: 'tiny',
      replicas: 2,
      commit: null,
    },
    measurements,
    baseline: judgeBaseline({ measurements, engine, unmeasured: {} }),
    claims: [],
    notes: [],
  };
}

const { latency, histogram } = measurementOf('storage', [1, 2, 3]);
const figures = {
  requests: 3,
  errors: 1,
  errors_by_code: { HTTP_500: 1 },
  seconds: 1,
  requests_per_s: 3,
  latency,
  histogram,
};
/** Of a load test of two criteria, one of which does not hold. */
export const loadResult: LoadResult = {
  kind: 'load',
  id: 'load_1',
  name: 'Plan "A" & B',
  started_at: '2026-01-01T00:00:00.000Z',
  target: 'http://127.0.0.1:7071',
  state: 'complete',
  reason: null,
  items: [{ name: 'One, two', threads: 2, ...figures }],
  total: figures,
  criteria: [
    {
      text: 'max(response_time) < 5',
      aggregate: 'max',
      metric: 'response_time',
      operator: '<',
      threshold: 5,
      actual: 3,
      holds: true,
    },
    {
      text: 'percentage(errors) < 5',
      aggregate: 'percentage',
      metric: 'errors',
      operator: '<',
      threshold: 5,
      actual: 33.3,
      holds: false,
    },
  ],
  passed: false,
};
