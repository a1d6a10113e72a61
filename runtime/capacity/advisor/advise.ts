import { regionNames } from '../../contracts/azure-regions.ts';
import type { Check } from '../../contracts/capacity.ts';
import { formatDay } from '../../contracts/figures.ts';
import { formatPlural } from '../../contracts/units.ts';
import { meters } from '../meters.ts';
import { antiPatterns } from './anti-patterns.ts';
import { type Facts, type Finding, type Situation, situationOf } from './facts.ts';
import { practices } from './practices.ts';

const SEVERITIES = ['error', 'warning', 'lightbulb', 'info'] as const;

/**
 * Judges a plan, and with it the workspace and what was measured, by the guide's eight best practices and its anti-patterns.
 * @returns all eight practices, met or not, and the anti-patterns that were found; by severity, then by what the fix saves
 */
export function advise(facts: Facts): Check[] {
  const situation = situationOf(facts);
  const found = antiPatterns.flatMap(({ id, title, find }) => {
    const finding = find(situation);
    return finding ? [check(id, title, null, finding)] : [];
  });
  return [
    ...practices.map(({ id, title, judge }, index) => check(id, title, index + 1, judge(situation))),
    ...found,
    ...unknownPrices(situation),
  ].sort(
    (a, b) =>
      Number(a.verdict === 'meets') - Number(b.verdict === 'meets') ||
      SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
      (b.saving ?? 0) - (a.saving ?? 0),
  );
}

const check = (id: string, title: string, practice: number | null, finding: Finding): Check => ({
  ...{ id, title, practice, blocking: false, saving: null },
  ...finding,
});

/** One line for all prices that the total leaves out. */
function unknownPrices({ plan: { total, prices, values } }: Situation): Check[] {
  const [first, ...more] = total.unknown;
  if (!first) return [];
  const list =
    prices.as_of === null
      ? 'No price list was read yet'
      : `Not in the price list of ${formatDay(prices.as_of)} for ${regionNames[values.region]}`;
  return [
    check('unknown-prices', 'Prices that are not known', null, {
      ...{ verdict: 'unsure', severity: 'info' },
      finding: `${formatPlural(more.length + 1, 'price')} unknown: ${total.unknown.map((key) => meters[key].meterName).join(', ')}.`,
      why: `${list}. The total leaves them out.`,
      fix: { kind: 'price', label: 'Enter a Price…', meter: first },
    }),
  ];
}
