import { addAmounts } from '../capacity/price-book.ts';
import type { Amount, NeedId, Plan } from '../contracts/capacity.ts';
import type { DeploymentChoice, DeploymentCost, ResourceCost } from '../contracts/deployment.ts';

type Priced = Pick<ResourceCost, 'basis' | 'cost'>;

/**
 * What the resources cost a month, by the plan the deployment was made from. Types that nobody has a price for (a registry, alerts)
 * are unknown, never nothing.
 * @param resources of the evaluated template, or of a what-if
 */
export function estimateCost(
  resources: readonly { type: string; name: string }[],
  choice: DeploymentChoice,
  plan: Plan,
): DeploymentCost {
  const rows = resources.map(({ type, name }) => ({ type, name, ...priceOf(type, name, choice, plan) }));
  const sum = (basis: ResourceCost['basis']) =>
    addAmounts(rows.flatMap((row) => (row.basis === basis ? (row.cost ?? []) : [])));
  const month = sum('month');
  const use = sum('use');
  const complete = rows.every(({ cost }) => cost !== null) && month.unknown.length + use.unknown.length === 0;
  return { resources: rows, month, use, complete };
}

const INCLUDED: Priced = { basis: 'included', cost: { amount: 0, unknown: [] } };

function priceOf(type: string, name: string, choice: DeploymentChoice, plan: Plan): Priced {
  const need = (...ids: NeedId[]): Amount =>
    addAmounts(plan.needs.filter(({ id }) => ids.includes(id)).map(({ cost }) => cost));
  switch (type) {
    case 'Microsoft.App/containerApps':
      return { basis: 'month', cost: need(name === `${choice.name}-lorax` ? 'gpu' : 'replicas') };
    case 'Microsoft.Web/serverfarms':
      return functionsPlan(choice, plan);
    case 'Microsoft.ServiceBus/namespaces':
      return { basis: choice.capacity.bus_tier === 'Premium' ? 'month' : 'use', cost: need('bus') };
    case 'Microsoft.Storage/storageAccounts':
      return { basis: 'use', cost: need('storage', 'writes') };
    case 'Microsoft.OperationalInsights/workspaces':
      return { basis: 'use', cost: need('monitoring') };
    case choice.host === 'container-apps' ? 'Microsoft.App/managedEnvironments' : 'Microsoft.Web/sites':
      return { basis: 'use', cost: need('egress') };
    case 'Microsoft.ContainerRegistry/registries':
    case 'Microsoft.Insights/metricAlerts':
    case 'Microsoft.Insights/scheduledQueryRules':
      return { basis: 'month', cost: null };
    case 'Microsoft.KeyVault/vaults':
    case 'Microsoft.LoadTestService/loadTests':
      return { basis: 'use', cost: null };
    default:
      return INCLUDED;
  }
}

function functionsPlan({ host }: DeploymentChoice, { hosting }: Plan): Priced {
  const flex = host === 'functions-flex';
  const cost = hosting.find(({ id }) => id === (flex ? 'flex' : 'premium-ep2'))?.cost ?? null;
  return { basis: flex ? 'use' : 'month', cost };
}
