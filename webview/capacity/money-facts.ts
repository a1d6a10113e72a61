import { formatCents, formatDollars } from '../../runtime/contracts/figures.ts';
import type { ShownPlan } from '../../runtime/contracts/shown-plan.ts';
import { formatPlural } from '../../runtime/contracts/units.ts';
import { t } from '../l10n.ts';

export type Amount = ShownPlan['total'];
export type Need = ShownPlan['needs'][number];

/** `$9,560.56`, `unknown`, or what is known of it `+ unknown`. */
export function amountText({ amount, unknown }: Amount): string {
  if (unknown.length === 0) return formatCents(amount);
  return amount > 0 ? t('{0} + unknown', formatCents(amount)) : t('unknown');
}

/** `plus 1 unknown price`; undefined if all are known. */
export function unknownText({ unknown }: Amount): string | undefined {
  return unknown.length === 0 ? undefined : t('plus {0}', formatPlural(unknown.length, 'unknown price'));
}

/** `+$3,000`, `−$31`, `0`. */
export function changeText(change: number): string {
  if (Math.abs(change) < 0.005) return '0';
  return `${change > 0 ? '+' : ''}${formatDollars(change)}`;
}

export type MoneyId = 'gpu' | 'bus' | 'replicas' | 'monitoring' | 'storage' | 'egress';

export interface MoneyPart {
  id: MoneyId;
  label: string;
  amount: number;
  /** Of the known sum, 0 to 1. */
  share: number;
}

const partOf: Readonly<Record<Need['id'], MoneyId>> = {
  gpu: 'gpu',
  bus: 'bus',
  replicas: 'replicas',
  monitoring: 'monitoring',
  storage: 'storage',
  writes: 'storage',
  egress: 'egress',
};

export function moneyLabel(id: MoneyId): string {
  return {
    gpu: t('GPU'),
    bus: t('Service Bus'),
    replicas: t('Compute'),
    monitoring: t('Monitoring'),
    storage: t('Storage'),
    egress: t('Outbound data'),
  }[id];
}

/** Where the known money goes, the largest part first; parts without a known price are left out. */
export function moneyParts(needs: readonly Need[]): MoneyPart[] {
  const amounts = new Map<MoneyId, number>();
  for (const { id, cost } of needs) amounts.set(partOf[id], (amounts.get(partOf[id]) ?? 0) + cost.amount);
  const total = [...amounts.values()].reduce((sum, amount) => sum + amount, 0);
  return [...amounts]
    .filter(([, amount]) => amount > 0)
    .map(([id, amount]) => ({ id, label: moneyLabel(id), amount, share: amount / total }))
    .sort((a, b) => b.amount - a.amount);
}
