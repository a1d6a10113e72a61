import type { ShownPlan } from '../../runtime/contracts/shown-plan.ts';
import { t } from '../l10n.ts';
import { createButton } from '../ui/button.ts';
import { h } from '../ui/elements.ts';
import { type CompareRow, compareSections, compareTotals } from './compare-rows.ts';
import { columnHead, rowHead } from './headline.ts';

/** Two plans in one table, and which of them goes on. */
export function createComparison(a: ShownPlan, b: ShownPlan, keep: (plan: string) => void): HTMLElement {
  const rows = (some: readonly CompareRow[]) =>
    some.map((row) =>
      h(
        'tr',
        {},
        rowHead(row.label),
        h('td', { class: 'number', text: row.a }),
        h('td', { class: 'number strong', text: row.b }),
        h('td', { class: row.differs ? 'number strong' : 'number quiet-text', text: row.change }),
      ),
    );
  const sections = compareSections(a, b).flatMap(({ title, rows: some }) => [
    h(
      'tbody',
      {},
      h(
        'tr',
        { class: 'section' },
        h('th', { class: 'small', text: title, attributes: { colspan: '4', scope: 'colgroup' } }),
      ),
      ...(some.length === 0
        ? [h('tr', {}, h('td', { class: 'quiet-text', text: t('Nothing.'), attributes: { colspan: '4' } }))]
        : rows(some)),
    ),
  ]);
  return h(
    'section',
    { class: 'comparison' },
    h('h2', { text: t('{0}: {1} · {2}: {3}', a.letter, a.name, b.letter, b.name) }),
    h(
      'table',
      {},
      h('thead', {}, h('tr', {}, h('td'), columnHead(a.letter), columnHead(b.letter), columnHead(t('Change')))),
      ...sections,
      h('tbody', { class: 'totals' }, ...rows(compareTotals(a, b))),
    ),
    h(
      'div',
      { class: 'choice-buttons' },
      createButton({
        ...{ label: t('Continue with {0}', b.letter), appearance: 'primary', key: 'keep-b' },
        onClick: () => keep(b.id),
      }).element,
      createButton({
        ...{ label: t('Keep {0}', a.letter), appearance: 'secondary', key: 'keep-a' },
        onClick: () => keep(a.id),
      }).element,
    ),
  );
}
