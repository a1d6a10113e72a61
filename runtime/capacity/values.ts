import {
  allowedText,
  type Measured,
  type PlanInput,
  type PlannedInput,
  type PlanValues,
  planInputSchema,
} from '../contracts/capacity.ts';
import {
  capacityChoices,
  capacityFields,
  inputGroups,
  type NumberKey,
  numberKeys,
} from '../contracts/capacity-inputs.ts';
import { AosError } from '../core/errors.ts';

export interface ResolvedInputs {
  values: PlanValues;
  inputs: PlannedInput[];
  /** Prices of someone's own. */
  prices: PlanInput['prices'];
}

/**
 * Gives every input its value: yours, else the measured one, else the default.
 * @throws AosError AOS_BAD_REQUEST: every bad field with what is allowed, also in `details.issues`; or a simulated benchmark
 */
export function resolveInputs(input: unknown, measured?: Measured): ResolvedInputs {
  const yours = parsePlanInput(input);
  refuseSimulated(measured);
  const inputs = [
    ...numberKeys.map((key) => numberInput(key, yours[key], measured)),
    ...choiceKeys.map((key) => choiceInput(key, yours[key])),
  ].sort((a, b) => inputGroups.indexOf(a.group) - inputGroups.indexOf(b.group));
  const values = Object.fromEntries(inputs.map(({ key, value }) => [key, value ?? undefined])) as unknown as PlanValues;
  return { values, inputs, prices: yours.prices };
}

const choiceKeys = Object.keys(capacityChoices) as (keyof typeof capacityChoices)[];

/** @throws AosError AOS_BAD_REQUEST: every bad field with what is allowed, also in `details.issues` */
export function parsePlanInput(input: unknown): PlanInput {
  const result = planInputSchema.safeParse(input);
  if (result.success) return result.data;
  const issues = result.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ path: [...issue.path, key].join('.'), message: 'no such input' }))
      : [{ path: issue.path.join('.') || 'the input', message: issue.message }],
  );
  const text = issues.map(({ path, message }) => `${path}: ${message}`).join('; ');
  throw new AosError('AOS_BAD_REQUEST', `The plan cannot be made. ${text}`, { details: { issues } });
}

function refuseSimulated(measured: Measured | undefined): void {
  if (!measured?.simulated) return;
  throw new AosError(
    'AOS_BAD_REQUEST',
    `Run ${measured.run} was simulated: it says nothing about a GPU. Run the benchmark with a model first.`,
  );
}

function numberInput(key: NumberKey, yours: number | undefined, measured: Measured | undefined): PlannedInput {
  const field = capacityFields[key];
  const figure = measured?.values[key];
  const fallback = figure?.value ?? field.default;
  if (figure && !planInputSchema.shape[key].safeParse(figure.value).success) {
    throw new AosError(
      'AOS_BAD_REQUEST',
      `Run ${measured!.run} gives ${key} = ${figure.value}. Allowed: ${allowedText(key)}.`,
    );
  }
  const value = yours ?? fallback;
  const source = yours !== undefined ? 'yours' : figure ? 'measured' : field.source;
  const stated: readonly [number, number] | undefined =
    source === 'measured' && figure?.low !== undefined && figure.high !== undefined
      ? [figure.low, figure.high]
      : field.range;
  return {
    ...{ key, group: field.group, label: field.label, unit: field.unit },
    ...{ value: value ?? null, source, default: fallback ?? null },
    from: source === 'yours' ? 'yours' : figure ? `run ${measured!.run} of ${measured!.at.slice(0, 10)}` : field.from,
    range: stated && value !== undefined ? [Math.min(stated[0], value), Math.max(stated[1], value)] : null,
    options: field.allowed ?? null,
  };
}

function choiceInput(key: keyof typeof capacityChoices, yours: string | undefined): PlannedInput {
  const { group, label, options, source, from } = capacityChoices[key];
  return {
    ...{ key, group, label, unit: '', options, range: null, default: options[0] },
    value: yours ?? options[0],
    source: yours === undefined ? source : 'yours',
    from: yours === undefined ? from : 'yours',
  };
}
