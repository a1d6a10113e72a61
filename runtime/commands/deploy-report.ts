import type {
  DeploymentResult,
  Inventory,
  Operation,
  PlannedChange,
  Preview,
  SmokeCheck,
} from '../contracts/deploy-process.ts';
import type { Watch } from '../deployer/watch.ts';
import { resourceKind } from '../deployment/resource-types.ts';

const SIGNS: Record<PlannedChange['change'], string> = {
  create: '+',
  modify: '~',
  delete: '-',
  no_change: '=',
  ignore: '*',
  unsupported: '?',
};

const WORDS: Record<PlannedChange['change'], string> = {
  create: 'create',
  modify: 'modify',
  delete: 'delete',
  no_change: 'unchanged',
  ignore: 'left alone',
  unsupported: 'not predictable',
};

/** What a deployment would change, by kind of resource, as text. */
export function previewLines(preview: Preview, currency: string): string[] {
  const { changes, resource_group, group_exists } = preview;
  const groups = Map.groupBy(changes, ({ type }) => resourceKind(type).group);
  return [
    `${resource_group}${group_exists ? '' : ' (a new resource group)'}`,
    '',
    ...[...groups].flatMap(([name, rows]) => [`${name}`, ...rows.flatMap(changeLines), '']),
    summary(changes),
    costLine(preview, currency),
  ];
}

function changeLines({ change, label, name, properties, cost_usd }: PlannedChange): string[] {
  const cost = cost_usd === null ? '  price unknown' : cost_usd > 0 ? `  ${usd(cost_usd)} a month` : '';
  return [
    `  ${SIGNS[change]} ${label} ${name}${cost}`,
    ...properties.map(({ path, before, after }) => `      ${path}: ${before ?? 'none'} → ${after ?? 'none'}`),
  ];
}

function summary(changes: readonly PlannedChange[]): string {
  const counts = Map.groupBy(changes, ({ change }) => change);
  const parts = Object.entries(SIGNS).flatMap(([change, sign]) => {
    const count = counts.get(change as PlannedChange['change'])?.length ?? 0;
    return count === 0 ? [] : `${sign} ${count} ${WORDS[change as PlannedChange['change']]}`;
  });
  return parts.length === 0 ? 'Nothing to deploy.' : parts.join('   ');
}

function costLine({ month_usd, unknown_prices, prices_as_of }: Preview, currency: string): string {
  const known = `Cost: ${unknown_prices > 0 ? 'at least' : 'about'} ${usd(month_usd)} (${currency}) a month`;
  const unknown = unknown_prices > 0 ? `; ${unknown_prices} prices are unknown (aos plan --refresh asks for them)` : '';
  return `${known}${prices_as_of === null ? '' : `, at prices of ${prices_as_of}`}${unknown}.`;
}

const usd = (amount: number) => `$${amount.toLocaleString('en', { maximumFractionDigits: 2 })}`;

export function inventoryLines({ resource_group, ours, others }: Inventory): string[] {
  if (ours.length === 0) return [`There is nothing of AOS in ${resource_group}.`];
  const how =
    others.length === 0 ? `Deletes the resource group ${resource_group} with` : `Deletes of ${resource_group}`;
  return [
    `${how} ${ours.length} resources, and all data in them:`,
    ...ours.map(({ label, name }) => `  - ${label} ${name}`),
    ...(others.length === 0 ? [] : ['Stays, since AOS did not create it:']),
    ...others.map(({ type, name }) => `  * ${type} ${name}`),
  ];
}

export function resultLines({ deployment, resource_group, api, changes, smoke }: DeploymentResult): string[] {
  const failed = smoke.filter(({ state }) => state === 'failed').length;
  const headline =
    failed > 0 ? `Deployed, but ${failed} of ${smoke.length} checks failed.` : `Deployed: ${changes} resources.`;
  return [
    headline,
    `  deployment      ${deployment} in ${resource_group}`,
    `  API             ${api ?? 'not deployed yet: run aos deploy again'}`,
    ...smoke.map(checkLine),
  ];
}

function checkLine({ label, state, measured_ms, target, message }: SmokeCheck): string {
  const time = measured_ms === null ? '' : ` ${measured_ms} ms`;
  const goal = target === null ? '' : ` (target ${target})`;
  return `  ${label.padEnd(18)}${state}${time}${goal}${message === null ? '' : `: ${message}`}`;
}

/** Progress as lines: what is new since the last one. */
export class ProgressLines {
  readonly #print: (line: string) => void;
  readonly #states = new Map<string, Operation['state']>();
  #last = '';

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  tell({ message, operations = [] }: Parameters<Watch['say']>[0]): void {
    for (const { resource_id, label, name, state, seconds, error } of operations) {
      if (this.#states.get(resource_id) === state) continue;
      this.#states.set(resource_id, state);
      if (state === 'waiting') continue;
      const time = seconds === null || state === 'running' ? '' : ` in ${Math.round(seconds)} s`;
      this.#print(`  ${state.padEnd(9)} ${label} ${name}${time}${error ? `: ${error.message} (${error.code})` : ''}`);
    }
    if (message !== this.#last) this.#print(message);
    this.#last = message;
  }
}
