import { formatDollars } from '../../runtime/contracts/figures.ts';
import type { ShownPlan } from '../../runtime/contracts/shown-plan.ts';
import { t } from '../l10n.ts';
import { h } from '../ui/elements.ts';
import { amountText } from './amounts.ts';
import { columnHead, rowHead } from './headline.ts';
import { changeText } from './money-facts.ts';

type Row = ShownPlan['sensitivity'][number];

/** What moves the cost: one input at a time between its ends, the widest first; the middle is the plan's cost. */
export function createTornado({ sensitivity, total }: ShownPlan): HTMLElement {
  const lower = Math.max(0, ...sensitivity.map(({ change }) => -change[0]));
  const higher = Math.max(0, ...sensitivity.map(({ change }) => change[1]));
  const scale = { centre: lower / (lower + higher), width: lower + higher };
  return h(
    'section',
    {},
    h('h2', { text: t('What moves the cost') }),
    sensitivity.length === 0
      ? h('p', { class: 'quiet-text', text: t('No input moves the known prices.') })
      : h(
          'table',
          { class: 'tornado' },
          h(
            'thead',
            {},
            h(
              'tr',
              {},
              columnHead(t('Input'), 'text'),
              columnHead(t('Low to high cost'), 'text'),
              columnHead(t('Lower')),
              centreHead(formatDollars(total.amount), scale.centre),
              columnHead(t('Higher')),
            ),
          ),
          h('tbody', {}, ...sensitivity.map((row) => tornadoRow(row, scale))),
        ),
  );
}

function centreHead(text: string, centre: number): HTMLElement {
  const label = h('span', { text });
  label.style.left = `${centre * 100}%`;
  return h('td', { class: 'tornado-centre' }, label);
}

function tornadoRow(
  { label, unit, at, change }: Row,
  { centre, width }: { centre: number; width: number },
): HTMLElement {
  const bars = h(
    'span',
    { class: 'tornado-bar', attributes: { 'aria-hidden': 'true' } },
    h('span', { class: 'lower' }),
    h('span', { class: 'higher' }),
  );
  const [lower, higher] = [...bars.children] as HTMLElement[];
  const share = (amount: number) => `${(Math.abs(amount) / width) * 100}%`;
  lower!.style.right = `${(1 - centre) * 100}%`;
  lower!.style.width = share(change[0]);
  higher!.style.left = `${centre * 100}%`;
  higher!.style.width = share(change[1]);
  const ends = at.map((end) => amountText(end, 'measured')).join('–');
  return h(
    'tr',
    {},
    rowHead(label),
    h('td', { class: 'quiet-text', text: `${ends} ${unit}`.trimEnd() }),
    h('td', { class: 'number', text: changeText(change[0]) }),
    h('td', { class: 'bars' }, bars),
    h('td', { class: 'number', text: changeText(change[1]) }),
  );
}
