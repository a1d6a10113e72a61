import { targets } from '../../runtime/contracts/baseline-targets.ts';
import type { BaselineRow, BenchmarkResult, Claim } from '../../runtime/contracts/benchmark.ts';
import { formatFigure } from '../../runtime/contracts/figures.ts';
import { t } from '../l10n.ts';
import { h } from '../ui/elements.ts';
import { Slot } from '../ui/slot.ts';
import { verdictCell } from './verdict-cell.ts';
import { intervalText, timeText } from './words.ts';

export interface BaselineTab {
  readonly element: HTMLElement;
  /** @param result null: nobody has measured the whole table yet */
  update(result: BenchmarkResult | null): void;
}

/** The guide's table beside what was measured, and its claims. */
export function createBaselineTab(): BaselineTab {
  const slot = new Slot(h('div', {}));
  return {
    element: slot.element,
    update(result) {
      const rows = result?.baseline ?? targets.map(unmeasured);
      slot.show([rows, result?.claims], () => [
        createTable(
          [t('Metric'), t('Guide’s target'), t('Measured'), t('95 % interval'), t('Verdict'), t('How it was measured')],
          rows.map(createRow),
        ),
        h('p', {
          class: 'small',
          text: t(
            'A row meets its target when the whole interval lies within it, misses it when the whole interval lies outside, and is unsure in between.',
          ),
        }),
        ...(result && result.claims.length > 0
          ? [
              h('h2', { text: t('Claims of the guide, measured here') }),
              createTable(
                [t('Claim'), t('Guide'), t('Measured'), '', '', t('How it was measured')],
                result.claims.map(createClaim),
              ),
            ]
          : []),
      ]);
    },
  };
}

const unmeasured = (target: (typeof targets)[number]): BaselineRow => ({
  ...target,
  ...{ measured: null, verdict: 'not_measured', note: '' },
});

function createTable(head: readonly string[], rows: readonly HTMLElement[]): HTMLElement {
  const classes = ['', 'number', 'number', 'number interval', 'verdict-column', 'how'];
  return h(
    'table',
    { class: 'baseline' },
    h(
      'thead',
      {},
      h('tr', {}, ...head.map((text, i) => h('th', { class: classes[i], text, attributes: { scope: 'col' } }))),
    ),
    h('tbody', {}, ...rows),
  );
}

function createRow({ metric, target, measured, verdict, note }: BaselineRow): HTMLElement {
  return h(
    'tr',
    { title: note },
    h('th', { text: metric, attributes: { scope: 'row' } }),
    h('td', { class: 'number', text: target }),
    h('td', { class: 'number strong', text: measured ? timeText(measured.value) : '–' }),
    h('td', { class: 'number quiet-text interval', text: measured ? intervalText(measured) : '–' }),
    h('td', { class: 'verdict-column' }, verdictCell(verdict)),
    h('td', { class: 'small how', text: note }),
  );
}

/** A claim is one figure, without an interval: it is shown, and not judged. */
function createClaim({ claim, guide, measured, unit, note }: Claim): HTMLElement {
  const text = measured === null ? '–' : `${formatFigure(measured)}${unit === '×' ? '' : ' '}${unit}`;
  return h(
    'tr',
    { title: note },
    h('th', { text: claim, attributes: { scope: 'row' } }),
    h('td', { class: 'number', text: guide }),
    h('td', { class: 'number strong', text }),
    h('td', { class: 'interval' }),
    h('td', { class: 'verdict-column' }),
    h('td', { class: 'small how', text: note }),
  );
}
