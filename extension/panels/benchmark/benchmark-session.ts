import type { BenchmarkResult } from '../../../runtime/contracts/benchmark.ts';
import {
  type BenchmarkHistory,
  type BenchmarkPlan,
  type BenchmarkProgress,
  type BenchmarkRun,
  type ComparedRuns,
  withProgress,
} from '../../../runtime/contracts/benchmark-panel.ts';
import type { MeasuringJob, MeasuringProgress } from '../../../runtime/contracts/benchmark-process.ts';
import type { RuntimeClient } from '../../client/runtime-client.ts';
import { t } from '../../l10n.ts';
import type { Measuring, Outcome } from './measuring-process.ts';

export type Results = Pick<
  RuntimeClient,
  'results' | 'result' | 'keepResult' | 'annotateResult' | 'deleteResult' | 'compareResults'
>;

/** How a run ended. */
export type BenchmarkEnd =
  | { kind: 'complete'; result: BenchmarkResult; kept: boolean }
  | Extract<BenchmarkRun, { kind: 'incomplete' | 'failed' }>;

export interface BenchmarkSessionOptions {
  /** @throws RuntimeError AOS_NOT_RUNNING */
  job(plan: BenchmarkPlan): Promise<MeasuringJob>;
  measure(job: MeasuringJob, onProgress: (progress: MeasuringProgress) => void): Measuring;
  /** Of the target. @throws RuntimeError AOS_NOT_RUNNING */
  results(): Promise<Results>;
  historyLimit(): number;
  /** Id of the run that the Capacity Planner takes its figures from; null: from the newest. */
  plannerRun(): string | null;
  onRun(run: BenchmarkRun): void;
  onProgress(progress: BenchmarkProgress): void;
  onShown(result: BenchmarkResult | null): void;
  onHistory(history: BenchmarkHistory): void;
  onEnd(end: BenchmarkEnd): void;
  onError(message: string, error: unknown): void;
}

/** The benchmark of a window: at most one run, the result that is shown, and what is kept. It outlives the panel. */
export class BenchmarkSession {
  readonly #options: BenchmarkSessionOptions;
  #run: BenchmarkRun = { kind: 'none' };
  #shown: BenchmarkResult | null = null;
  #history: BenchmarkHistory = { runs: null, baseline: null, plannerRun: null };
  #measuring: Measuring | undefined;

  constructor(options: BenchmarkSessionOptions) {
    this.#options = options;
  }

  get run(): BenchmarkRun {
    return this.#run;
  }

  get shown(): BenchmarkResult | null {
    return this.#shown;
  }

  get history(): BenchmarkHistory {
    return this.#history;
  }

  /**
   * Begins a run; how it ends is told to `onEnd`.
   * @throws Error if one goes on; what `job` throws
   */
  async start(plan: BenchmarkPlan): Promise<void> {
    if (this.#run.kind === 'running') throw new Error(t('A benchmark is running already.'));
    // Before anything is awaited: two calls must not start two.
    this.#setRun({ kind: 'running', plan, cancelling: false, progress: null, windows: [] });
    try {
      const job = await this.#options.job(plan);
      this.#measuring = this.#options.measure(job, (progress) => this.#onProgress(progress));
    } catch (error) {
      this.#setRun({ kind: 'none' });
      throw error;
    }
    const { run } = this;
    if (run.kind === 'running' && run.cancelling) this.#measuring.cancel();
    void this.#measuring.ended.then((outcome) => this.#onEnded(plan, outcome));
  }

  cancel(): void {
    if (this.#run.kind !== 'running') return;
    this.#setRun({ ...this.#run, cancelling: true });
    this.#measuring?.cancel();
  }

  /** Shows a kept result. @throws Error if it is that of a load test */
  async show(id: string): Promise<void> {
    this.#setShown(await this.benchmark(id));
    if (this.#run.kind !== 'running') this.#setRun({ kind: 'none' });
  }

  /** A kept result, or that of the incomplete run. @throws Error if it is that of a load test */
  async benchmark(id: string): Promise<BenchmarkResult> {
    if (this.#shown?.id === id) return this.#shown;
    if (this.#run.kind === 'incomplete' && this.#run.result.id === id) return this.#run.result;
    const result = await (await this.#options.results()).result(id);
    if (result.kind !== 'benchmark') throw new Error(t('{0} is the result of a load test.', result.name));
    return result;
  }

  /** Keeps an incomplete run. */
  async keep(): Promise<void> {
    const run = this.#run;
    if (run.kind !== 'incomplete' || run.kept) return;
    await (await this.#options.results()).keepResult(run.result, this.#options.historyLimit());
    if (this.#run === run) this.#setRun({ ...run, kept: true });
    await this.refresh();
  }

  async compare(before: string, after: string): Promise<ComparedRuns> {
    const results = await this.#options.results();
    const [a, b, comparison] = await Promise.all([
      this.benchmark(before),
      this.benchmark(after),
      results.compareResults(before, after),
    ]);
    return { before: a, after: b, comparison };
  }

  async annotate(id: string, note: string): Promise<void> {
    await (await this.#options.results()).annotateResult(id, note);
    await this.refresh();
  }

  async delete(id: string): Promise<void> {
    await (await this.#options.results()).deleteResult(id);
    if (this.#shown?.id === id) this.#setShown(null);
    await this.refresh();
  }

  /** Reads what the target keeps. That it does not answer is no failure: what was read before stays. */
  async refresh(): Promise<void> {
    try {
      const results = await this.#options.results();
      const runs = await results.results({ limit: this.#options.historyLimit() });
      const baseline = await this.#newestBaseline(results, runs);
      this.#history = { runs, baseline, plannerRun: this.#options.plannerRun() };
      this.#options.onHistory(this.#history);
    } catch (error) {
      this.#options.onError('The history of benchmarks cannot be read.', error);
    }
  }

  /** Another target has another history. */
  forget(): void {
    this.#history = { runs: null, baseline: null, plannerRun: null };
    this.#options.onHistory(this.#history);
    this.#setShown(null);
  }

  /** Of the runs that measured several scenarios, the newest that fills most of the guide's table. */
  async #newestBaseline(results: Results, runs: NonNullable<BenchmarkHistory['runs']>) {
    for (const { id, kind, scenario } of runs) {
      if (kind !== 'benchmark' || scenario !== null) continue;
      if (this.#history.baseline?.id === id) return this.#history.baseline;
      const result = await results.result(id);
      if (result.kind === 'benchmark' && isWhole(result)) return result;
    }
    return null;
  }

  #onProgress(progress: MeasuringProgress): void {
    if (this.#run.kind !== 'running' || progress.kind !== 'benchmark') return;
    this.#run = withProgress(this.#run, progress);
    this.#options.onProgress(progress);
  }

  #onEnded(plan: BenchmarkPlan, outcome: Outcome): void {
    this.#measuring = undefined;
    const end = endOf(plan, outcome);
    if (end.kind === 'complete') this.#setShown(end.result);
    this.#setRun(end.kind === 'complete' ? { kind: 'none' } : end);
    this.#options.onEnd(end);
    void this.refresh();
  }

  #setRun(run: BenchmarkRun): void {
    this.#run = run;
    this.#options.onRun(run);
  }

  #setShown(result: BenchmarkResult | null): void {
    this.#shown = result;
    this.#options.onShown(result);
  }
}

function endOf(plan: BenchmarkPlan, outcome: Outcome): BenchmarkEnd {
  if (outcome.kind === 'failed') return { ...outcome, plan };
  const { result, kept } = outcome;
  if (result.kind !== 'benchmark') {
    return { kind: 'failed', plan, code: 'AOS_INTERNAL', message: t('{0} is the result of a load test.', result.name) };
  }
  const complete = result.measurements.length > 0 && result.measurements.every(({ state }) => state === 'complete');
  return complete ? { kind: 'complete', result, kept } : { kind: 'incomplete', plan, result, kept };
}

function isWhole({ baseline }: BenchmarkResult): boolean {
  return baseline.filter(({ measured }) => measured !== null).length > baseline.length / 2;
}
