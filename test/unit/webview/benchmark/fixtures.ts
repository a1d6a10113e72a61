import type {
  BenchmarkConfig,
  BenchmarkProgress,
  BenchmarkTarget,
  RunningBenchmark,
} from '../../../../runtime/contracts/benchmark-panel.ts';
import type { ResultSummary } from '../../../../runtime/contracts/results.ts';
import type { BenchmarkModel } from '../../../../webview/benchmark/benchmark-model.ts';

export const config: BenchmarkConfig = {
  scenario: 'inference-uncached',
  agentId: null,
  mode: 'open',
  ratePerS: 20,
  durationS: 50,
  warmUpS: 10,
  requests: 1000,
};

export const target: BenchmarkTarget = {
  kind: 'local',
  state: 'running',
  stoppedAt: null,
  name: 'Local runtime · boardroom',
  address: '127.0.0.1:7071',
  replicas: 2,
  engine: 'remote',
  model: 'tiny',
  problem: null,
  agents: ['ceo', 'cfo'],
};

export function model(part: Partial<BenchmarkModel> = {}): BenchmarkModel {
  return {
    target,
    run: { kind: 'none' },
    shown: null,
    history: { runs: [], baseline: null, plannerRun: null },
    config,
    scenario: null,
    partShown: false,
    ...part,
  };
}

export function progress(part: Partial<BenchmarkProgress> = {}): BenchmarkProgress {
  return {
    kind: 'benchmark',
    scenario: 'message-latency',
    index: 0,
    count: 1,
    phase: 'measure',
    done: 7600,
    planned: 12_000,
    errors: 0,
    errors_by_code: {},
    elapsed_s: 38,
    remaining_s: 22,
    late_share: 0.0002,
    waiting: 2,
    window_s: 1,
    windows: [],
    so_far: { p50_ms: 6.72, p95_ms: 13.8, p99_ms: 19.5 },
    histogram: { unit: 'us', per_octave: 128, buckets: [] },
    ...part,
  };
}

export function running(part: Partial<BenchmarkProgress> = {}): RunningBenchmark {
  const plan = {
    config: { ...config, scenario: 'message-latency', ratePerS: 200, durationS: 60 },
    longer: null,
  } as const;
  return { kind: 'running', plan, cancelling: false, progress: progress(part), windows: [] };
}

export function summary(part: Partial<ResultSummary> = {}): ResultSummary {
  return {
    id: 'bench_1',
    kind: 'benchmark',
    number: 1,
    started_at: '2026-11-24T11:02:17.000Z',
    state: 'complete',
    scenario: 'message-latency',
    name: null,
    load: 'open, 200/s for 60 s',
    p50_ms: 6.67,
    p95_ms: 13.5,
    throughput_per_s: 199.8,
    errors: 0,
    requests: 12_000,
    conditions: null,
    verdict: 'meets',
    note: '',
    ...part,
  };
}
