import { type RegionId, regionNames } from '../../runtime/contracts/azure-regions.ts';
import { allowedText, planInputSchema } from '../../runtime/contracts/capacity.ts';
import {
  type ChoiceKey,
  capacityChoices,
  capacityFields,
  type InputGroup,
  type InputSource,
  type NumberKey,
} from '../../runtime/contracts/capacity-inputs.ts';
import type { ShownPlan } from '../../runtime/contracts/shown-plan.ts';
import { formatPlural } from '../../runtime/contracts/units.ts';
import { t } from '../l10n.ts';
import { amountText, parseAmount } from './amounts.ts';

export type ShownInput = ShownPlan['inputs'][number];
export type InputKey = ShownInput['key'];

export const sourceIcons: Readonly<Record<InputSource, string>> = {
  guide: 'book',
  measured: 'pulse',
  assumed: 'question',
  yours: 'edit',
};

export function sourceWord(source: InputSource): string {
  return { guide: t('guide'), measured: t('measured'), assumed: t('assumed'), yours: t('yours') }[source];
}

export const isChoice = (key: InputKey): key is ChoiceKey => key in capacityChoices;

/** What a choice is called. */
export const choiceText = (key: ChoiceKey, value: string) =>
  key === 'region' ? regionNames[value as RegionId] : value;

/** A value with its unit; `unknown` if there is none. */
export function valueText(input: Pick<ShownInput, 'key' | 'unit' | 'value' | 'source'>): string {
  const { key, unit, value, source } = input;
  if (value === null) return t('unknown');
  if (typeof value === 'string') return isChoice(key) ? choiceText(key, value) : value;
  return `${amountText(value, source)} ${unit}`.trimEnd();
}

/**
 * What a person typed into the field of a number.
 * @returns the value; null for an empty field that may be unknown; else what is allowed
 */
export function readNumber(key: NumberKey, text: string): { value: number | null } | { allowed: string } {
  if (text.trim() === '' && capacityFields[key].default === undefined) return { value: null };
  const value = parseAmount(text);
  return value !== undefined && planInputSchema.shape[key].safeParse(value).success
    ? { value }
    : { allowed: allowedText(key) };
}

/** Where a value comes from, and between what ends it may well lie. */
export function sourceTitle({ source, from, range, unit }: ShownInput): string {
  const origin = source === 'yours' ? t('A value of yours.') : t('{0}: {1}.', sourceWord(source), from);
  if (!range) return origin;
  const ends = range.map((end) => amountText(end, source)).join('–');
  return `${origin} ${t('Range for p10–p90: {0}.', `${ends} ${unit}`.trimEnd())}`;
}

/** What reset goes back to: the measured value of a value of yours, else the default. */
export function resetTitle(input: ShownInput): string {
  const { key, unit } = input;
  if (isChoice(key)) return t('Back to {0}', choiceText(key, String(input.default)));
  const field = capacityFields[key];
  const value = input.source === 'measured' ? (field.default ?? null) : (input.default as number | null);
  return t('Back to {0}', valueText({ key, unit, value, source: 'measured' }));
}

/** `24 inputs: 16 guide, 2 measured, 5 assumed, 1 yours`; sources that none has are left out. */
export function countText(inputs: readonly ShownInput[]): string {
  const sources = (['guide', 'measured', 'assumed', 'yours'] as const).flatMap((source) => {
    const count = inputs.filter((input) => input.source === source).length;
    return count > 0 ? [`${count} ${sourceWord(source)}`] : [];
  });
  return `${formatPlural(inputs.length, 'input')}: ${sources.join(', ')}`;
}

/** The values of a closed group, as far as they fit. */
export function groupSummary(group: InputGroup, inputs: readonly ShownInput[]): string {
  return inputs
    .filter((input) => input.group === group)
    .slice(0, 3)
    .map((input) => valueText(input))
    .join(', ');
}

/** Whether an input is found by what is typed into the filter. */
export function matches({ label, group, unit, source }: ShownInput, filter: string): boolean {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const text = `${label} ${group} ${unit} ${source}`.toLowerCase();
  return words.every((word) => text.includes(word));
}
