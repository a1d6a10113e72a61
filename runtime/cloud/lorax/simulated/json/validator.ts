import { isDeepStrictEqual } from 'node:util';
import { listOf, numberOf, type Rules, recordOf, resolveRef, type Schema, toRegExp, toSchema } from './schema.ts';

/** True if `value` is valid for `schema`; `root` is the document that its references point into. `format` only describes. */
export function accepts(schema: Schema, value: unknown, root: Schema): boolean {
  if (typeof schema === 'boolean') return schema;
  const fits = (sub: unknown, part: unknown = value) => accepts(toSchema(sub), part, root);
  if ('$ref' in schema && !accepts(resolveRef(root, schema.$ref), value, root)) return false;
  return (
    fitsType(schema, value) &&
    ('const' in schema ? isDeepStrictEqual(value, schema.const) : true) &&
    (Array.isArray(schema.enum) ? schema.enum.some((other) => isDeepStrictEqual(value, other)) : true) &&
    listOf(schema.allOf).every((sub) => fits(sub)) &&
    (Array.isArray(schema.anyOf) ? schema.anyOf.some((sub) => fits(sub)) : true) &&
    (Array.isArray(schema.oneOf) ? schema.oneOf.filter((sub) => fits(sub)).length === 1 : true) &&
    !('not' in schema && fits(schema.not)) &&
    ('if' in schema ? fits(fits(schema.if) ? schema.then : schema.else) : true) &&
    fitsNumber(schema, value) &&
    fitsString(schema, value) &&
    fitsArray(schema, value, fits) &&
    fitsObject(schema, value, fits)
  );
}

type Fits = (sub: unknown, part: unknown) => boolean;

function fitsType({ type, nullable }: Rules, value: unknown): boolean {
  if (type === undefined || (nullable === true && value === null)) return true;
  const types = Array.isArray(type) ? type : [type];
  return types.includes(typeName(value)) || (types.includes('integer') && Number.isInteger(value));
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function fitsNumber(rules: Rules, value: unknown): boolean {
  if (typeof value !== 'number') return true;
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = rules;
  const multiples = value / (numberOf(multipleOf) ?? 1);
  return (
    value >= (numberOf(minimum) ?? -Infinity) &&
    value <= (numberOf(maximum) ?? Infinity) &&
    value > (numberOf(exclusiveMinimum) ?? -Infinity) &&
    value < (numberOf(exclusiveMaximum) ?? Infinity) &&
    (multipleOf === undefined || Math.abs(multiples - Math.round(multiples)) < 1e-9)
  );
}

function fitsString({ minLength, maxLength, pattern }: Rules, value: unknown): boolean {
  if (typeof value !== 'string') return true;
  const length = [...value].length;
  return within(length, minLength, maxLength) && (typeof pattern !== 'string' || toRegExp(pattern).test(value));
}

function fitsArray(rules: Rules, value: unknown, fits: Fits): boolean {
  if (!Array.isArray(value)) return true;
  const { minItems, maxItems, uniqueItems, contains } = rules;
  const { first, rest } = itemSchemas(rules);
  return (
    within(value.length, minItems, maxItems) &&
    value.every((item, index) => fits(index < first.length ? first[index] : rest, item)) &&
    (uniqueItems !== true ||
      value.every((item, index) => value.findIndex((other) => isDeepStrictEqual(item, other)) === index)) &&
    (contains === undefined || value.some((item) => fits(contains, item)))
  );
}

/** The schemas of the first items one by one, and that of all others; in draft 7's way too (`items` a list). */
export function itemSchemas({ prefixItems, items, additionalItems }: Rules): { first: unknown[]; rest: unknown } {
  return Array.isArray(items) ? { first: items, rest: additionalItems } : { first: listOf(prefixItems), rest: items };
}

function fitsObject(rules: Rules, value: unknown, fits: Fits): boolean {
  if (typeName(value) !== 'object') return true;
  const members = recordOf(value);
  const names = Object.keys(members);
  return (
    within(names.length, rules.minProperties, rules.maxProperties) &&
    listOf(rules.required).every((name) => Object.hasOwn(members, String(name))) &&
    Object.entries(recordOf(rules.dependentRequired)).every(
      ([name, others]) => !(name in members) || listOf(others).every((other) => String(other) in members),
    ) &&
    names.every((name) => rules.propertyNames === undefined || fits(rules.propertyNames, name)) &&
    names.every((name) => memberSchemas(rules, name).every((schema) => fits(schema, members[name])))
  );
}

/** The schemas a member of this name has to fit. */
export function memberSchemas(rules: Rules, name: string): unknown[] {
  const properties = recordOf(rules.properties);
  const patterns = Object.entries(recordOf(rules.patternProperties));
  const named = [
    ...(Object.hasOwn(properties, name) ? [properties[name]] : []),
    ...patterns.filter(([pattern]) => toRegExp(pattern).test(name)).map(([, schema]) => schema),
  ];
  return named.length > 0 ? named : [rules.additionalProperties];
}

function within(size: number, low: unknown, high: unknown): boolean {
  return size >= (numberOf(low) ?? 0) && size <= (numberOf(high) ?? Infinity);
}
