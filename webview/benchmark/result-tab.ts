import type { ScenarioId } from '../../runtime/contracts/benchmark.ts';
import { ChartFigure, simulatedTag } from '../charts/chart-figure.ts';
import { t } from '../l10n.ts';
import { createButton } from '../ui/button.ts';
import { createDropdown } from '../ui/dropdown.ts';
import { type Child, h } from '../ui/elements.ts';
import { Slot } from '../ui/slot.ts';
import type { BenchmarkModel, Screen } from './benchmark-model.ts';
import { type Drawn, distributionChart, latencyChart } from './chart-specs.ts';
import { drawnResult, drawnRun } from './drawn.ts';
import { percentileChart } from './percentile-chart.ts';
import { createStateBox } from './state-box.ts';
import { type BoxAction, stateBoxOf } from './state-box-facts.ts';
import { createTracesLink } from './traces-link.ts';
import { scenarioName, timeText, usesModel } from './words.ts';

export interface ResultTabActions {
  act(action: BoxAction): void;
  choose(scenario: ScenarioId): void;
  copyReport(): void;
  /** Shows the traces of the slowest requests. */
  showSlow(): void;
}

export interface ResultTab {
  readonly element: HTMLElement;
  /** @param noTraces why those of the slowest requests cannot be shown; null: they can */
  update(model: BenchmarkModel, screen: Screen, noTraces: string | null): void;
}

/** The charts of the run or of the result that is shown; in their place a box that says why there is none. */
export function createResultTab(actions: ResultTabActions): ResultTab {
  const box = new Slot(h('div', {}));
  const chooser = createDropdown({
    label: t('Measurement'),
    onChange: (value) => actions.choose(value as ScenarioId),
  });
  const chooserRow = h(
    'div',
    { class: 'chooser' },
    h('span', { class: 'small', text: t('Measurement') }),
    chooser.element,
  );
  const latency = new ChartFigure();
  const curve = new ChartFigure();
  const distribution = new ChartFigure();
  const report = new Slot(h('section', { class: 'report' }));
  const slowest = new Slot(h('p', { class: 'small slowest' }));
  const spread = h('div', {}, distribution.element, slowest.element);
  const charts = h('div', { class: 'charts' }, latency.element, curve.element, spread, report.element);
  const element = h('div', {}, chooserRow, charts, box.element);
  let drawnKey = '';
  const draw = (key: string, drawn: () => Drawn) => {
    // A chart is drawn anew only when what it shows is new.
    if (key === drawnKey) return;
    drawnKey = key;
    const shown = drawn();
    latency.update(latencyChart(shown));
    curve.update(percentileChart(shown));
    distribution.update(distributionChart(shown));
  };
  return {
    element,
    update(model, screen, noTraces) {
      const stateBox = stateBoxOf(model);
      const incomplete = model.run.kind === 'incomplete';
      box.element.hidden = screen.kind !== 'box' && !(screen.kind === 'result' && screen.part);
      if (!box.element.hidden) {
        box.show([stateBox, model.partShown], () => [
          createStateBox(stateBox, incomplete && model.partShown, actions.act),
        ]);
      }
      charts.hidden = screen.kind === 'box';
      const several = screen.kind === 'result' ? screen.result.measurements : [];
      chooserRow.hidden = several.length < 2;
      if (screen.kind === 'result') {
        const { result, measurement, part } = screen;
        chooser.update(
          several.map(({ scenario }) => ({ value: scenario, label: scenarioName(scenario) })),
          measurement.scenario,
        );
        draw(JSON.stringify([result.id, measurement.scenario, part]), () => drawnResult(result, measurement, part));
      } else if (screen.kind === 'running') {
        const { progress, windows } = screen.run;
        const key = [progress?.scenario, progress?.done, progress?.phase, windows.length, progress?.elapsed_s];
        draw(JSON.stringify(key), () => drawnRun(screen.run, model.target));
      }
      slowest.show(slowestText(screen) && [slowestText(screen), noTraces], () =>
        createSlowest(screen, noTraces, actions),
      );
      report.show(reportFacts(screen), () => createReport(screen, actions.copyReport));
    },
  };
}

/** What stands under the distribution; null: nothing was answered. */
function slowestText(screen: Screen): string | null {
  const latency = screen.kind === 'result' ? screen.measurement.latency : null;
  return latency && t('The slowest took {0}.', timeText(latency.max_ms));
}

function createSlowest(screen: Screen, noTraces: string | null, { showSlow }: ResultTabActions): Child[] {
  const text = slowestText(screen);
  return text === null ? [] : [`${text} `, createTracesLink('slow', noTraces, showSlow)];
}

function reportFacts(screen: Screen): unknown {
  if (screen.kind === 'box') return null;
  if (screen.kind === 'running') return screen.run.plan.config.mode;
  return [screen.result.id, screen.measurement.scenario];
}

/** The guide's block to the letter, or why there is none. */
function createReport(screen: Screen, copy: () => void): HTMLElement[] {
  if (screen.kind === 'box') return [];
  const title = h('span', { class: 'chart-title', text: t('Guide’s report') });
  const report = screen.kind === 'result' ? screen.measurement.guide_report : null;
  if (screen.kind === 'running' || report === null) {
    const serial = screen.kind === 'running' && screen.run.plan.config.mode === 'serial';
    const why = serial
      ? t('The guide’s report is written when the run is done.')
      : t(
          'Only the serial load, the guide’s own loop, writes the guide’s report: it cannot see what happens while it waits.',
        );
    return [h('div', { class: 'caption' }, title), h('p', { class: 'small', text: why })];
  }
  const simulated = screen.result.conditions.engine === 'simulated' && usesModel(screen.measurement.scenario);
  const button = createButton({
    label: t('Copy'),
    appearance: 'icon',
    icon: 'copy',
    key: 'copy-report',
    onClick: copy,
  });
  const interpolated = screen.measurement.latency?.p95.value;
  return [
    h('div', { class: 'caption' }, title, simulated && simulatedTag(), h('span', { class: 'space' }), button.element),
    h('pre', { text: report, attributes: { tabindex: '0' } }),
    h(
      'p',
      { class: 'small' },
      t('P95 is'),
      ' ',
      h('code', { text: 'sorted[int(n × 0.95)]' }),
      t(', as the guide defines it.'),
      interpolated === undefined ? '' : ` ${t('By nearest rank it is {0}.', timeText(interpolated))}`,
    ),
  ];
}
