import { formatCents } from '../../runtime/contracts/figures.ts';
import type { ShownPlan } from '../../runtime/contracts/shown-plan.ts';
import { formatCount, formatPercent } from '../../runtime/contracts/units.ts';
import { t } from '../l10n.ts';
import { h, icon } from '../ui/elements.ts';
import { columnHead } from './headline.ts';
import { amountText, type Need } from './money-facts.ts';

/** From here on a resource is nearly full. */
const NEARLY_FULL = 0.85;

/** What Azure must provide, how full it is at peak, and what it costs. */
export function createNeedsTable({ needs, total, inputs, planned, scale }: ShownPlan): HTMLElement {
  const reserved = inputs.find(({ key }) => key === 'reservation')?.value !== 'None';
  return h(
    'section',
    {},
    h('h2', { text: t('What you need') }),
    h(
      'table',
      { class: 'needs' },
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          columnHead(t('Resource and tier'), 'text'),
          columnHead(t('Needed')),
          columnHead(t('How full at peak'), 'text'),
          columnHead(t('Per month')),
        ),
      ),
      h('tbody', {}, ...needs.map(needRow)),
      h(
        'tfoot',
        {},
        h(
          'tr',
          {},
          h('th', { text: t('Known prices'), attributes: { scope: 'row', colspan: '3' } }),
          h('td', { class: 'strong', text: formatCents(total.amount) }),
        ),
      ),
    ),
    h('p', {
      class: 'small',
      text: reserved
        ? t(
            'Replicas are billed as reserved machines for the average load; all else is sized for {0}× peak.',
            planned.factor,
          )
        : t(
            'Replicas are billed at the average load ({0}); all else is sized for {1}× peak.',
            formatCount(scale.min_replicas),
            planned.factor,
          ),
    }),
  );
}

function needRow(need: Need): HTMLElement {
  const { resource, tier, needed, fill, cost, note } = need;
  return h(
    'tr',
    note === null ? {} : { title: note },
    h('th', { attributes: { scope: 'row' } }, resource, h('div', { class: 'small', text: tier })),
    h('td', { class: 'number strong', text: needed }),
    h('td', {}, fill === null ? h('span', { class: 'quiet-text', text: t('no limit') }) : fillBar(fill)),
    h('td', { class: 'number' }, costCell(need.id, cost)),
  );
}

function costCell(id: Need['id'], cost: Need['cost']): HTMLElement {
  if (cost.unknown.length > 0) return h('span', { class: 'unknown' }, icon('question'), amountText(cost));
  return id === 'writes' && cost.amount === 0
    ? h('span', { class: 'quiet-text', text: t('in the above') })
    : h('strong', { text: amountText(cost) });
}

/** A bar of 72 px, and what it says in words. */
function fillBar({ share, of }: NonNullable<Need['fill']>): HTMLElement {
  const level = share > 1 ? ' over' : share >= NEARLY_FULL ? ' nearly' : '';
  const bar = h('span', { class: `fill${level}`, attributes: { 'aria-hidden': 'true' } }, h('span'));
  (bar.firstElementChild as HTMLElement).style.width = `${Math.min(100, share * 100)}%`;
  const text = share > 1 ? t('{0} of {1}', formatPercent(share), of) : formatPercent(share, smallDecimals(share));
  return h(
    'span',
    { class: 'full', title: t('{0} of {1}', formatPercent(share), of) },
    bar,
    h('span', { class: share > 1 ? 'strong' : '', text }),
  );
}

const smallDecimals = (share: number) => (share < 0.01 ? { decimals: 1 as const } : {});
