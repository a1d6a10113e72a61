import { SubscriptionClient } from '@azure/arm-resources-subscriptions';
import { DeploymentsClient, type DeploymentsClientOptionalParams } from '@azure/arm-resourcesdeployments';
import type { TokenCredential } from '@azure/identity';
import type { AzureCloud } from '../contracts/deploy-process.ts';
import { AosError } from '../core/errors.ts';
import { ArmError, retryAfterMs } from './arm-error.ts';
import { ArmRest } from './arm-rest.ts';

/** Versions of the parts of Azure Resource Manager that are called without an SDK. */
export const apiVersions = {
  groups: '2025-04-01',
  providers: '2021-04-01',
  registries: '2025-04-01',
  /** Tasks of a registry, which `az acr build` uses. */
  registryTasks: '2019-06-01-preview',
  containerApps: '2025-01-01',
} as const;

export interface AzureOptions {
  cloud: AzureCloud;
  credential: TokenCredential;
  /** Default: none, for what needs no subscription. */
  subscriptionId?: string;
  /** First wait after an error of the network or of Azure, in ms; it doubles, three times. Default: 1000. */
  retryDelayMs?: number;
}

type Policies = NonNullable<DeploymentsClientOptionalParams['additionalPolicies']>;

/** A subscription in a cloud, and whoever is signed in there. */
export class Azure {
  readonly cloud: AzureCloud;
  readonly credential: TokenCredential;
  readonly subscriptions: SubscriptionClient;
  readonly rest: ArmRest;
  readonly #subscriptionId: string | undefined;
  readonly #client: DeploymentsClient;

  constructor({ cloud, credential, subscriptionId, retryDelayMs = 1000 }: AzureOptions) {
    const endpoint = cloud.resource_manager.replace(/\/$/, '');
    const scope = `${endpoint}/.default`;
    const options = {
      endpoint,
      credentials: { scopes: [scope] },
      additionalPolicies: [{ policy: failuresWithCauses, position: 'perCall' }] satisfies Policies,
      retryOptions: { maxRetries: 3, retryDelayInMs: retryDelayMs },
    };
    this.cloud = cloud;
    this.credential = credential;
    this.#subscriptionId = subscriptionId;
    this.#client = new DeploymentsClient(credential, subscriptionId ?? '', options);
    this.subscriptions = new SubscriptionClient(credential, options);
    this.rest = new ArmRest({ endpoint, credential, scope, retryDelayMs });
  }

  get subscriptionId(): string {
    if (this.#subscriptionId === undefined) throw new AosError('AOS_BAD_REQUEST', 'Name a subscription.');
    return this.#subscriptionId;
  }

  get deployments(): DeploymentsClient['deployments'] {
    return this.#client.deployments;
  }

  get operations(): DeploymentsClient['deploymentOperations'] {
    return this.#client.deploymentOperations;
  }

  groupPath(group: string): string {
    return `/subscriptions/${this.subscriptionId}/resourceGroups/${encodeURIComponent(group)}`;
  }
}

/** The pollers of the SDK tell that something failed, and leave out why: here every failure is thrown with all that Azure says. */
const failuresWithCauses: Policies[number]['policy'] = {
  name: 'failuresWithCauses',
  async sendRequest(request, next) {
    const response = await next(request);
    const { status, bodyAsText, headers } = response;
    if (status < 400 && !bodyAsText?.includes('"error"')) return response;
    const body = parse(bodyAsText);
    // Of a long operation that has failed; a deployment that has failed is looked at by itself.
    const failed = (body as { status?: unknown } | undefined)?.status === 'Failed';
    if (status < 400 && !failed) return response;
    throw new ArmError(status, body, retryAfterMs(headers.get('retry-after')));
  },
};

function parse(text: string | null | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    // A proxy's page, or nothing: the status says it.
    return undefined;
  }
}
