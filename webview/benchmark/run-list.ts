import { formatFigure } from '../../runtime/contracts/figures.ts';
import type { ResultSummary } from '../../runtime/contracts/results.ts';
import { simulatedTag } from '../charts/chart-figure.ts';
import { t } from '../l10n.ts';
import { createButton, createLink } from '../ui/button.ts';
import { createCheckbox } from '../ui/checkbox.ts';
import { h, icon } from '../ui/elements.ts';
import { engineFace, runName, whenText } from './history-facts.ts';
import { verdictCell } from './verdict-cell.ts';

export interface RunListActions {
  choose(id: string, on: boolean): void;
  open(run: ResultSummary): void;
  menu(id: string): void;
  annotate(id: string, note: string): void;
}

export interface RunMarks {
  chosen: readonly string[];
  /** A and B of those that are compared, by id. */
  letters: ReadonlyMap<string, string>;
  /** Id of the run that gives the Capacity Planner its figures. */
  plannerRun: string | null;
}

/** The kept runs, newest first. */
export function createRunList(runs: readonly ResultSummary[], marks: RunMarks, actions: RunListActions): HTMLElement {
  const head = [t('Run'), t('When'), t('Scenario'), t('Load'), t('p50 ms'), t('p95 ms'), t('Per s'), t('Engine')];
  const numbers = [0, 4, 5, 6];
  return h(
    'div',
    { class: 'wide' },
    h(
      'table',
      { class: 'runs' },
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          h('td'),
          ...head.map((text, i) =>
            h('th', { class: numbers.includes(i) ? 'number' : '', text, attributes: { scope: 'col' } }),
          ),
          h('th', { text: t('Verdict'), attributes: { scope: 'col' } }),
          h('th', { text: t('Note'), attributes: { scope: 'col' } }),
          h('td'),
        ),
      ),
      h('tbody', {}, ...runs.map((run) => createRun(run, marks, actions))),
    ),
  );
}

function createRun(run: ResultSummary, marks: RunMarks, actions: RunListActions): HTMLElement {
  const { id, number, kind, started_at, load, p50_ms, p95_ms, scenario, throughput_per_s, verdict } = run;
  const engine = engineFace(run);
  const chosen = marks.chosen.includes(id);
  const menu = createButton({
    ...{ label: t('More of run {0}', number), appearance: 'icon', icon: 'ellipsis', key: `menu-${id}` },
    onClick: () => actions.menu(id),
  });
  const open = createLink({ label: String(number), key: `open-${id}`, onClick: () => actions.open(run) });
  open.setAttribute('aria-label', t('Open run {0}', number));
  const row = h(
    'tr',
    { class: chosen ? 'chosen' : '' },
    h('td', { class: 'check' }, kind === 'benchmark' && createChoice(run, chosen, actions)),
    h('td', { class: 'number' }, open, h('span', { class: 'letter small', text: marks.letters.get(id) ?? '' })),
    h('td', { text: whenText(started_at, Date.now()) }),
    h('th', { attributes: { scope: 'row' } }, runName(run), id === marks.plannerRun && plannerTag()),
    h('td', { text: load }),
    numberCell(p50_ms),
    numberCell(p95_ms),
    numberCell(kind === 'benchmark' && scenario === null ? null : throughput_per_s),
    engine.kind === 'simulated' ? h('td', {}, simulatedTag()) : h('td', { class: 'quiet-text', text: engine.text }),
    h('td', {}, verdictCell(verdict)),
    h('td', {}, createNoteField(run, actions)),
    h('td', {}, menu.element),
  );
  row.dataset.run = id;
  return row;
}

const plannerTag = () =>
  h(
    'span',
    { class: 'tag planner', title: t('The Capacity Planner takes its figures from this run.') },
    icon('pulse'),
    t('planner baseline'),
  );

const numberCell = (value: number | null) =>
  h('td', { class: 'number strong', text: value === null ? '–' : formatFigure(value) });

function createChoice({ id, number }: ResultSummary, chosen: boolean, actions: RunListActions): HTMLElement {
  const checkbox = createCheckbox({
    ...{ label: t('Compare run {0}', number), labelHidden: true },
    onChange: (on) => actions.choose(id, on),
  });
  checkbox.element.dataset.key = `choose-${id}`;
  checkbox.setChecked(chosen);
  return checkbox.element;
}

function createNoteField({ id, number, note }: ResultSummary, actions: RunListActions): HTMLElement {
  const field = h('input', {
    class: 'note-field',
    attributes: { maxlength: '500', 'aria-label': t('Note of run {0}', number) },
  });
  field.value = note;
  field.placeholder = t('Add a note');
  field.dataset.key = `note-${id}`;
  field.addEventListener('change', () => actions.annotate(id, field.value.trim()));
  return field;
}
