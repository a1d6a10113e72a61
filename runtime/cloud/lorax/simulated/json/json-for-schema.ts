import { isDeepStrictEqual } from 'node:util';
import { merge } from './merge.ts';
import { listOf, numberOf, type Rules, recordOf, resolveRef, type Schema, toSchema, unsupported } from './schema.ts';
import { stringsFor } from './strings.ts';
import { accepts, itemSchemas, memberSchemas } from './validator.ts';

/** Beyond these an answer would be of no use, or never end (references that double at every level). */
const MAX_DEPTH = 64;
const MAX_VALUES = 10_000;

/** Where a value is made: what tells it from its neighbours, and what is above it. */
interface Place {
  text: string;
  /** Counts the items of a list whose items must differ. */
  nth: number;
  depth: number;
  /** References that were followed on the way here: a second time would be a circle. */
  refs: ReadonlySet<string>;
}

/**
 * JSON that is valid for a schema, always the same for the same schema and text: the first enum value, the lowest
 * bounds, `text` for strings, recursion cut where it may be. Each candidate is validated.
 * @throws LoraxError `validation` for a schema it finds no valid value for: a wrong answer would look like a right one
 */
export function jsonForSchema(schema: Rules, text: string): string {
  const value = new ValueMaker(schema).make(schema, { text, nth: 0, depth: 0, refs: new Set() });
  if (value === undefined || !accepts(schema, value, schema)) throw unsupported('this JSON schema');
  return JSON.stringify(value);
}

/** Makes values; undefined, which JSON does not know, says that there is none. */
class ValueMaker {
  readonly #root: Schema;
  #made = 0;

  constructor(root: Schema) {
    this.#root = root;
  }

  make(given: unknown, place: Place): unknown {
    if (++this.#made > MAX_VALUES || place.depth > MAX_DEPTH) throw unsupported('a JSON schema this large');
    const schema = toSchema(given);
    if (typeof schema === 'boolean') return schema ? place.text : undefined;
    const below = { ...place, depth: place.depth + 1 };
    return this.#first(schema, this.#candidates(schema, below));
  }

  #first(schema: Rules, candidates: Iterable<unknown>): unknown {
    for (const value of candidates) {
      if (value !== undefined && accepts(schema, value, this.#root)) return value;
    }
    return undefined;
  }

  /** What may fit, in the order in which it is tried. */
  *#candidates(schema: Rules, place: Place): Generator<unknown> {
    const { $ref, allOf, anyOf, oneOf, if: condition, then, else: otherwise, ...rest } = schema;
    if ($ref !== undefined) {
      if (place.refs.has(String($ref))) return;
      const { $ref: _, ...siblings } = schema;
      const refs = new Set([...place.refs, String($ref)]);
      yield this.make(merge(siblings, resolveRef(this.#root, $ref)), { ...place, refs });
    } else if ('const' in schema) {
      yield schema.const;
    } else if (Array.isArray(schema.enum)) {
      yield* rotated(schema.enum, place.nth);
    } else if (allOf !== undefined) {
      const { allOf: _, ...others } = schema;
      yield this.make(listOf(allOf).map(toSchema).reduce(merge, others), place);
    } else if (condition !== undefined) {
      const { if: _, then: _then, else: _else, ...others } = schema;
      yield this.make(merge(merge(others, toSchema(condition)), toSchema(then)), place);
      yield this.make(merge(others, toSchema(otherwise)), place);
    } else if (anyOf !== undefined || oneOf !== undefined) {
      const others = anyOf === undefined ? rest : { ...rest, ...(oneOf === undefined ? {} : { oneOf }) };
      for (const branch of rotated(listOf(anyOf ?? oneOf), place.nth)) {
        yield this.make(merge(others, toSchema(branch)), place);
      }
    } else {
      for (const type of typesOf(schema)) yield* this.#ofType(type, schema, place);
    }
  }

  *#ofType(type: unknown, rules: Rules, place: Place): Generator<unknown> {
    switch (type) {
      case 'object':
        yield this.#object(rules, place, { optional: true });
        yield this.#object(rules, place, { optional: false });
        break;
      case 'array':
        yield this.#array(rules, place);
        break;
      case 'string':
        yield* stringsFor(rules, place.text, place.nth);
        break;
      case 'number':
      case 'integer':
        yield* numbersFor(rules, place.nth);
        break;
      case 'boolean':
        yield* rotated([true, false], place.nth);
        break;
      case 'null':
        yield null;
        break;
      default:
        throw unsupported(`the type \`${String(type)}\` in a JSON schema`);
    }
  }

  #object(rules: Rules, place: Place, { optional }: { optional: boolean }): unknown {
    const properties = Object.keys(recordOf(rules.properties));
    const required = new Set(listOf(rules.required).map(String));
    const names = new Set([...(optional ? properties : []), ...required]);
    if (optional && names.size === 0 && rules.additionalProperties !== false) names.add('answer');
    const missing = (numberOf(rules.minProperties) ?? 0) - names.size;
    for (let n = 1; n <= missing; n++) names.add(`answer${n}`);
    const members: Rules = {};
    for (const name of names) {
      const value = this.make({ allOf: memberSchemas(rules, name).map(toSchema) }, place);
      if (value !== undefined) members[name] = value;
      else if (required.has(name)) return undefined;
    }
    return members;
  }

  #array(rules: Rules, place: Place): unknown {
    const { first, rest } = itemSchemas(rules);
    const least = numberOf(rules.minItems) ?? 0;
    const length = Math.min(Math.max(least, first.length, 1), numberOf(rules.maxItems) ?? Infinity);
    const items: unknown[] = [];
    for (let index = 0; index < length; index++) {
      const own = toSchema(index < first.length ? first[index] : rest);
      const schema = index === 0 && rules.contains !== undefined ? merge(own, toSchema(rules.contains)) : own;
      const item = this.make(schema, { ...place, nth: rules.uniqueItems === true ? index : place.nth });
      // A list may be empty where its items would go in circles.
      if (item === undefined || (rules.uniqueItems === true && includes(items, item))) break;
      items.push(item);
    }
    return items;
  }
}

function typesOf(rules: Rules): unknown[] {
  if (Array.isArray(rules.type)) return rules.type;
  if (rules.type !== undefined) return [rules.type];
  const has = (...keywords: string[]) => keywords.some((keyword) => keyword in rules);
  if (has('properties', 'required', 'additionalProperties', 'patternProperties', 'minProperties')) return ['object'];
  if (has('items', 'prefixItems', 'minItems', 'contains', 'uniqueItems')) return ['array'];
  if (has('minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf')) return ['number'];
  return ['string', 'object', 'number', 'null'];
}

/** From the lowest that is allowed, in steps; 0 where nothing is below. */
function* numbersFor(rules: Rules, nth: number): Generator<number> {
  const step = numberOf(rules.multipleOf) ?? 1;
  const low = Math.max(numberOf(rules.minimum) ?? -Infinity, numberOf(rules.exclusiveMinimum) ?? -Infinity);
  const high = Math.min(numberOf(rules.maximum) ?? Infinity, numberOf(rules.exclusiveMaximum) ?? Infinity);
  const start = Number.isFinite(low) ? Math.ceil(low / step) : Math.min(0, Math.floor(high / step));
  const direction = Number.isFinite(low) || start === 0 ? 1 : -1;
  yield (start + direction * nth) * step;
  yield (start + direction * (nth + 1)) * step;
  // No multiple of the step is between: a fraction, if fractions are allowed.
  if (Number.isFinite(low) && Number.isFinite(high)) yield low + ((high - low) * (nth + 1)) / (nth + 2);
}

function rotated<T>(items: readonly T[], nth: number): T[] {
  const from = items.length === 0 ? 0 : nth % items.length;
  return [...items.slice(from), ...items.slice(0, from)];
}

function includes(items: readonly unknown[], value: unknown): boolean {
  return items.some((item) => isDeepStrictEqual(item, value));
}
