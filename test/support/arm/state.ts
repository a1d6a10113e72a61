import type { ArmTemplate, Json } from '../../../runtime/contracts/deployment.ts';
import { type EvaluatedResource, evaluateTemplate } from '../../../runtime/deployment/evaluate.ts';
import type { ArmErrorBody } from './failures.ts';

export type Body = Record<string, unknown>;

/** A resource as it stands in Azure. */
export interface Stored {
  id: string;
  type: string;
  name: string;
  [property: string]: unknown;
}

export interface ResourceOperation {
  id: string;
  resource: EvaluatedResource;
  state: 'Waiting' | 'Running' | 'Succeeded' | 'Failed' | 'Canceled';
  error?: { status: string; body: ArmErrorBody };
}

export interface DeploymentRecord {
  name: string;
  state: 'Running' | 'Succeeded' | 'Failed' | 'Canceled';
  /** `Complete`: in the end the group has what the template names, and nothing else. */
  mode: string;
  parameters: Body;
  outputs: Readonly<Record<string, string>>;
  operations: ResourceOperation[];
  error?: ArmErrorBody;
}

export interface Group {
  name: string;
  location: string;
  tags: Body;
  /** By id in small letters: Azure does not care about their case. */
  resources: Map<string, Stored>;
  deployments: Map<string, DeploymentRecord>;
}

export interface DeploymentBody {
  properties: {
    template: ArmTemplate;
    parameters?: Record<string, { value: Json }>;
    mode: string;
  };
}

/** What is in the stand-in's one subscription. */
export class ArmState {
  readonly subscriptionId: string;
  /** By name in small letters. */
  readonly groups = new Map<string, Group>();
  /** Images that were built, `server/name:tag`. */
  readonly images: string[] = [];
  /** Sources that were uploaded, packed. */
  readonly uploads: Buffer[] = [];
  /** Method and path of every request, as they came. */
  readonly requests: string[] = [];

  /** Results of what-if, by number. */
  readonly results = new Map<string, unknown>();

  constructor(subscriptionId: string) {
    this.subscriptionId = subscriptionId;
  }

  group(name: string): Group | undefined {
    return this.groups.get(name.toLowerCase());
  }

  putGroup(name: string, location: string, tags: Body = {}): Group {
    const group: Group = this.group(name) ?? { name, location, tags, resources: new Map(), deployments: new Map() };
    Object.assign(group, { tags });
    this.groups.set(name.toLowerCase(), group);
    return group;
  }

  /** Puts a resource there as if somebody else had created it. */
  putResource(group: string, resource: Omit<Stored, 'id'> & { type: string; name: string }): Stored {
    const { type, name } = resource;
    const id = `/subscriptions/${this.subscriptionId}/resourceGroups/${group}/providers/${type}/${name}`;
    const stored = { ...resource, id } as Stored;
    this.group(group)?.resources.set(id.toLowerCase(), stored);
    return stored;
  }

  running(): boolean {
    return [...this.groups.values()].some(({ deployments }) =>
      [...deployments.values()].some(({ state }) => state === 'Running'),
    );
  }

  /** @throws AosError AOS_CONFIG_INVALID as Azure answers InvalidTemplate */
  evaluate({ properties }: DeploymentBody, group: { name: string; location: string }) {
    return evaluateTemplate(properties.template, {
      parameters: properties.parameters ?? {},
      subscriptionId: this.subscriptionId,
      resourceGroup: group.name,
      location: group.location,
      now: new Date(),
    });
  }
}

/** What of a resource Azure keeps: not how it came about, and no secret that it would give back. */
export function storedOf({ dependsOn: _, apiVersion: __, ...resource }: EvaluatedResource): Stored {
  const stored = structuredClone(resource) as unknown as Stored;
  if (stored.type === 'Microsoft.KeyVault/vaults/secrets') delete (stored.properties as Body | undefined)?.value;
  return stored;
}
