import { type Target, targets } from '../../runtime/contracts/baseline-targets.ts';
import type {
  BaselineRow,
  BenchmarkResult,
  Measurement,
  RunState,
  ScenarioId,
} from '../../runtime/contracts/benchmark.ts';
import type {
  BenchmarkConfig,
  BenchmarkHistory,
  BenchmarkRun,
  BenchmarkTarget,
  RunningBenchmark,
} from '../../runtime/contracts/benchmark-panel.ts';

/** All that the panel shows follows from this. */
export interface BenchmarkModel {
  target: BenchmarkTarget;
  run: BenchmarkRun;
  shown: BenchmarkResult | null;
  history: BenchmarkHistory;
  config: BenchmarkConfig;
  /** Of a result with several measurements, the one that is drawn. */
  scenario: ScenarioId | null;
  /** What an incomplete run has measured is shown all the same. */
  partShown: boolean;
}

/** What the Result tab shows: the run, a result, or a box that says why there is none and what to do. */
export type Screen =
  | { kind: 'running'; run: RunningBenchmark }
  | { kind: 'result'; result: BenchmarkResult; measurement: Measurement; part: boolean }
  | { kind: 'box' };

export function screenOf(model: BenchmarkModel): Screen {
  const { run, shown, partShown, scenario } = model;
  if (run.kind === 'running') return { kind: 'running', run };
  const part = run.kind === 'incomplete' && partShown;
  const result = part ? run.result : run.kind === 'none' ? shown : null;
  const measurement = result && measurementOf(result, scenario);
  return result && measurement ? { kind: 'result', result, measurement, part } : { kind: 'box' };
}

/** The one that was asked for; else the one that ended early, else the first. */
export function measurementOf({ measurements }: BenchmarkResult, scenario: ScenarioId | null): Measurement | undefined {
  return measurements.find((one) => one.scenario === scenario) ?? endedEarly(measurements) ?? measurements[0];
}

/** The measurement that did not come to its end; those after it were not begun. */
export function endedEarly(measurements: readonly Measurement[]): Measurement | undefined {
  return measurements.find(({ state }) => state !== 'complete');
}

/** How an incomplete run ended. */
export function stateOf({ measurements }: BenchmarkResult): RunState {
  return endedEarly(measurements)?.state ?? 'cancelled';
}

export const rowsOf = (scenario: ScenarioId): Target[] => targets.filter((target) => target.scenario === scenario);

/**
 * What is known of the guide's table: the newest run of all, with what was measured longer since where that was unsure;
 * before there is one, the part that the shown result measured.
 */
export function baselineOf({ history, shown }: Pick<BenchmarkModel, 'history' | 'shown'>): BenchmarkResult | null {
  const { baseline } = history;
  if (!baseline) return shown;
  if (!shown || shown.started_at <= baseline.started_at || shown.target !== baseline.target) return baseline;
  return { ...baseline, baseline: baseline.baseline.map((row) => surerRow(row, shown)) };
}

function surerRow(row: BaselineRow, { baseline }: BenchmarkResult): BaselineRow {
  const later = baseline.find(({ id, measured }) => id === row.id && measured !== null);
  return row.verdict === 'unsure' && later ? later : row;
}

/** "run 14" in the history; undefined: it is not kept there. */
export function numberOf({ history }: Pick<BenchmarkModel, 'history'>, id: string): number | undefined {
  return history.runs?.find((run) => run.id === id)?.number;
}
