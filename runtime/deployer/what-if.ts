import type { ChangeType, WhatIfChange, WhatIfPropertyChange } from '@azure/arm-resourcesdeployments';
import type { PlannedChange } from '../contracts/deploy-process.ts';
import { parseResourceId, resourceKind } from '../deployment/resource-types.ts';

/** `Deploy`: Azure cannot say in advance whether it changes. */
const changes: Record<ChangeType, PlannedChange['change']> = {
  Create: 'create',
  Delete: 'delete',
  Modify: 'modify',
  NoChange: 'no_change',
  Ignore: 'ignore',
  Deploy: 'modify',
  Unsupported: 'unsupported',
};

/** Properties whose values nobody should read over a shoulder. */
const SECRET = /secret|password|token|(?:api|shared|access|account)_?key|connectionstring/i;
const MASK = '•••';

/** What Azure says would change, for people; the resource group itself is not among it. Costs are put in by who knows them. */
export function plannedChanges(whatIf: readonly WhatIfChange[]): Omit<PlannedChange, 'cost_usd'>[] {
  return whatIf.flatMap(({ resourceId = '', changeType, delta = [] }) => {
    const what = parseResourceId(resourceId);
    if (!what || what.type === 'Microsoft.Resources/deployments') return [];
    return {
      resource_id: resourceId,
      ...what,
      label: resourceKind(what.type).label,
      change: changes[changeType],
      properties: changeType === 'Modify' ? delta.flatMap((change) => leaves(change)) : [],
    };
  });
}

function leaves(
  { path, propertyChangeType, before, after, children }: WhatIfPropertyChange,
  parent = '',
): PlannedChange['properties'] {
  if (propertyChangeType === 'NoEffect') return [];
  const full = /^\d+$/.test(path) ? `${parent}[${path}]` : [parent, path].filter(Boolean).join('.');
  if (children && children.length > 0) return children.flatMap((child) => leaves(child, full));
  return [{ path: full, before: shown(full, before), after: shown(full, after) }];
}

function shown(path: string, value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (SECRET.test(path)) return MASK;
  return JSON.stringify(value, (key, inner) => (SECRET.test(key) && typeof inner === 'string' ? MASK : inner));
}
