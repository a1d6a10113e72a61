import type { BenchmarkResult, ScenarioId } from '../../runtime/contracts/benchmark.ts';
import {
  type BenchmarkConfig,
  type BenchmarkPanelContract,
  type BenchmarkTab,
  type BenchmarkWish,
  benchmarkTabs,
  progressShare,
  type TracesKind,
  withProgress,
} from '../../runtime/contracts/benchmark-panel.ts';
import type { Params, Result } from '../../runtime/contracts/panel-rpc.ts';
import type { ResultSummary } from '../../runtime/contracts/results.ts';
import { t } from '../l10n.ts';
import type { RpcClient } from '../rpc/client.ts';
import { h } from '../ui/elements.ts';
import { createNote } from '../ui/note.ts';
import { Slot } from '../ui/slot.ts';
import { createTabs } from '../ui/tabs.ts';
import { createBanner } from './banner.ts';
import { createBaselineTab } from './baseline-tab.ts';
import { type BenchmarkModel, baselineOf, numberOf, type Screen, screenOf } from './benchmark-model.ts';
import { createConditions } from './conditions.ts';
import { withScenario } from './config-facts.ts';
import { createConfigRow } from './config-row.ts';
import { resultFigures, runningFigures } from './figures-facts.ts';
import { createGoneNote } from './gone-note.ts';
import { createHeader } from './header.ts';
import { whenText, withChosen } from './history-facts.ts';
import { createHistoryTab } from './history-tab.ts';
import { createProgress } from './progress.ts';
import { createResultTab } from './result-tab.ts';
import { RunComparison } from './run-comparison.ts';
import type { SavedState } from './saved-state.ts';
import { type BoxAction, stateBoxOf } from './state-box-facts.ts';
import { TraceReasons } from './trace-reasons.ts';
import { baselineVerdict, nextSteps, resultVerdict, runningVerdict } from './verdict-facts.ts';
import { createVerdictStrip } from './verdict-strip.ts';

type Requests = BenchmarkPanelContract['requests'];
type Opened = Result<BenchmarkPanelContract, 'open'>;

export interface BenchmarkViewOptions {
  rpc: RpcClient<BenchmarkPanelContract>;
  root: HTMLElement;
  opened: Opened;
  saved: SavedState;
  save(state: SavedState): void;
  onError(error: unknown): void;
}

/** Esc cancels a run when it is pressed twice within this. */
const ESCAPE_MS = 3000;
/**
 * A run that goes on is drawn with every second report, which come each half second: with every one it takes twice the time
 * of the processor, and nobody reads figures so fast.
 */
const LIVE_MS = 750;

/** The whole panel: what is measured, whether it is good enough, and why. */
export class BenchmarkView {
  readonly #options: BenchmarkViewOptions;
  readonly #page = h('div', { class: 'page' });
  readonly #header = createHeader({
    pickTarget: () => this.#request('pickTarget', {}),
    export: () => this.#request('export', { id: null }),
  });
  readonly #banner = new Slot(h('div', {}));
  readonly #failure = new Slot(h('div', {}));
  readonly #gone = new Slot(h('div', {}));
  readonly #configRow: ReturnType<typeof createConfigRow>;
  readonly #progress = createProgress();
  readonly #conditions: ReturnType<typeof createConditions>;
  readonly #strip = new Slot(h('div', { class: 'strip' }));
  readonly #tabs = createTabs<BenchmarkTab>({
    label: t('What is shown'),
    tabs: [
      { value: 'result', label: t('Result') },
      { value: 'baseline', label: t('Baseline') },
      { value: 'history', label: t('History') },
    ],
    onChange: (tab) => this.#show({ tab }),
  });
  readonly #resultTab = createResultTab({
    act: (action) => this.#act(action),
    choose: (scenario) => this.#show({ scenario }),
    copyReport: () => this.#request('copyReport', {}),
    showSlow: () => this.#showTraces('slow'),
  });
  readonly #baselineTab = createBaselineTab();
  readonly #historyTab = createHistoryTab({
    choose: (id, on) => this.#choose(withChosen(this.#saved.chosen, id, on)),
    open: (run) => this.#openRun(run),
    menu: (id) => this.#request('rowMenu', { id }),
    annotate: (id, note) => this.#request('annotate', { id, note }),
    swap: () => this.#comparison.swap(this.#saved.chosen, this.#runs),
  });
  readonly #panels: Record<BenchmarkTab, HTMLElement>;
  readonly #spoken = h('div', { class: 'spoken', attributes: { 'aria-live': 'polite' } });
  readonly #comparison: RunComparison;
  readonly #traces: TraceReasons;
  #model: BenchmarkModel;
  #saved: SavedState;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #escapedAt = Number.NEGATIVE_INFINITY;

  constructor(options: BenchmarkViewOptions) {
    const { root, opened, saved, rpc } = options;
    const { target, run, shown, history, loads, mode } = opened;
    this.#options = options;
    this.#saved = saved;
    const config = saved.config ??
      opened.config ?? { ...loads['inference-uncached'], scenario: 'inference-uncached', agentId: null, mode };
    this.#model = { target, run, shown, history, config, scenario: saved.scenario, partShown: false };
    this.#comparison = new RunComparison(rpc, () => this.#draw());
    this.#traces = new TraceReasons(rpc, () => this.#draw());
    this.#configRow = createConfigRow(loads, {
      change: (next) => this.#configure(next),
      run: () => this.#run(),
      cancel: () => this.#request('cancel', {}),
    });
    this.#conditions = createConditions(saved.conditionsOpen, (conditionsOpen) => this.#save({ conditionsOpen }));
    const contents = { result: this.#resultTab, baseline: this.#baselineTab, history: this.#historyTab };
    this.#panels = Object.fromEntries(
      benchmarkTabs.map((tab) => [tab, tabPanel(tab, contents[tab].element)]),
    ) as Record<BenchmarkTab, HTMLElement>;
    this.#page.append(
      this.#header.element,
      this.#banner.element,
      this.#failure.element,
      this.#gone.element,
      this.#configRow.element,
      this.#progress.element,
      this.#conditions.element,
      this.#strip.element,
      this.#tabs.element,
      ...benchmarkTabs.map((tab) => this.#panels[tab]),
      this.#spoken,
    );
    root.replaceChildren(this.#page);
    this.#listen();
    this.#request('configured', config);
    this.#wish(opened.wish);
    this.#draw();
    void this.#comparison.update(this.#saved.chosen, this.#runs);
    this.#keepPlace();
  }

  #listen(): void {
    const { rpc } = this.#options;
    rpc.on('target', (target) => this.#update({ target }));
    rpc.on('run', (run) => this.#update({ run, partShown: false }));
    rpc.on('progress', (progress) => {
      const { run } = this.#model;
      if (run.kind !== 'running') return;
      this.#model = { ...this.#model, run: withProgress(run, progress) };
      if (performance.now() - this.#drawnAt >= LIVE_MS) this.#draw();
    });
    rpc.on('shown', ({ result }) => {
      this.#save({ shownId: result?.id ?? null });
      this.#update({ shown: result });
      if (result) this.#say(this.#verdictOf(result));
    });
    rpc.on('history', (history) => {
      this.#update({ history });
      void this.#comparison.update(this.#saved.chosen, this.#runs);
    });
    rpc.on('wish', (wish) => this.#wish(wish));
    document.addEventListener('keydown', (event) => this.#onKey(event));
  }

  #draw(): void {
    this.#drawnAt = performance.now();
    const { target, run, config, shown, history } = this.#model;
    const { tab } = this.#saved;
    const screen = screenOf(this.#model);
    this.#traces.look(screen, target.state === 'running');
    const running = run.kind === 'running' ? run : null;
    const baseline = baselineOf(this.#model);
    this.#header.update(target, { running: running !== null, hasResult: shown !== null || run.kind === 'incomplete' });
    this.#banner.show([target.engine, config.scenario], () =>
      createBanner(target.engine, config.scenario, () => this.#request('useModel', {})),
    );
    this.#gone.show([target.state, target.stoppedAt, screen.kind === 'result'], () =>
      screen.kind === 'result' ? [createGoneNote(target, (action) => this.#act(action))] : [],
    );
    const box = screen.kind === 'box' && stateBoxOf(this.#model);
    this.#configRow.update({
      ...{ config: running?.plan.config ?? config, target, running },
      cannotRun: target.state === 'running' ? null : t('No runtime is running.'),
      secondary: box !== false && box.primary && tab === 'result',
    });
    this.#progress.update(running, running ? progressShare(running) : 0);
    const result = tab === 'baseline' ? baseline : screen.kind === 'result' ? screen.result : null;
    this.#conditions.update(tab === 'history' ? null : result);
    this.#drawStrip(screen, baseline);
    this.#tabs.update(tab, {
      baseline: baseline ? t('{0} of {1}', baseline.baseline.filter(meets).length, baseline.baseline.length) : '',
      history: history.runs ? String(history.runs.length) : '',
    });
    for (const one of benchmarkTabs) this.#panels[one].hidden = one !== tab;
    // A chart that is hidden has no width, and draws itself when it gets one.
    if (tab === 'result') this.#resultTab.update(this.#model, screen, this.#traces.reasons.slow);
    else if (tab === 'baseline') this.#baselineTab.update(baseline);
    else {
      const answers = target.state === 'running';
      const { runs, plannerRun } = history;
      const { compared } = this.#comparison;
      this.#historyTab.update({ runs, plannerRun, answers, chosen: this.#saved.chosen, compared });
    }
  }

  /** Of the tab that is shown: its verdict, and the figures or what to do next. */
  #drawStrip(screen: Screen, baseline: BenchmarkResult | null): void {
    const { target } = this.#model;
    const { tab } = this.#saved;
    const strip = () => {
      if (tab === 'history') return null;
      if (tab === 'baseline') {
        if (!baseline) return null;
        return { verdict: baselineVerdict(baseline, this.#when(baseline)), figures: [], steps: nextSteps(baseline) };
      }
      if (screen.kind === 'box') return null;
      if (screen.kind === 'running') {
        const verdict = runningVerdict(screen.run, target.engine === 'simulated');
        return { verdict, figures: runningFigures(screen.run), steps: [] };
      }
      const { result, measurement, part } = screen;
      const verdict = resultVerdict(result, measurement, this.#when(result), part);
      return { verdict, figures: resultFigures(measurement, this.#traces.reasons.errors), steps: [] };
    };
    const facts = strip();
    this.#strip.element.hidden = facts === null;
    this.#strip.show(facts, () =>
      facts
        ? createVerdictStrip(facts.verdict, facts.figures, facts.steps, {
            measureLonger: ({ longer }) => this.#run(longer),
            showErrors: () => this.#showTraces('errors'),
          })
        : [],
    );
  }

  /** Of what is measured now, or of the result that is shown. */
  #showTraces(kind: TracesKind): void {
    const screen = screenOf(this.#model);
    if (screen.kind === 'running' && screen.run.progress) {
      this.#request('showTraces', { id: null, scenario: screen.run.progress.scenario, kind });
    } else if (screen.kind === 'result') {
      this.#request('showTraces', { id: screen.result.id, scenario: screen.measurement.scenario, kind });
    }
  }

  get #runs(): readonly ResultSummary[] {
    return this.#model.history.runs ?? [];
  }

  /** `Run 11, Today 11:20` */
  #when({ id, started_at }: BenchmarkResult): string {
    const number = numberOf(this.#model, id);
    const when = whenText(started_at, Date.now());
    return number === undefined ? when : t('Run {0}, {1}', number, when);
  }

  #verdictOf(result: BenchmarkResult): string {
    const screen = screenOf(this.#model);
    if (result.measurements.length > 1) return baselineVerdict(result, '').title;
    return screen.kind === 'result' ? resultVerdict(result, screen.measurement, '', screen.part).title : '';
  }

  /** @param longer only these of the baseline, for longer; null: what the fields say */
  #run(longer: ScenarioId[] | null = null): void {
    const { target, run, config } = this.#model;
    if (target.state !== 'running' || run.kind === 'running' || this.#configRow.invalid) return;
    this.#show({ tab: 'result', scenario: null });
    this.#request('run', { config, longer });
  }

  #act(action: BoxAction): void {
    switch (action.kind) {
      case 'runAgain':
        this.#runAgain();
        break;
      case 'runAt':
        this.#configure({ ...this.#model.config, ratePerS: action.ratePerS });
        this.#run();
        break;
      case 'runBaseline':
        this.#configure({ ...this.#model.config, scenario: 'baseline' });
        this.#run();
        break;
      case 'showPart':
      case 'showRaw':
        this.#update({ partShown: !this.#model.partShown });
        break;
      default:
        this.#request(action.kind, {});
    }
  }

  /** As it was asked for, whatever the fields say by now. */
  #runAgain(): void {
    const { run } = this.#model;
    if (run.kind !== 'incomplete' && run.kind !== 'failed') return;
    this.#configure(run.plan.config);
    this.#run(run.plan.longer);
  }

  #configure(config: BenchmarkConfig): void {
    this.#save({ config });
    this.#update({ config });
    this.#request('configured', config);
  }

  #openRun({ id, kind }: ResultSummary): void {
    // That of a load test is a document, which the menu opens.
    if (kind === 'load') {
      this.#request('rowMenu', { id });
      return;
    }
    this.#show({ tab: 'result', scenario: null });
    this.#request('show', { id });
  }

  #choose(chosen: string[]): void {
    this.#show({ chosen });
    void this.#comparison.choose(chosen, this.#runs);
  }

  /** What a command wants to see. */
  #wish({ tab, scenario, agentId, compare }: BenchmarkWish): void {
    if (scenario !== null || agentId !== null) {
      const { config } = this.#model;
      const next = scenario === null ? config : withScenario(config, scenario, this.#options.opened.loads);
      this.#configure({ ...next, agentId: agentId ?? next.agentId });
    }
    if (tab !== null) this.#show({ tab });
    if (compare !== null) this.#choose([...compare]);
  }

  #onKey(event: KeyboardEvent): void {
    const { run } = this.#model;
    if (event.key !== 'Escape' || run.kind !== 'running' || run.cancelling) return;
    if (event.timeStamp - this.#escapedAt < ESCAPE_MS) this.#request('cancel', {});
    else {
      this.#escapedAt = event.timeStamp;
      this.#progress.hint(t('Press Esc again to cancel.'));
      this.#say(t('Press Esc again to cancel.'));
    }
  }

  /** Changes what is shown, for the next reload too. */
  #show(part: Partial<SavedState>): void {
    this.#save(part);
    if (part.scenario !== undefined) this.#model = { ...this.#model, scenario: part.scenario };
    this.#draw();
  }

  #update(part: Partial<BenchmarkModel>): void {
    this.#model = { ...this.#model, ...part };
    this.#draw();
  }

  #say(text: string): void {
    this.#spoken.textContent = text;
  }

  #keepPlace(): void {
    this.#page.scrollTop = this.#saved.top;
    this.#page.addEventListener('scroll', () => this.#save({ top: this.#page.scrollTop }), { passive: true });
  }

  #save(part: Partial<SavedState>): void {
    this.#saved = { ...this.#saved, ...part };
    this.#options.save(this.#saved);
  }

  #request<M extends keyof Requests & string>(method: M, params: Params<BenchmarkPanelContract, M>): void {
    this.#options.rpc.request(method, params).then(
      () => this.#failure.show(null, () => []),
      (error: unknown) => {
        this.#options.onError(error);
        const title = error instanceof Error ? error.message : String(error);
        this.#failure.show(title, () => [createNote({ kind: 'error', title })]);
      },
    );
  }
}

const meets = ({ verdict }: BenchmarkResult['baseline'][number]) => verdict === 'meets';

function tabPanel(tab: BenchmarkTab, content: HTMLElement): HTMLElement {
  const attributes = { role: 'tabpanel', id: `${tab}-panel`, 'aria-labelledby': `${tab}-tab` };
  return h('div', { class: 'tab-panel', attributes }, content);
}
