import path from 'node:path';
import * as vscode from 'vscode';
import { measuredFromBenchmark } from '../../../runtime/capacity/from-benchmark.ts';
import type { BenchmarkConfig, BenchmarkPlan } from '../../../runtime/contracts/benchmark-panel.ts';
import { setBenchmarkRunning, setHasBenchmark } from '../../context-keys.ts';
import { t } from '../../l10n.ts';
import { settings } from '../../manifest.ts';
import { setting } from '../../settings.ts';
import type { Studio } from '../../studio.ts';
import { readPlannerBaseline, writePlannerBaseline } from '../capacity/planner-baseline.ts';
import { measuringJob, suggestedLoads } from './benchmark-loads.ts';
import { BenchmarkSession, type BenchmarkSessionOptions } from './benchmark-session.ts';
import { reportEnd } from './end-notice.ts';
import { startMeasuring } from './measuring-process.ts';
import { RunSigns } from './run-signs.ts';
import { TargetChoice } from './target-choice.ts';

type Listener = Pick<BenchmarkSessionOptions, 'onRun' | 'onProgress' | 'onShown' | 'onHistory'>;

/** The panel, as far as the window's benchmark knows it. */
export interface BenchmarkView extends Listener {
  readonly visible: boolean;
  onTarget(): void;
}

/** The window's one benchmark: what is measured, with which fields, and who looks on. It outlives the panel. */
export class WindowBenchmark implements vscode.Disposable {
  readonly session: BenchmarkSession;
  readonly target: TargetChoice;
  readonly #studio: Studio;
  readonly #signs: RunSigns;
  readonly #subscriptions: vscode.Disposable;
  /** What the fields of the panel say; null: it was not opened yet. */
  config: BenchmarkConfig | null = null;
  #view: BenchmarkView | undefined;

  constructor(studio: Studio) {
    this.#studio = studio;
    this.target = new TargetChoice(studio);
    this.session = new BenchmarkSession({
      job: async (plan) => measuringJob(plan, await this.target.forJob(), this.historyLimit),
      measure: (job, onProgress) =>
        startMeasuring({ ...measuringPlace(studio), job, onProgress, onLog: (record) => studio.log.write(record) }),
      results: () => this.target.client(),
      historyLimit: () => this.historyLimit,
      plannerRun: () => this.plannerRun,
      onRun: (run) => {
        setBenchmarkRunning(run.kind === 'running');
        this.#view?.onRun(run);
        this.updateSigns();
      },
      onProgress: (progress) => {
        this.#view?.onProgress(progress);
        this.updateSigns();
      },
      onShown: (result) => this.#view?.onShown(result),
      onHistory: (history) => {
        if (history.runs) setHasBenchmark(history.runs.some(({ kind }) => kind === 'benchmark'));
        this.#view?.onHistory(history);
      },
      onEnd: (end) => reportEnd(studio, end, this.seen),
      onError: (message, error) => studio.log.error('benchmark', message, error),
    });
    this.#signs = new RunSigns(() => this.session.cancel());
    this.#subscriptions = vscode.Disposable.from(
      this.#signs,
      studio.onStateChange((state) => {
        this.#view?.onTarget();
        if (state.kind === 'running') void this.session.refresh();
      }),
      studio.onLiveChange(() => this.#view?.onTarget()),
    );
  }

  get historyLimit(): number {
    return setting(settings.benchmarkHistoryLimit, this.#studio.folder.workspace.folder);
  }

  get plannerRun(): string | null {
    return readPlannerBaseline(this.#studio.context.workspaceState);
  }

  get loads() {
    return suggestedLoads({
      requests: setting(settings.benchmarkRequests),
      warmUpS: setting(settings.benchmarkWarmupSeconds),
      ratePerS: setting(settings.benchmarkRate),
    });
  }

  /** Whether a person sees the panel now. */
  get seen(): boolean {
    return this.#view?.visible ?? false;
  }

  /** At most one panel looks on. */
  show(view: BenchmarkView | undefined): void {
    this.#view = view;
    this.updateSigns();
  }

  updateSigns(): void {
    this.#signs.update(this.session.run, this.seen);
  }

  /** Starts a run, after a question if the load goes to another machine. @throws Cancelled */
  async run(plan: BenchmarkPlan): Promise<void> {
    await this.target.confirmLoad(t('The benchmark sends its requests to a runtime that is not on this machine.'));
    await this.session.start(plan);
  }

  /**
   * The Capacity Planner takes its figures from this run; null: from the newest again.
   * @throws Error, AosError if it cannot take them: another runtime's, simulated, or nothing of use
   */
  async setPlannerRun(id: string | null): Promise<void> {
    if (id !== null) {
      if (!this.target.isOwn) throw new Error(t('The planner takes only runs of the runtime of this window.'));
      measuredFromBenchmark(await this.session.benchmark(id));
    }
    await writePlannerBaseline(this.#studio.context.workspaceState, id);
    await this.session.refresh();
  }

  /** What the fields say, or would say. */
  currentConfig(part: Partial<BenchmarkConfig> = {}): BenchmarkConfig {
    const scenario = part.scenario ?? this.config?.scenario ?? 'inference-uncached';
    const load = this.loads[scenario === 'baseline' ? 'inference-uncached' : scenario];
    const fields = this.config ?? { ...load, scenario, agentId: null, mode: setting(settings.benchmarkLoad) };
    return { ...fields, ...(scenario === fields.scenario ? {} : load), ...part, scenario };
  }

  async pickTarget(): Promise<void> {
    if (this.session.run.kind === 'running') throw new Error(t('A benchmark is running already.'));
    await this.target.pick();
    this.session.forget();
    this.#view?.onTarget();
    await this.session.refresh();
  }

  dispose(): void {
    this.session.cancel();
    this.#subscriptions.dispose();
  }
}

/** Where the process that measures runs. */
export function measuringPlace(studio: Studio): { main: string; cwd: string; logLevel: string } {
  const { extensionPath } = studio.context;
  return {
    main: path.join(extensionPath, 'dist', 'runtime', 'main.js'),
    cwd: studio.folder.workspace.folder ?? extensionPath,
    logLevel: setting(settings.logLevel),
  };
}

let opened: WindowBenchmark | undefined;

export function windowBenchmark(studio: Studio): WindowBenchmark {
  if (!opened) {
    opened = new WindowBenchmark(studio);
    studio.context.subscriptions.push(opened);
  }
  return opened;
}
