import { formatDollars, formatFigure } from '../../runtime/contracts/figures.ts';
import type { ShownPlan } from '../../runtime/contracts/shown-plan.ts';
import { formatCount } from '../../runtime/contracts/units.ts';
import { t } from '../l10n.ts';
import { h } from '../ui/elements.ts';
import { columnHead, rowHead } from './headline.ts';

/** What the random draws gave. */
export function createRanges({ ranges }: ShownPlan): HTMLElement {
  const rows = [
    { label: t('GPUs'), range: ranges.gpus, text: formatCount },
    { label: t('In flight at peak'), range: ranges.in_flight, text: formatFigure },
    { label: t('Per month'), range: ranges.cost, text: formatDollars },
  ];
  return h(
    'section',
    {},
    h('h2', { text: t('Ranges') }),
    h(
      'table',
      { class: 'ranges' },
      h('thead', {}, h('tr', {}, h('td'), columnHead('p10'), columnHead('p50'), columnHead('p90'))),
      h(
        'tbody',
        {},
        ...rows.map(({ label, range, text }) =>
          h(
            'tr',
            {},
            rowHead(label),
            h('td', { class: 'number', text: text(range.p10) }),
            h('td', { class: 'number strong', text: text(range.p50) }),
            h('td', { class: 'number', text: text(range.p90) }),
          ),
        ),
      ),
    ),
    h('p', {
      class: 'small',
      text: t('{0} draws; every measured or assumed input varies within its stated range.', formatCount(ranges.draws)),
    }),
  );
}
