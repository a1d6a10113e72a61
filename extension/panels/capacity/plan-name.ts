import {
  type ChoiceKey,
  capacityChoices,
  capacityFields,
  type NumberKey,
} from '../../../runtime/contracts/capacity-inputs.ts';
import { formatCount } from '../../../runtime/contracts/units.ts';
import { t } from '../../l10n.ts';
import type { StoredPlan } from './plan-book.ts';

/** Inputs that a name made of them holds. */
const MOST = 3;

/** What a plan is called: as someone named it, else by what it has of their own: `Shards 32, Messaging units 1`. */
export function planName({ name, inputs, measured }: Pick<StoredPlan, 'name' | 'inputs' | 'measured'>): string {
  if (name !== null) return name;
  const { prices, ...own } = inputs;
  const parts = Object.entries(own).map(([key, value]) => `${inputLabel(key)} ${valueText(value)}`);
  if (parts.length > MOST) return t('{0} inputs of yours', parts.length);
  if (parts.length > 0) return parts.join(', ');
  return measured ? t('measured by run {0}', measured.run) : t('the guide’s example');
}

/** What an input is called. */
export function inputLabel(key: string): string {
  return key in capacityChoices ? capacityChoices[key as ChoiceKey].label : capacityFields[key as NumberKey].label;
}

const valueText = (value: number | string) =>
  typeof value === 'number' && Number.isInteger(value) ? formatCount(value) : String(value);
