import type { ResponseFormat } from '../../../contracts/lorax.ts';
import { validationError } from '../errors.ts';

/** An object of a JSON schema (draft 2020-12, `definitions` and lists in `items` of draft 7 included). */
type Rules = Record<string, unknown>;

/**
 * Rules that every grammar has. White space only where `JSON.stringify` with a space would have it: a model that may write
 * blanks for ever sometimes does. Numbers have so few digits that every one is a number of JavaScript, and integers are whole.
 */
const BASE = {
  char: '[^"\\\\\\x00-\\x1F\\x7F] | "\\\\" (["\\\\/bfnrt] | "u" [0-9a-fA-F]{4})',
  string: '"\\"" char* "\\""',
  natural: '"0" | [1-9] [0-9]{0,14}',
  integer: '"-"? natural',
  number: 'integer ("." [0-9]{1,15})? ([eE] [-+]? [0-9]{1,2})?',
  boolean: '"true" | "false"',
  null: '"null"',
  array: '"[" (any (", " any)*)? "]"',
  pair: 'string ": " any',
  object: '"{" (pair (", " pair)*)? "}"',
  any: 'string | number | boolean | null | array | object',
};

const FORMATS: Readonly<Record<string, string>> = {
  date: '[0-9]{4} "-" ("0" [1-9] | "1" [0-2]) "-" ("0" [1-9] | "1" [0-9] | "2" [0-8])',
  time: '([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9] ":" [0-5] [0-9] "Z"',
  uuid: '[0-9a-f]{8} "-" [0-9a-f]{4} "-4" [0-9a-f]{3} "-" [89ab] [0-9a-f]{3} "-" [0-9a-f]{12}',
};

/** Keywords that limit what is valid, by what they are about; every other keyword only describes. */
const KEYWORDS = {
  object: ['properties', 'required', 'additionalProperties', 'minProperties', 'maxProperties'],
  array: ['items', 'prefixItems', 'additionalItems', 'minItems', 'maxItems'],
  string: ['minLength', 'maxLength'],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'],
  choice: ['$ref', 'anyOf', 'oneOf', 'allOf', 'enum', 'const'],
  type: ['type'],
  /** No grammar can follow these. */
  never: [
    ...['not', 'if', 'then', 'else', 'pattern', 'multipleOf', 'uniqueItems', 'contains', 'minContains', 'maxContains'],
    ...['patternProperties', 'propertyNames', 'dependentRequired', 'dependentSchemas', 'dependencies'],
    ...['unevaluatedItems', 'unevaluatedProperties', '$dynamicRef', '$recursiveRef'],
  ],
};
const LIMITING = new Set(Object.values(KEYWORDS).flat());
const { object, array, string, number } = KEYWORDS;
const KEYWORDS_OF_TYPE: Readonly<Record<string, readonly string[]>> = {
  object,
  array,
  string,
  number,
  integer: number,
};

/** Integers between two bounds are listed one by one, up to so many. */
const MAX_LISTED = 1000;

/**
 * The grammar (GBNF of llama.cpp, grammars/README.md) of a response format. Every text of it is JSON that fits the schema;
 * of an object all properties are written, in the order of the schema, and none that the schema does not name.
 * @returns undefined for text
 * @throws LoraxError `validation` for a schema that no grammar can follow: an answer that only looks right is worse
 */
export function jsonGrammar(format: ResponseFormat | undefined): string | undefined {
  if (!format || format.type === 'text') return undefined;
  return new JsonGrammar(format.schema ?? { type: 'object' }).text();
}

class JsonGrammar {
  readonly #root: Rules;
  readonly #rules = new Map<string, string>(Object.entries(BASE));
  readonly #names = new Map<string, string>();

  constructor(root: Rules) {
    this.#root = root;
  }

  text(): string {
    const root = this.#expression(this.#root);
    return [['root', root], ...this.#rules].map(([name, body]) => `${name} ::= ${body}\n`).join('');
  }

  #expression(schema: unknown): string {
    if (schema === undefined || schema === true) return 'any';
    const rules = rulesOf(schema);
    const limits = Object.keys(rules).filter((key) => LIMITING.has(key) && rules[key] !== undefined);
    const refuse = (allowed: readonly string[]) => {
      const other = limits.find((key) => !allowed.includes(key));
      if (other) throw unsupported(`\`${other}\``);
    };
    const choice = KEYWORDS.choice.find((key) => limits.includes(key));
    if (choice !== undefined) {
      // `type` beside a list of values repeats what they are.
      refuse(choice === 'const' || choice === 'enum' ? [choice, 'type'] : [choice]);
      return this.#choice(choice, rules[choice]);
    }
    const types = typesOf(rules, limits);
    refuse(['type', ...types.flatMap((type) => KEYWORDS_OF_TYPE[type] ?? [])]);
    return types.length === 0 ? 'any' : anyOf(types.map((type) => this.#ofType(type, rules)));
  }

  #choice(keyword: string, value: unknown): string {
    if (keyword === '$ref') return this.#reference(value);
    if (keyword === 'const') return literal(value);
    if (keyword === 'enum') return anyOf(listOf(value).map(literal));
    const options = listOf(value);
    if (keyword === 'allOf' && options.length !== 1) throw unsupported('`allOf`');
    return anyOf(options.map((option) => this.#expression(option)));
  }

  #ofType(type: string, rules: Rules): string {
    if (type === 'object') return this.#object(rules);
    if (type === 'array') return this.#array(rules);
    if (type === 'string') return stringOf(rules);
    if (type === 'integer' || type === 'number') return numberOf(type, rules);
    if (type === 'boolean' || type === 'null') return type;
    throw unsupported(`the type \`${type}\``);
  }

  #object(rules: Rules): string {
    const { additionalProperties: others = true } = rules;
    const properties = Object.entries(rules.properties ? rulesOf(rules.properties) : {});
    const named = new Map(properties);
    for (const name of listOf(rules.required)) if (!named.has(String(name))) named.set(String(name), others);
    if (named.size > 0 || others === false) {
      if (named.size < bound(rules.minProperties, 0) || named.size > bound(rules.maxProperties, Infinity)) {
        throw unsupported('a number of properties other than that of those it names');
      }
      const pairs = [...named].map(
        ([name, value]) => `${quoted(`${JSON.stringify(name)}: `)} ${this.#expression(value)}`,
      );
      return sequence(['"{"', pairs.join(' ", " '), '"}"']);
    }
    // The same name twice would count once, so that only one can be promised.
    if (bound(rules.minProperties, 0) > 1) throw unsupported('`minProperties` of more than 1');
    return list('{', `string ": " ${this.#expression(others)}`, '}', rules.minProperties, rules.maxProperties);
  }

  #array(rules: Rules): string {
    const old = Array.isArray(rules.items);
    const first = listOf(old ? rules.items : rules.prefixItems);
    const rest = old ? rules.additionalItems : rules.items;
    if (first.length === 0 && rest !== false) {
      return list('[', this.#expression(rest), ']', rules.minItems, rules.maxItems);
    }
    if (first.length < bound(rules.minItems, 0) || first.length > bound(rules.maxItems, Infinity)) {
      throw unsupported('a number of items other than that of those it lists');
    }
    return sequence(['"["', first.map((item) => this.#expression(item)).join(' ", " '), '"]"']);
  }

  /** A rule of its own, so that a schema may contain itself. */
  #reference(ref: unknown): string {
    const pointer = String(ref);
    const known = this.#names.get(pointer);
    if (known) return known;
    const name = `ref-${this.#names.size}`;
    this.#names.set(pointer, name);
    this.#rules.set(name, this.#expression(this.#target(pointer)));
    return name;
  }

  #target(pointer: string): unknown {
    if (!/^#(\/|$)/.test(pointer)) throw unsupported(`the reference \`${pointer}\``);
    const keys = decodeURIComponent(pointer.slice(1)).split('/').slice(1);
    const target = keys.reduce<unknown>((node, key) => {
      const name = key.replaceAll('~1', '/').replaceAll('~0', '~');
      return typeof node === 'object' && node !== null ? Reflect.get(node, name) : undefined;
    }, this.#root);
    if (target === undefined) throw unsupported(`the reference \`${pointer}\` to nothing`);
    return target;
  }
}

function rulesOf(schema: unknown): Rules {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) {
    throw unsupported(`\`${JSON.stringify(schema)}\``);
  }
  return schema as Rules;
}

/** Without `type` they are those that the keywords are about; none at all = anything. */
function typesOf({ type, nullable }: Rules, limits: readonly string[]): string[] {
  const about = (['object', 'array', 'string', 'number'] as const).filter((kind) =>
    KEYWORDS[kind].some((key) => limits.includes(key)),
  );
  const types = type === undefined ? about : Array.isArray(type) ? type.map(String) : [String(type)];
  return nullable === true && types.length > 0 ? [...types, 'null'] : types;
}

function stringOf({ format, minLength, maxLength }: Rules): string {
  if (minLength === undefined && maxLength === undefined) {
    const { date, time } = FORMATS;
    const known = format === 'date-time' ? `${date} "T" ${time}` : FORMATS[String(format)];
    return known === undefined ? 'string' : sequence(['"\\""', known, '"\\""']);
  }
  return sequence(['"\\""', `char${times(minLength, maxLength)}`, '"\\""']);
}

/** Bounds that are those of JavaScript's safe integers say nothing. */
function numberOf(type: 'integer' | 'number', rules: Rules): string {
  const [min, strictMin] = [bound(rules.minimum, -Infinity), bound(rules.exclusiveMinimum, -Infinity)];
  const [max, strictMax] = [bound(rules.maximum, Infinity), bound(rules.exclusiveMaximum, Infinity)];
  const lowest = Math.max(Math.ceil(min), Math.floor(strictMin) + 1);
  const highest = Math.min(Math.floor(max), Math.ceil(strictMax) - 1);
  const unbounded = (value: number) => Math.abs(value) >= Number.MAX_SAFE_INTEGER;
  if ([min, max, strictMin, strictMax].every(unbounded)) return type;
  // A whole number is a number, too: bounds can be kept that way.
  if (unbounded(highest) && lowest === 0) return 'natural';
  if (unbounded(highest) && lowest === 1) return '[1-9] [0-9]{0,14}';
  if (highest < lowest || highest - lowest >= MAX_LISTED) {
    throw unsupported(`a number from ${lowest} to ${highest}`);
  }
  return anyOf(Array.from({ length: highest - lowest + 1 }, (_, i) => quoted(String(lowest + i))));
}

function list(open: string, item: string, close: string, min: unknown, max: unknown): string {
  const [least, most] = [bound(min, 0), bound(max, Infinity)];
  if (most === 0) return sequence([quoted(open), quoted(close)]);
  const more = `(", " ${item})${times(Math.max(0, least - 1), most - 1)}`;
  const items = `${item} ${more}`;
  return sequence([quoted(open), least > 0 ? items : `(${items})?`, quoted(close)]);
}

function times(min: unknown, max: unknown): string {
  const [least, most] = [bound(min, 0), bound(max, Infinity)];
  return most === Infinity ? `{${least},}` : `{${least},${most}}`;
}

const bound = (value: unknown, otherwise: number) => (typeof value === 'number' ? value : otherwise);
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const sequence = (parts: readonly string[]) => `(${parts.filter((part) => part !== '').join(' ')})`;
const literal = (value: unknown) => quoted(JSON.stringify(value));
/** A text of the grammar; its escapes are JSON's. */
const quoted = (text: string) => JSON.stringify(text);

function anyOf(options: readonly string[]): string {
  if (options.length === 0) throw unsupported('a choice of nothing');
  return `(${options.join(' | ')})`;
}

function unsupported(what: string): Error {
  return validationError(`llama.cpp cannot follow this JSON schema: ${what} is not supported`);
}
