import { formatCents } from '../../runtime/contracts/figures.ts';
import type { ShownPlan } from '../../runtime/contracts/shown-plan.ts';
import { formatPercent } from '../../runtime/contracts/units.ts';
import { t } from '../l10n.ts';
import { createButton } from '../ui/button.ts';
import { h } from '../ui/elements.ts';
import { columnHead, rowHead } from './headline.ts';
import { type MoneyPart, moneyParts } from './money-facts.ts';

/**
 * Where the money goes: one stacked bar with its legend, the largest part first, and a table behind it (T, or the button).
 * The arrow keys walk over the parts.
 */
export function createMoneyChart(plan: ShownPlan, asTable: boolean, onTable: (asTable: boolean) => void): HTMLElement {
  const parts = moneyParts(plan.needs);
  const title = t('Where the money goes');
  const said = h('div', { class: 'spoken', attributes: { 'aria-live': 'polite' } });
  const button = createButton({
    label: asTable ? t('Show as Chart') : t('Show as Table'),
    appearance: 'icon',
    icon: asTable ? 'graph' : 'table',
    key: 'money-table',
    onClick: () => onTable(!asTable),
  });
  const element = h(
    'figure',
    { attributes: { tabindex: '0', 'aria-label': title } },
    h('figcaption', {}, h('h2', { text: title }), h('span', { class: 'space' }), button.element),
    ...(parts.length === 0
      ? [h('p', { class: 'quiet-text', text: t('No price is known yet.') })]
      : asTable
        ? [moneyTable(parts)]
        : [stackedBar(parts), legend(parts)]),
    said,
  );
  element.dataset.key = 'money';
  let at = -1;
  element.addEventListener('keydown', (event) => {
    if (event.key.toLowerCase() === 't' && !event.ctrlKey && !event.metaKey) onTable(!asTable);
    else if (event.key === 'Escape' && asTable) onTable(false);
    else if (!asTable && parts.length > 0) {
      const next = nextIndex(event.key, at, parts.length);
      if (next === undefined) return;
      at = next;
      for (const [index, segment] of [...element.querySelectorAll('.money-part')].entries())
        segment.classList.toggle('at', index === at);
      said.textContent = partText(parts[at]!);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
  return element;
}

function nextIndex(key: string, at: number, length: number): number | undefined {
  switch (key) {
    case 'ArrowRight':
      return Math.min(length - 1, at + 1);
    case 'ArrowLeft':
      return Math.max(0, at - 1);
    case 'Home':
      return 0;
    case 'End':
      return length - 1;
    default:
      return undefined;
  }
}

const partText = ({ label, amount, share }: MoneyPart) =>
  `${label}: ${formatCents(amount)}, ${formatPercent(share, { decimals: 1 })}`;

function stackedBar(parts: MoneyPart[]): HTMLElement {
  const segments = parts.map((part) => {
    const segment = h('span', { class: `money-part ${part.id}`, title: partText(part) });
    segment.style.flexGrow = String(part.share);
    return segment;
  });
  return h('div', { class: 'money-bar', attributes: { 'aria-hidden': 'true' } }, ...segments);
}

function legend(parts: MoneyPart[]): HTMLElement {
  return h(
    'ul',
    { class: 'legend' },
    ...parts.map(({ id, label, share }) =>
      h(
        'li',
        {},
        h('span', { class: `swatch ${id}`, attributes: { 'aria-hidden': 'true' } }),
        `${label} `,
        h('strong', { text: formatPercent(share, share < 0.01 ? { decimals: 1 } : {}) }),
      ),
    ),
  );
}

function moneyTable(parts: MoneyPart[]): HTMLElement {
  return h(
    'table',
    {},
    h('thead', {}, h('tr', {}, columnHead(t('Part'), 'text'), columnHead(t('Per month')), columnHead(t('Share')))),
    h(
      'tbody',
      {},
      ...parts.map(({ label, amount, share }) =>
        h(
          'tr',
          {},
          rowHead(label),
          h('td', { class: 'number', text: formatCents(amount) }),
          h('td', { class: 'number', text: formatPercent(share, { decimals: 1 }) }),
        ),
      ),
    ),
  );
}
