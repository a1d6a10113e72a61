import { type PlaceholderPath, parseTemplate } from '../contracts/placeholders.ts';
import { AosError } from '../core/errors.ts';

/** What placeholders are looked up in. */
export interface Scope {
  input: unknown;
  run: { id: string; workflow: string };
  /** The result of a completed step. */
  result(stepId: string): unknown;
  /** Only in a fan-out. */
  item?: { value: unknown; index: number };
}

/** A template that was taken apart once and is filled in many times. Throws AosError AOS_BAD_REQUEST for what is not there. */
export type Template<T> = (scope: Scope) => T;

/** Text: strings stand in it as they are, everything else as JSON. */
export function textTemplate(text: string): Template<string> {
  const parts = parseTemplate(text);
  if (parts.every((part) => typeof part === 'string')) return () => text;
  return (scope) => parts.map((part) => (typeof part === 'string' ? part : toText(lookUp(scope, part)))).join('');
}

/** Any JSON value with templates in its texts. A text that is one placeholder becomes the value itself. */
export function valueTemplate(value: unknown): Template<unknown> {
  if (typeof value === 'string') {
    const [part, ...more] = parseTemplate(value);
    return part === undefined || typeof part === 'string' || more.length > 0
      ? textTemplate(value)
      : (scope) => lookUp(scope, part);
  }
  if (Array.isArray(value)) {
    const items = value.map(valueTemplate);
    return (scope) => items.map((item) => item(scope));
  }
  if (typeof value !== 'object' || value === null) return () => value;
  const entries = Object.entries(value).map(([key, inner]) => [key, valueTemplate(inner)] as const);
  return (scope) => Object.fromEntries(entries.map(([key, inner]) => [key, inner(scope)]));
}

function lookUp(scope: Scope, path: PlaceholderPath): unknown {
  const [root, ...rest] = path;
  if (root === 'steps') {
    const [stepId = '', , ...names] = rest;
    return descend(scope.result(stepId), names, path);
  }
  if (root === 'item') return descend(scope.item?.value, rest, path);
  if (root === 'index') return scope.item?.index;
  return descend(root === 'run' ? scope.run : scope.input, rest, path);
}

/** Own properties only: what a placeholder names is data, never what JavaScript puts into every object. */
function descend(from: unknown, names: readonly string[], path: PlaceholderPath): unknown {
  let value = from;
  for (const name of names) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) throw missing(path, name);
    value = (value as Record<string, unknown>)[name];
  }
  if (value === undefined) throw missing(path, path.at(-1)!);
  return value;
}

function missing(path: PlaceholderPath, name: string): AosError {
  return new AosError(
    'AOS_BAD_REQUEST',
    `{{${path.join('.')}}} has no value: there is no ${name}. Give it in the input of the run, or correct the template.`,
  );
}

const toText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
