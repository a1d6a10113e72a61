import { validationError } from '../../errors.ts';

/** An object of a JSON schema (draft 2020-12, `definitions` and `items` lists of draft 7 included). */
export type Rules = Record<string, unknown>;
/** `true`: anything; `false`: nothing. */
export type Schema = Rules | boolean;

/** Keywords that limit what is valid in ways nobody here knows; every other unknown keyword only describes. */
const UNSUPPORTED = ['dependentSchemas', 'unevaluatedItems', 'unevaluatedProperties', '$dynamicRef', '$recursiveRef'];

/** @throws LoraxError `validation` for what is no schema, or one that cannot be honoured: a wrong answer would look right */
export function toSchema(value: unknown): Schema {
  if (value === undefined) return true;
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw unsupported(`\`${JSON.stringify(value)}\` as a JSON schema`);
  }
  const keyword = UNSUPPORTED.find((name) => name in value);
  if (keyword) throw unsupported(`\`${keyword}\` in a JSON schema`);
  return value as Rules;
}

/** What a `$ref` inside the same document points to. @throws LoraxError `validation` */
export function resolveRef(root: Schema, ref: unknown): Schema {
  const path = typeof ref === 'string' && /^#(\/|$)/.test(ref) ? decodeURIComponent(ref.slice(1)) : undefined;
  if (path === undefined) throw unsupported(`the reference \`${String(ref)}\` in a JSON schema`);
  const keys = path.split('/').slice(1);
  const target = keys.reduce<unknown>((node, key) => {
    const name = key.replaceAll('~1', '/').replaceAll('~0', '~');
    return typeof node === 'object' && node !== null ? Reflect.get(node, name) : undefined;
  }, root);
  if (target === undefined) throw unsupported(`the reference \`${String(ref)}\` to nothing in a JSON schema`);
  return toSchema(target);
}

/** @throws LoraxError `validation` */
export function toRegExp(pattern: string): RegExp {
  for (const flags of ['u', '']) {
    try {
      return new RegExp(pattern, flags);
    } catch (error) {
      // Escapes of signs that need none (`\_`) are errors only with the flag `u`.
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  throw unsupported(`the pattern \`${pattern}\` in a JSON schema`);
}

export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

export function recordOf(value: unknown): Rules {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Rules) : {};
}

export function unsupported(what: string): Error {
  return validationError(`${what} is not supported by the simulated engine`);
}
