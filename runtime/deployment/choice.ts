import { planCapacity } from '../capacity/plan.ts';
import type { DeploymentInputs, Plan, PlanInput } from '../contracts/capacity.ts';
import type { AosConfig } from '../contracts/config.ts';
import {
  type DeploymentChoice,
  type DeploymentChoiceInput,
  deploymentChoiceSchema,
  GUIDE_WORKERS,
} from '../contracts/deployment.ts';
import type { PriceBook } from '../contracts/prices.ts';
import { AosError } from '../core/errors.ts';

/**
 * Capacity and cost of a workspace: its agents, adapters and shards, and the guide's figures for the rest.
 * @param input what differs; `shards` stays that of aos.json, which the image carries
 * @throws AosError AOS_BAD_REQUEST: inputs out of range
 */
export function planDeployment(config: AosConfig, input: PlanInput, prices: PriceBook): Plan {
  return planCapacity(
    {
      total_agents: Math.max(1, config.agents.length),
      adapters: Math.max(1, Object.keys(config.adapters).length),
      shards: config.runtime.shards,
      ...input,
    },
    { prices },
  );
}

/** What a person has said of a deployment so far; the rest has defaults. */
export type ChoiceDraft = Partial<Omit<DeploymentChoiceInput, 'capacity'>>;

/**
 * Fills a draft up: names after the workspace, the region of the plan, the endpoint of aos.json or else LoRAX on a GPU.
 * @param capacity of a plan, `plan.deployment`
 * @throws AosError AOS_BAD_REQUEST: every bad field, also in `details.issues`
 */
export function chooseDeployment(
  config: AosConfig,
  capacity: DeploymentInputs,
  draft: ChoiceDraft = {},
): DeploymentChoice {
  const name = draft.name ?? prefixOf(config.name);
  const { endpoint } = config.model;
  return parseChoice({
    resource_group: `${name}-rg`,
    location: capacity.region,
    model: endpoint === 'embedded' ? { kind: 'lorax' } : { kind: 'endpoint', url: endpoint },
    ...draft,
    name,
    capacity: { ...capacity, max_replicas: ceilingOf(capacity) },
  });
}

/** At least the guide's 20 workers (R13), as far as there are shards for them: a replica that is not needed does not run. */
function ceilingOf({ max_replicas, shards }: DeploymentInputs): number {
  return Math.max(max_replicas, Math.min(GUIDE_WORKERS, shards));
}

/** @throws AosError AOS_BAD_REQUEST: every bad field, also in `details.issues` */
export function parseChoice(input: unknown): DeploymentChoice {
  const parsed = deploymentChoiceSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ path: [...issue.path, key].join('.'), message: 'is not a known choice' }))
      : [{ path: issue.path.join('.') || 'the deployment', message: issue.message }],
  );
  const text = issues.map(({ path, message }) => `${path} ${message}`).join('; ');
  throw new AosError('AOS_BAD_REQUEST', `This cannot be deployed: ${text}.`, { details: { issues } });
}

/** The nearest name that is a valid prefix: `Board Room_2` → `board-room`. */
function prefixOf(workspace: string): string {
  const words = workspace
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '');
  const prefix = words.slice(0, 11).replace(/-+$/, '');
  return prefix.length >= 2 ? prefix : 'aos';
}
