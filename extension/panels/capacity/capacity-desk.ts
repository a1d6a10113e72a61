import path from 'node:path';
import * as vscode from 'vscode';
import { GUIDE_HEADROOM } from '../../../runtime/capacity/limits.ts';
import type { CapacityState } from '../../../runtime/contracts/capacity-panel.ts';
import { setHasBenchmark } from '../../context-keys.ts';
import { t } from '../../l10n.ts';
import { CONFIG_FILE, settings } from '../../manifest.ts';
import { onSettingChange, setting } from '../../settings.ts';
import type { Studio } from '../../studio.ts';
import { CapacitySession, type WorkspaceFacts } from './capacity-session.ts';
import { benchmarkResult, type LastResults, lastResults } from './last-results.ts';
import { PlanBook } from './plan-book.ts';
import { readPlannerBaseline } from './planner-baseline.ts';
import { PriceShelf } from './price-shelf.ts';
import { readWorkspaceFacts } from './workspace-facts.ts';

/** While someone types in aos.json the advice waits. */
const SETTLE_MS = 300;

let desk: Promise<CapacityDesk> | undefined;

/** The window's planner, with what it looks at; the panel and the commands share it. */
export function openDesk(studio: Studio): Promise<CapacityDesk> {
  desk ??= CapacityDesk.open(studio);
  return desk;
}

/** Keeps the planner's session up to date with VS Code: aos.json, the runtime's results, settings. */
export class CapacityDesk {
  readonly session: CapacitySession;
  readonly prices: PriceShelf;
  readonly #studio: Studio;
  readonly #changed = new vscode.EventEmitter<CapacityState>();
  #facts: WorkspaceFacts = {};
  #results: LastResults | undefined;
  #settling: ReturnType<typeof setTimeout> | undefined;

  readonly onState = this.#changed.event;

  static async open(studio: Studio): Promise<CapacityDesk> {
    const opened = new CapacityDesk(studio);
    await Promise.all([opened.prices.load(), opened.#readFacts(), opened.lookForResults()]);
    return opened;
  }

  private constructor(studio: Studio) {
    this.#studio = studio;
    const { context, log } = studio;
    this.prices = new PriceShelf({
      folder: path.join(context.globalStorageUri.fsPath, 'prices'),
      url: () => setting(settings.pricesUrl) || undefined,
      onChange: () => this.session.refresh(),
      onError: (message, error) => log.error('capacity', message, error),
    });
    this.session = new CapacitySession({
      plans: new PlanBook(context.workspaceState, startInputs),
      prices: this.prices,
      memory: context.workspaceState,
      facts: () => ({ ...this.#facts, lastLoadTestAt: this.#results?.loadTestAt }),
      noBenchmark: () => this.#noBenchmark(),
      pricesMaxAgeDays: () => setting(settings.pricesMaxAgeDays),
      now: () => new Date(),
      onChange: (state) => this.#changed.fire(state),
    });
    this.#watch();
  }

  get folder(): string | undefined {
    return this.#studio.folder.workspace.folder;
  }

  /**
   * Fills inputs of the plan that is shown with the run that was set as baseline, else with the newest of a real engine.
   * @throws Error that says why there is none; AosError AOS_BAD_REQUEST if it measured nothing of use
   */
  async useBenchmark(): Promise<void> {
    await this.lookForResults();
    const run = this.#results?.benchmark;
    if (!run) throw new Error(this.#noBenchmark() ?? t('There is no benchmark yet. Run one with a model first.'));
    const { endpoint } = await this.#studio.client();
    const result = await benchmarkResult(endpoint, run.id);
    const name = this.#results?.isBaseline ? t('{0} (your baseline)', run.number) : String(run.number);
    this.session.useBenchmark(this.session.plans.edited.id, result, name);
  }

  async lookForResults(): Promise<void> {
    const { state, log, context } = this.#studio;
    try {
      const baseline = readPlannerBaseline(context.workspaceState);
      this.#results =
        state.kind === 'running' ? await lastResults((await this.#studio.client()).endpoint, baseline) : undefined;
    } catch (error) {
      this.#results = undefined;
      log.error('capacity', 'The results that the runtime keeps could not be read.', error);
    }
    if (this.#results) setHasBenchmark(this.#results.hasBenchmarks);
  }

  /** Results may have come since: a person who looks at the panel again wants the newest. */
  async lookAgain(): Promise<void> {
    await this.lookForResults();
    this.session.refresh();
  }

  #noBenchmark(): string | null {
    if (this.#results?.benchmark) return null;
    if (this.#studio.state.kind !== 'running') return t('The runtime keeps the results: start it first.');
    return this.#results?.isSimulated
      ? t('Your last run was simulated. Run the benchmark with a model first.')
      : t('There is no benchmark yet. Run one with a model first.');
  }

  #watch(): void {
    const { context, folder } = this.#studio;
    const isConfig = (file: string) => this.folder !== undefined && file === path.join(this.folder, CONFIG_FILE);
    const settle = () => {
      clearTimeout(this.#settling);
      this.#settling = setTimeout(() => void this.#readFacts().then(() => this.session.refresh()), SETTLE_MS);
    };
    context.subscriptions.push(
      this.#changed,
      { dispose: () => clearTimeout(this.#settling) },
      folder.onChange(settle),
      vscode.workspace.onDidChangeTextDocument(({ document }) => isConfig(document.fileName) && settle()),
      this.#studio.onStateChange(() => void this.lookAgain()),
      onSettingChange([settings.pricesMaxAgeDays], () => this.session.refresh()),
    );
  }

  async #readFacts(): Promise<void> {
    const { hasConfig, folder } = this.#studio.folder.workspace;
    this.#facts = hasConfig && folder !== undefined ? await readWorkspaceFacts(this.#studio, folder) : {};
  }
}

/** Another headroom than the guide's in the settings is a person's. */
function startInputs() {
  const headroom = setting(settings.capacityHeadroom);
  return headroom === GUIDE_HEADROOM ? {} : { headroom };
}
