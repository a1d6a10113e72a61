import { listOf, type Rules, recordOf, type Schema } from './schema.ts';

const LARGER = new Set(['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties']);
const SMALLER = new Set(['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties']);

/**
 * One schema for what has to fit both. Of keywords that cannot be joined `b`'s stays: what is made from the result is
 * validated against the originals.
 */
export function merge(a: Schema, b: Schema): Schema {
  if (typeof a === 'boolean') return a ? b : false;
  if (typeof b === 'boolean') return b ? a : false;
  const merged: Rules = { ...a };
  for (const [keyword, value] of Object.entries(b)) {
    merged[keyword] = keyword in a ? join(keyword, a[keyword], value) : value;
  }
  return merged;
}

function join(keyword: string, a: unknown, b: unknown): unknown {
  if (LARGER.has(keyword)) return Math.max(Number(a), Number(b));
  if (SMALLER.has(keyword)) return Math.min(Number(a), Number(b));
  switch (keyword) {
    case 'required':
      return [...new Set([...listOf(a), ...listOf(b)])];
    case 'allOf':
      return [...listOf(a), ...listOf(b)];
    case 'enum':
      return listOf(a).filter((value) => listOf(b).includes(value));
    case 'type':
      return commonTypes(a, b);
    case 'properties':
      return mergeProperties(recordOf(a), recordOf(b));
    default:
      return b;
  }
}

function commonTypes(a: unknown, b: unknown): unknown {
  const others = Array.isArray(b) ? b : [b];
  const common = (Array.isArray(a) ? a : [a]).flatMap((type) => {
    if (others.includes(type)) return [type];
    // Every integer is a number.
    const pair = [type, ...others];
    return pair.includes('integer') && pair.includes('number') && ['integer', 'number'].includes(type)
      ? ['integer']
      : [];
  });
  return common;
}

function mergeProperties(a: Rules, b: Rules): Rules {
  const both = Object.entries(b).map(([name, schema]) => [name, name in a ? { allOf: [a[name], schema] } : schema]);
  return { ...a, ...Object.fromEntries(both) };
}
