import type { BenchmarkResult, HistogramData, Measurement, ScenarioId } from '../../runtime/contracts/benchmark.ts';
import type { BenchmarkTarget, RunningBenchmark } from '../../runtime/contracts/benchmark-panel.ts';
import { rowsOf } from './benchmark-model.ts';
import type { Drawn } from './chart-specs.ts';
import { askedRate } from './figures-facts.ts';
import { usesModel } from './words.ts';

const NO_HISTOGRAM: HistogramData = { unit: 'us', per_octave: 1, buckets: [] };

/** What the charts draw of a result. @param part it did not come to its end, and is not judged */
export function drawnResult({ conditions }: BenchmarkResult, measurement: Measurement, part: boolean): Drawn {
  const { scenario, window_s, windows, seconds, histogram, latency, errors } = measurement;
  const simulated = conditions.engine === 'simulated' && usesModel(scenario);
  return {
    ...{ scenario, simulated, windows, seconds, histogram, errors },
    judged: !simulated && !part,
    rows: rowsOf(scenario),
    windowS: window_s,
    askedPerS: askedRate(measurement),
    percentiles: latency && { p50_ms: latency.p50.value, p95_ms: latency.p95.value, p99_ms: latency.p99.value },
  };
}

/** What they draw of the run that goes on. */
export function drawnRun({ progress, plan, windows }: RunningBenchmark, { engine }: BenchmarkTarget): Drawn {
  const { config } = plan;
  const scenario: ScenarioId = progress?.scenario ?? (config.scenario === 'baseline' ? 'agent-start' : config.scenario);
  const simulated = engine === 'simulated' && usesModel(scenario);
  const own = config.scenario === scenario && config.mode === 'open';
  const measured = progress?.phase === 'measure' ? progress.elapsed_s : 0;
  const planned = own ? config.durationS : measured + (progress?.phase === 'measure' ? (progress.remaining_s ?? 0) : 0);
  return {
    ...{ scenario, simulated, windows, judged: !simulated, rows: rowsOf(scenario), errors: progress?.errors ?? 0 },
    windowS: progress?.window_s ?? 1,
    seconds: Math.max(planned, measured),
    askedPerS: own ? config.ratePerS : null,
    histogram: progress?.histogram ?? NO_HISTOGRAM,
    percentiles: progress?.so_far ?? null,
  };
}
