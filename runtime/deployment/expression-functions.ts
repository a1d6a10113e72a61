import { createHash } from 'node:crypto';
import type { Json, JsonObject } from '../contracts/deployment.ts';
import { AosError } from '../core/errors.ts';

/** What Azure knows only once the resource exists: `reference(…).x`. In a text it reads `‹name.x›`. */
export class RuntimeValue {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  member(key: string): RuntimeValue {
    return new RuntimeValue(`${this.path}.${key}`);
  }

  toString(): string {
    return `‹${this.path}›`;
  }
}

export type Value = Json | RuntimeValue;

/** Functions of ARM expressions that need nothing but their arguments; names in small letters, since case does not matter. */
export const pureFunctions: Record<string, (...args: Value[]) => Value> = {
  format: (pattern, ...args) => asText(pattern).replace(/\{(\d+)\}/g, (_, index) => asText(args[Number(index)])),
  concat: (...args) => (args.every(Array.isArray) ? (args as Json[][]).flat() : args.map(asText).join('')),
  replace: (value, from, to) => asText(value).replaceAll(asText(from), asText(to)),
  tolower: (value) => asText(value).toLowerCase(),
  toupper: (value) => asText(value).toUpperCase(),
  take: (value, count) =>
    Array.isArray(value) ? value.slice(0, Number(count)) : asText(value).slice(0, Number(count)),
  substring: (value, from, length) =>
    asText(value).slice(Number(from), length === undefined ? undefined : Number(from) + Number(length)),
  split: (value, by) => asText(value).split(asText(by)),
  last: (value) => (Array.isArray(value) ? (value.at(-1) ?? null) : asText(value).slice(-1)),
  length: (value) =>
    typeof value === 'string' || Array.isArray(value) ? value.length : Object.keys(value as JsonObject).length,
  empty: (value) =>
    value === null ||
    value === '' ||
    (typeof value === 'object' && !(value instanceof RuntimeValue) && Object.keys(value).length === 0),
  string: (value) =>
    typeof value === 'object' && !(value instanceof RuntimeValue) ? JSON.stringify(value) : asText(value),
  int: (value) => Number(value),
  json: (value) => JSON.parse(asText(value)),
  equals: (a, b) => JSON.stringify(a) === JSON.stringify(b),
  not: (value) => !value,
  and: (...args) => args.every(Boolean),
  or: (...args) => args.some(Boolean),
  true: () => true,
  false: () => false,
  null: () => null,
  createarray: (...args) => args as Json[],
  createobject: (...args) =>
    Object.fromEntries(args.flatMap((key, index) => (index % 2 === 0 ? [[asText(key), args[index + 1] as Json]] : []))),
  union: (...args) =>
    args.every(Array.isArray) ? [...new Set((args as Json[][]).flat())] : Object.assign({}, ...(args as JsonObject[])),
  uniquestring: (...args) => uniqueString(args.map(asText).join('-')),
  guid: (...args) => guid(args.map(asText).join('-')),
};

export function asText(value: Value | undefined): string {
  if (value === undefined) throw new AosError('AOS_CONFIG_INVALID', 'An argument is missing in a template expression.');
  return typeof value === 'boolean' ? (value ? 'True' : 'False') : String(value);
}

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** 13 characters like those of Azure, whose own hash is not published: a preview’s names differ from the real ones in them. */
function uniqueString(of: string): string {
  return [...createHash('sha256').update(of).digest().subarray(0, 13)].map((byte) => BASE32[byte % 32]).join('');
}

/** Namespace for URLs (RFC 9562, section 6.6). Azure has a namespace of its own: a preview’s GUIDs differ from the real ones. */
const URL_NAMESPACE = Buffer.from('6ba7b8119dad11d180b400c04fd430c8', 'hex');

/** A UUID of version 5 (RFC 9562, section 5.5). */
function guid(of: string): string {
  const bytes = createHash('sha1').update(URL_NAMESPACE).update(of).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
