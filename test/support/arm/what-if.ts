import { isDeepStrictEqual } from 'node:util';
import type { EvaluatedResource } from '../../../runtime/deployment/evaluate.ts';
import { type Body, type Group, type Stored, storedOf } from './state.ts';

interface PropertyChange {
  path: string;
  propertyChangeType: 'Create' | 'Delete' | 'Modify' | 'Array';
  before?: unknown;
  after?: unknown;
  children?: PropertyChange[];
}

/**
 * Answers what-if from what is there: what the template names is created, modified or the same; what it does not name is left
 * alone, or in complete mode deleted.
 */
export function whatIfOf(planned: readonly EvaluatedResource[], group?: Group, mode = 'Incremental'): Body[] {
  const named = new Set(planned.map(({ id }) => id.toLowerCase()));
  const rest = [...(group?.resources ?? [])].filter(([id]) => !named.has(id)).map(([, resource]) => resource);
  return [
    ...planned.map((resource) => changeOf(storedOf(resource), group?.resources.get(resource.id.toLowerCase()))),
    ...rest.map((before) =>
      mode === 'Complete'
        ? { resourceId: before.id, changeType: 'Delete', before }
        : { resourceId: before.id, changeType: 'Ignore', before, after: before },
    ),
  ];
}

function changeOf(after: Stored, before: Stored | undefined): Body {
  if (!before) return { resourceId: after.id, changeType: 'Create', after };
  const delta = compare(before, after);
  if (delta.length === 0) return { resourceId: after.id, changeType: 'NoChange', before, after };
  return { resourceId: after.id, changeType: 'Modify', before, after, delta };
}

/** Properties that the template does not set stay as they are. */
function compare(before: Body, after: Body): PropertyChange[] {
  return Object.entries(after).flatMap(([path, value]): PropertyChange[] => {
    const old = before[path];
    if (isDeepStrictEqual(old, value)) return [];
    if (old === undefined) return [{ path, propertyChangeType: 'Create', after: value }];
    if (isObject(old) && isObject(value)) {
      return compare(old, value).map((change) => ({ ...change, path: `${path}.${change.path}` }));
    }
    if (Array.isArray(old) && Array.isArray(value)) {
      return [{ path, propertyChangeType: 'Array', before: old, after: value, children: compareItems(old, value) }];
    }
    return [{ path, propertyChangeType: 'Modify', before: old, after: value }];
  });
}

const compareItems = (before: unknown[], after: unknown[]): PropertyChange[] =>
  Array.from({ length: Math.max(before.length, after.length) }, (_, index) => index).flatMap((index) => {
    const path = String(index);
    if (index >= before.length) return [{ path, propertyChangeType: 'Create' as const, after: after[index] }];
    if (index >= after.length) return [{ path, propertyChangeType: 'Delete' as const, before: before[index] }];
    return compare({ [path]: before[index] }, { [path]: after[index] });
  });

const isObject = (value: unknown): value is Body =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
