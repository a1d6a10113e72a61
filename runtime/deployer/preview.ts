import type { Deployment, WhatIfChange } from '@azure/arm-resourcesdeployments';
import type { Plan } from '../contracts/capacity.ts';
import type { DeploymentMode, Preview } from '../contracts/deploy-process.ts';
import type { ResourceCost } from '../contracts/deployment.ts';
import { estimateCost } from '../deployment/cost.ts';
import { ArmError } from './arm-error.ts';
import type { Azure } from './azure.ts';
import { type ImageSource, previewImage } from './image.ts';
import { groupExists } from './resource-groups.ts';
import { deploymentBody, deploymentName, type Workspace, withGroup } from './template.ts';
import type { Watch } from './watch.ts';
import { plannedChanges } from './what-if.ts';

/** Between two looks at what-if and validation, where Azure does not say it, in ms. */
const POLL_MS = 1000;

export interface PreviewOptions extends Workspace, Watch {
  plan: Plan;
  mode: DeploymentMode;
  image: ImageSource;
}

/** Validates a deployment and asks Azure what would change. Nothing is created, and no secret is sent. */
export async function preview(azure: Azure, options: PreviewOptions): Promise<Preview> {
  const { config, plan, mode, image, say, signal } = options;
  const group = options.choice.resource_group;
  say({ phase: 'template', message: 'Making the template' });
  const exists = await groupExists(azure, group, signal);
  const choice = { ...options.choice, image: await previewImage(azure, options.choice, image, exists, signal) };
  const body = deploymentBody({ config, choice }, 'withheld', mode);
  await validate(azure, body, { config, choice, exists, say, signal });
  say({ phase: 'what_if', message: 'Asking Azure what would change' });
  const changes = plannedChanges(await whatIf(azure, body, { config, choice, exists, signal }));
  const planned = changes.filter(({ change }) => change !== 'delete' && change !== 'ignore');
  const cost = estimateCost(planned, choice, plan);
  const rows = new Map(planned.map(({ resource_id }, index) => [resource_id, usdOf(cost.resources[index]!)]));
  return {
    resource_group: group,
    group_exists: exists,
    // What goes, or is not ours, is no part of what this deployment costs.
    changes: changes.map((change) => ({
      ...change,
      cost_usd: rows.has(change.resource_id) ? rows.get(change.resource_id)! : 0,
    })),
    month_usd: cost.month.amount + cost.use.amount,
    unknown_prices: [...rows.values()].filter((usd) => usd === null).length,
    prices_as_of: plan.prices.as_of,
  };
}

const usdOf = ({ cost }: ResourceCost): number | null =>
  cost === null || cost.unknown.length > 0 ? null : cost.amount;

interface Where extends Workspace {
  /** Whether the resource group is there. */
  exists: boolean;
  signal: AbortSignal;
}

/**
 * @returns ids of the resources it would deploy
 * @throws ArmError with every reason Azure gives
 */
export async function validate(azure: Azure, body: Deployment, where: Where & Pick<Watch, 'say'>): Promise<string[]> {
  const { choice, exists, signal, say } = where;
  say({ phase: 'validate', message: 'Asking Azure whether it would take the template' });
  const options = { abortSignal: signal, updateIntervalInMs: POLL_MS };
  const { error, properties } = exists
    ? await azure.deployments.validate(choice.resource_group, deploymentName(choice), body, options)
    : await azure.deployments.validateAtSubscriptionScope(deploymentName(choice), withGroup(body, where), options);
  if (error) throw new ArmError(400, { error });
  return (properties?.validatedResources ?? []).flatMap(({ id }) => id ?? []);
}

async function whatIf(azure: Azure, body: Deployment, where: Where): Promise<WhatIfChange[]> {
  const { choice, exists, signal } = where;
  const options = { abortSignal: signal, updateIntervalInMs: POLL_MS };
  const { error, changes } = exists
    ? await azure.deployments.whatIf(choice.resource_group, deploymentName(choice), body, options)
    : await azure.deployments.whatIfAtSubscriptionScope(deploymentName(choice), withGroup(body, where), options);
  if (error) throw new ArmError(400, { error });
  return changes ?? [];
}
