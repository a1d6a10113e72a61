import { validationError } from '../errors.ts';

type Schema = Record<string, unknown>;

const MAX_DEPTH = 16;
// Keywords that do not limit what is valid, or that this generator honours.
const KNOWN = new Set([
  ...['type', 'properties', 'required', 'items', 'enum', 'const', 'minItems', 'maxItems', 'minimum', 'maximum'],
  ...[
    'minLength',
    'maxLength',
    'additionalProperties',
    'title',
    'description',
    'default',
    'examples',
    '$schema',
    '$id',
  ],
]);

/**
 * JSON that is valid for a plain schema (types, enum, const, required, bounds of lengths and numbers), always the same
 * for the same schema and text: the first enum value, the lowest bounds, `text` for strings.
 * @throws LoraxError `validation` for a keyword it does not know: a wrong answer would look like a right one
 */
export function jsonForSchema(schema: Schema, text: string): string {
  return JSON.stringify(valueFor(schema, text, 0));
}

function valueFor(schema: unknown, text: string, depth: number): unknown {
  if (schema === true || schema === undefined) return text;
  if (depth > MAX_DEPTH) throw unsupported('a schema this deep');
  if (typeof schema !== 'object' || schema === null) throw unsupported(`\`${String(schema)}\` as a schema`);
  const rules = schema as Schema;
  const unknown = Object.keys(rules).find((keyword) => !KNOWN.has(keyword));
  if (unknown) throw unsupported(`\`${unknown}\` in a JSON schema`);
  if ('const' in rules) return rules.const;
  if (Array.isArray(rules.enum)) return rules.enum[0];
  const type = Array.isArray(rules.type) ? rules.type[0] : (rules.type ?? (rules.properties ? 'object' : 'string'));
  switch (type) {
    case 'object':
      return objectFor(rules, text, depth);
    case 'array':
      return Array.from({ length: numberOf(rules.minItems) ?? 1 }, () => valueFor(rules.items, text, depth + 1)).slice(
        0,
        numberOf(rules.maxItems),
      );
    case 'string':
      return text.padEnd(numberOf(rules.minLength) ?? 0, '.').slice(0, numberOf(rules.maxLength));
    case 'number':
      return lowest(rules, (value) => value);
    case 'integer':
      return lowest(rules, Math.ceil);
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      throw unsupported(`the type \`${String(type)}\` in a JSON schema`);
  }
}

function objectFor(rules: Schema, text: string, depth: number): Record<string, unknown> {
  const properties = (rules.properties ?? {}) as Record<string, unknown>;
  const names = new Set([...Object.keys(properties), ...((rules.required as string[] | undefined) ?? [])]);
  if (names.size === 0) return { answer: text };
  return Object.fromEntries([...names].map((name) => [name, valueFor(properties[name], text, depth + 1)]));
}

function lowest(rules: Schema, round: (value: number) => number): number {
  const minimum = numberOf(rules.minimum);
  if (minimum !== undefined) return round(minimum);
  return Math.min(0, Math.floor(numberOf(rules.maximum) ?? 0));
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function unsupported(what: string): Error {
  return validationError(`${what} is not supported by the simulated engine`);
}
