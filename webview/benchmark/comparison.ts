import type { ScenarioId } from '../../runtime/contracts/benchmark.ts';
import type { ComparedRuns } from '../../runtime/contracts/benchmark-panel.ts';
import { formatFigure } from '../../runtime/contracts/figures.ts';
import type { ResultChange } from '../../runtime/contracts/result-comparison.ts';
import { formatCount } from '../../runtime/contracts/units.ts';
import { ChartFigure } from '../charts/chart-figure.ts';
import { t } from '../l10n.ts';
import { createButton } from '../ui/button.ts';
import { createDropdown } from '../ui/dropdown.ts';
import { h, icon } from '../ui/elements.ts';
import { createNote } from '../ui/note.ts';
import { Slot } from '../ui/slot.ts';
import {
  changeInterval,
  changeText,
  comparisonWarning,
  differencesText,
  readingFace,
  statisticName,
} from './history-facts.ts';
import { comparedChart } from './percentile-chart.ts';
import { scenarioName, usesModel } from './words.ts';

/** Two runs, A the earlier one unless they were swapped. */
export interface Compared extends ComparedRuns {
  numbers: { a: number; b: number };
}

export interface ComparisonPart {
  readonly element: HTMLElement;
  /** @param compared null: not two runs are chosen; a text: why they cannot be compared */
  update(compared: Compared | string | null): void;
}

/** Two runs beside each other: their curves, how sure their differences are, and what else differs. */
export function createComparison(swap: () => void): ComparisonPart {
  const chart = new ChartFigure();
  const top = new Slot(h('div', { class: 'compare-top' }));
  const side = new Slot(h('div', { class: 'compare-side' }));
  const body = h('div', { class: 'compare-body' }, chart.element, side.element);
  const element = h('section', { class: 'comparison' }, top.element, body);
  let chosen: ScenarioId | null = null;
  let shown: Compared | undefined;
  const draw = (compared: Compared) => {
    const scenarios = sharedScenarios(compared);
    const scenario = scenarios.find((one) => one === chosen) ?? scenarios[0];
    body.hidden = scenario === undefined;
    top.show([compared.before.id, compared.after.id, scenario], () => [
      createHead(compared, swap),
      ...(scenarios.length > 1
        ? [
            createChooser(scenarios, scenario!, (next) => {
              chosen = next;
              draw(compared);
            }),
          ]
        : []),
    ]);
    if (!scenario) return;
    const { before, after, numbers } = compared;
    const histogramOf = ({ measurements }: ComparedRuns['before']) =>
      measurements.find((one) => one.scenario === scenario)!.histogram;
    chart.update(
      comparedChart({
        a: { label: t('A: run {0}', numbers.a), histogram: histogramOf(before) },
        b: { label: t('B: run {0}', numbers.b), histogram: histogramOf(after) },
        simulated: after.conditions.engine === 'simulated' && usesModel(scenario),
      }),
    );
    side.show([before.id, after.id, scenario], () => [
      createTable(compared, scenario),
      h('p', { class: 'quiet-text', text: differencesText(compared.comparison) }),
    ]);
  };
  return {
    element,
    update(compared) {
      element.hidden = compared === null;
      if (compared === null || compared === shown) return;
      if (typeof compared === 'string') {
        shown = undefined;
        body.hidden = true;
        const title = t('These two cannot be compared.');
        top.show(compared, () => [createNote({ kind: 'warning', title, detail: [compared] })]);
        return;
      }
      shown = compared;
      draw(compared);
    },
  };
}

function sharedScenarios({ before, after }: ComparedRuns): ScenarioId[] {
  return after.measurements
    .map(({ scenario }) => scenario)
    .filter((scenario) => before.measurements.some((one) => one.scenario === scenario));
}

function createHead({ before, after, numbers }: Compared, swap: () => void): HTMLElement {
  const warning = comparisonWarning(before, after);
  const button = createButton({
    ...{ label: t('Swap'), appearance: 'secondary', icon: 'arrow-swap', key: 'swap' },
    onClick: swap,
  });
  return h(
    'div',
    { class: 'compare-head' },
    h('h2', { text: t('Run {0} compared with run {1}', numbers.b, numbers.a) }),
    warning === undefined
      ? h('span', { class: 'quiet-text', text: t('same scenario, same load, same machine') })
      : h('span', { class: 'tone verdict-cell unsure' }, icon('warning'), warning),
    h('span', { class: 'space' }),
    button.element,
  );
}

function createChooser(
  scenarios: readonly ScenarioId[],
  selected: ScenarioId,
  choose: (scenario: ScenarioId) => void,
): HTMLElement {
  const dropdown = createDropdown({ label: t('Measurement'), onChange: (value) => choose(value as ScenarioId) });
  dropdown.element.dataset.key = 'compare-scenario';
  dropdown.update(
    scenarios.map((value) => ({ value, label: scenarioName(value) })),
    selected,
  );
  return h('div', { class: 'chooser' }, h('span', { class: 'small', text: t('Measurement') }), dropdown.element);
}

function createTable({ before, after, comparison, numbers }: Compared, scenario: ScenarioId): HTMLElement {
  const changes = comparison.changes.filter((change) => change.scenario === scenario);
  const head = [t('ms'), t('A: {0}', numbers.a), t('B: {0}', numbers.b), t('Change'), t('95 % interval'), t('Reading')];
  const numeric = [1, 2, 3, 4];
  const errors = ({ measurements }: ComparedRuns['before']) =>
    measurements.find((one) => one.scenario === scenario)?.errors ?? 0;
  return h(
    'table',
    { class: 'changes' },
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        ...head.map((text, i) =>
          h('th', { class: numeric.includes(i) ? 'number' : '', text, attributes: { scope: 'col' } }),
        ),
      ),
    ),
    h('tbody', {}, ...changes.map(createChange), createErrors(errors(before), errors(after))),
  );
}

function createChange(change: ResultChange): HTMLElement {
  const { icon: name, text } = readingFace(change.reading);
  const clear = change.reading !== 'no clear difference';
  return h(
    'tr',
    {},
    h('th', { text: statisticName(change.statistic), attributes: { scope: 'row' } }),
    h('td', { class: 'number', text: formatFigure(change.before) }),
    h('td', { class: 'number strong', text: formatFigure(change.after) }),
    h('td', { class: 'number strong', text: changeText(change.change.value) }),
    h('td', { class: 'number quiet-text', text: changeInterval(change) }),
    h(
      'td',
      {},
      h(
        'span',
        { class: `tone verdict-cell ${change.reading.replaceAll(' ', '-')}` },
        icon(name),
        h('span', { class: clear ? 'strong' : 'quiet-text', text }),
      ),
    ),
  );
}

/** Counts: nothing says how sure their difference is. */
function createErrors(a: number, b: number): HTMLElement {
  const change = b - a;
  const text = change === 0 ? '0' : `${change < 0 ? '−' : '+'}${formatCount(Math.abs(change))}`;
  return h(
    'tr',
    {},
    h('th', { text: t('Errors'), attributes: { scope: 'row' } }),
    h('td', { class: 'number', text: formatCount(a) }),
    h('td', { class: 'number strong', text: formatCount(b) }),
    h('td', { class: 'number strong', text }),
    h('td', { attributes: { colspan: '2' } }),
  );
}
