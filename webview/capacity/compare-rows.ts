import { formatDollars, formatFigure, formatGb } from '../../runtime/contracts/figures.ts';
import type { ShownPlan } from '../../runtime/contracts/shown-plan.ts';
import { formatCount, formatPercent } from '../../runtime/contracts/units.ts';
import { t } from '../l10n.ts';
import { rangeText } from './headline.ts';
import { type ShownInput, valueText } from './input-facts.ts';
import { changeText, moneyLabel, moneyParts } from './money-facts.ts';

export interface CompareRow {
  label: string;
  a: string;
  b: string;
  change: string;
  /** The change is one. */
  differs: boolean;
}

export interface CompareSection {
  title: string;
  rows: CompareRow[];
}

/** Two plans beside each other: inputs that differ, needs, costs. */
export function compareSections(a: ShownPlan, b: ShownPlan): CompareSection[] {
  return [
    { title: t('Inputs that differ'), rows: inputRows(a, b) },
    { title: t('Needed at {0}× peak', factors(a, b)), rows: needRows(a, b) },
    { title: t('Per month'), rows: costRows(a, b) },
  ];
}

const factors = (a: ShownPlan, b: ShownPlan) => [...new Set([a.planned.factor, b.planned.factor])].join('/');

function inputRows(a: ShownPlan, b: ShownPlan): CompareRow[] {
  return a.inputs.flatMap((input) => {
    const other = b.inputs.find(({ key }) => key === input.key)!;
    if (other.value === input.value) return [];
    return [
      {
        ...{ label: input.label, a: valueText(input), b: valueText(other), differs: true },
        change: inputChange(input, other),
      },
    ];
  });
}

function inputChange(a: ShownInput, b: ShownInput): string {
  if (typeof a.value !== 'number' || typeof b.value !== 'number') return '';
  const change = b.value - a.value;
  const size = Math.abs(change);
  const text = Number.isInteger(size) ? formatCount(size) : formatFigure(size);
  return `${signOf(change)}${text}${a.unit === '' ? '' : ` ${a.unit}`}`;
}

const signOf = (change: number) => (change < 0 ? '−' : '+');

function needRows(a: ShownPlan, b: ShownPlan): CompareRow[] {
  const carries = ({ planned, scale }: ShownPlan) => scale.max_replicas >= planned.instances;
  const replicas = (plan: ShownPlan) =>
    carries(plan)
      ? formatCount(plan.planned.instances)
      : t('{0} of {1}', formatCount(plan.scale.max_replicas), formatCount(plan.planned.instances));
  const busFill = ({ needs }: ShownPlan) => needs.find(({ id }) => id === 'bus')?.fill?.share ?? 0;
  const points = Math.round((busFill(b) - busFill(a)) * 100);
  const gb = b.planned.storage_gb - a.planned.storage_gb;
  return [
    {
      ...{ label: t('Runtime replicas'), a: replicas(a), b: replicas(b), differs: replicas(a) !== replicas(b) },
      change:
        carries(a) === carries(b)
          ? countChange(a.planned.instances, b.planned.instances)
          : carries(b)
            ? t('carries its peak')
            : t('can’t carry its peak'),
    },
    countRow(t('GPUs'), a.savings.gpu.gpus_with, b.savings.gpu.gpus_with),
    {
      ...{ label: t('Service Bus, how full'), a: formatPercent(busFill(a)), b: formatPercent(busFill(b)) },
      ...{
        change: points === 0 ? '0' : t('{0} points', `${signOf(points)}${Math.abs(points)}`),
        differs: points !== 0,
      },
    },
    {
      ...{ label: t('Storage'), a: `${formatGb(a.planned.storage_gb)} GB`, b: `${formatGb(b.planned.storage_gb)} GB` },
      ...{ change: gb === 0 ? '0' : `${signOf(gb)}${formatGb(Math.abs(gb))} GB`, differs: gb !== 0 },
    },
  ];
}

const countChange = (a: number, b: number) => (a === b ? '0' : `${signOf(b - a)}${formatCount(Math.abs(b - a))}`);

const countRow = (label: string, a: number, b: number): CompareRow => ({
  ...{ label, a: formatCount(a), b: formatCount(b), change: countChange(a, b), differs: a !== b },
});

function costRows(a: ShownPlan, b: ShownPlan): CompareRow[] {
  const [partsA, partsB] = [moneyParts(a.needs), moneyParts(b.needs)];
  const ids = [...new Set([...partsA, ...partsB].map(({ id }) => id))];
  return ids.map((id) => {
    const [before, after] = [partsA, partsB].map((parts) => parts.find((part) => part.id === id)?.amount ?? 0);
    const change = changeText(after! - before!);
    return {
      ...{
        label: moneyLabel(id),
        a: formatDollars(before!),
        b: formatDollars(after!),
        change,
        differs: change !== '0',
      },
    };
  });
}

/** The sums below: known prices, their range, and what is in neither. */
export function compareTotals(a: ShownPlan, b: ShownPlan): CompareRow[] {
  const change = b.total.amount - a.total.amount;
  const percent =
    a.total.amount === 0 ? '' : ` (${signOf(change)}${Math.round((Math.abs(change) / a.total.amount) * 100)} %)`;
  const missing = [...new Set([...unknownNeeds(a), ...unknownNeeds(b)])];
  return [
    {
      ...{ label: t('Known prices'), a: formatDollars(a.total.amount), b: formatDollars(b.total.amount) },
      ...{ change: change === 0 ? '0' : `${changeText(change)}${percent}`, differs: change !== 0 },
    },
    { label: t('Range p10–p90'), a: rangeText(a.ranges.cost), b: rangeText(b.ranges.cost), change: '', differs: false },
    {
      ...{ label: t('Not in the total'), a: unknownCount(a), b: unknownCount(b) },
      ...{ change: missing.join(', '), differs: false },
    },
  ];
}

const unknownCount = ({ total }: ShownPlan) =>
  total.unknown.length === 0 ? t('nothing') : t('{0} unknown', total.unknown.length);

const unknownNeeds = ({ needs }: ShownPlan) =>
  needs.filter(({ cost }) => cost.unknown.length > 0).map(({ resource }) => resource);
