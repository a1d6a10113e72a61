import type { CostBasis } from '../../runtime/contracts/deploy-panel.ts';
import type { PlannedChange } from '../../runtime/contracts/deploy-process.ts';
import { formatCents } from '../../runtime/contracts/figures.ts';
import { t } from '../l10n.ts';

type Change = PlannedChange['change'];

/** What a person sees of a change; what Azure leaves alone because the template does not name it is no change. */
export interface ChangeCounts {
  create: number;
  modify: number;
  delete: number;
  unchanged: number;
}

export function countChanges(changes: readonly PlannedChange[]): ChangeCounts {
  const count = (kind: Change) => changes.filter(({ change }) => change === kind).length;
  return { create: count('create'), modify: count('modify'), delete: count('delete'), unchanged: count('no_change') };
}

export const isNothing = ({ create, modify, delete: deleted }: ChangeCounts) => create + modify + deleted === 0;

/** By the beginning of a resource's type. */
const GROUPS: readonly [prefix: string, label: string][] = [
  ['Microsoft.App/', 'Container Apps'],
  ['Microsoft.Web/', 'Functions'],
  ['Microsoft.ServiceBus/', 'Service Bus'],
  ['Microsoft.Storage/', 'Storage'],
  ['Microsoft.ContainerRegistry/', 'Container Registry'],
  ['Microsoft.OperationalInsights/', 'Monitoring'],
  ['Microsoft.Insights/', 'Monitoring'],
  ['Microsoft.ManagedIdentity/', 'Identity'],
  ['Microsoft.Authorization/', 'Identity'],
  ['Microsoft.KeyVault/', 'Key Vault'],
  ['Microsoft.LoadTestService/', 'Load testing'],
  ['Microsoft.Consumption/', 'Budget'],
];

export interface ChangeGroup {
  label: string;
  changes: PlannedChange[];
}

/** The rows of the table by service, in a fixed order; without what the deployment does not touch. */
export function groupChanges(changes: readonly PlannedChange[]): ChangeGroup[] {
  const groups = new Map<string, PlannedChange[]>();
  for (const [, label] of GROUPS) groups.set(label, []);
  for (const change of changes) {
    if (change.change === 'ignore') continue;
    const label = GROUPS.find(([prefix]) => change.type.startsWith(prefix))?.[1] ?? t('Others');
    groups.set(label, [...(groups.get(label) ?? []), change]);
  }
  return [...groups].filter(([, rows]) => rows.length > 0).map(([label, rows]) => ({ label, changes: rows }));
}

/** `+`, `~`, `−`, `=`, and the word for who does not see the sign. */
export function signOf(change: Change): { sign: string; word: string } {
  switch (change) {
    case 'create':
      return { sign: '+', word: t('create') };
    case 'modify':
      return { sign: '~', word: t('modify') };
    case 'delete':
      return { sign: '−', word: t('delete') };
    case 'no_change':
    case 'ignore':
      return { sign: '=', word: t('unchanged') };
    case 'unsupported':
      return { sign: '?', word: t('Azure cannot tell') };
  }
}

/** The cost cell of a row. @param basis undefined: nobody knows how it is paid */
export function costText({ cost_usd, change }: PlannedChange, basis: CostBasis | undefined): string {
  if (change === 'delete' || basis === 'included') return t('included');
  if (basis === 'use') return t('by use');
  if (cost_usd === null) return t('unknown');
  return cost_usd === 0 ? t('included') : formatCents(cost_usd);
}

/** Where an amount comes from; nothing where there is none. */
export function sourceText(change: PlannedChange, basis: CostBasis | undefined): string {
  if (basis !== 'month' || change.change === 'delete' || !change.cost_usd) return '';
  return /-lorax$/.test(change.name) ? t('guide') : t('list price');
}

/** A resource below another one, without the name of that: `agent-events/aos-studio`. */
export function shortName(name: string): string {
  return name.slice(name.indexOf('/') + 1);
}
