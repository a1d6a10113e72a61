import { formatDollars } from '../../runtime/contracts/figures.ts';
import type { ShownPlan } from '../../runtime/contracts/shown-plan.ts';
import { formatCount, formatPlural } from '../../runtime/contracts/units.ts';
import { t } from '../l10n.ts';
import { h, icon } from '../ui/elements.ts';
import { unknownText } from './money-facts.ts';

/** The cost, and the guide's three numbers beside the plan. */
export function createHeadline(plan: ShownPlan): HTMLElement {
  const { total, ranges, planned } = plan;
  const unknown = unknownText(total);
  return h(
    'header',
    { class: 'headline' },
    h(
      'div',
      {},
      h('div', { class: 'small', text: t('Per month, at {0}× peak', planned.factor) }),
      h('div', { class: 'cost', text: formatDollars(total.amount) }),
      unknown !== undefined && h('div', { class: 'unknown' }, icon('question'), unknown),
      h('div', { class: 'small', text: t('p10–p90 {0}', rangeText(ranges.cost)) }),
    ),
    guideTable(plan),
  );
}

/** `$6,561–12,561`. */
export function rangeText({ p10, p90 }: { p10: number; p90: number }): string {
  const [low, high] = [formatDollars(p10), formatDollars(p90)];
  return low === high ? low : `${low}–${high.replace('$', '')}`;
}

/** What a screen reader says of a new plan. */
export function spokenHeadline({ total }: ShownPlan): string {
  const cost = t('{0} a month', formatDollars(total.amount));
  const count = total.unknown.length;
  return count === 0 ? cost : `${cost}, ${formatPlural(count, 'unknown price')}`;
}

function guideTable({ guide, planned }: ShownPlan): HTMLElement {
  const afterColon = (line: string) => line.slice(line.indexOf(': ') + 2);
  const [instances, rps, storage] = guide.lines.map(afterColon) as [string, string, string];
  const rows = [
    [t('Required instances'), instances, formatCount(planned.instances)],
    [t('Expected RPS'), rps, planned.rps.toFixed(2)],
    [t('Required storage'), storage, `${planned.storage_gb.toFixed(2)} GB`],
  ] as const;
  return h(
    'table',
    { class: 'guide' },
    h(
      'thead',
      {},
      h('tr', {}, h('td'), columnHead(t('Guide’s formula')), columnHead(t('Plan at {0}× peak', planned.factor))),
    ),
    h(
      'tbody',
      {},
      ...rows.map(([label, guideText, planText]) =>
        h('tr', {}, rowHead(label), h('td', { text: guideText }), h('td', { class: 'strong', text: planText })),
      ),
    ),
  );
}

export const columnHead = (text: string, kind = 'number') =>
  h('th', { class: kind, text, attributes: { scope: 'col' } });
export const rowHead = (text: string) => h('th', { text, attributes: { scope: 'row' } });
