import type { Region, Subscription } from '../contracts/deploy-process.ts';
import { AosError } from '../core/errors.ts';
import { type Azure, apiVersions } from './azure.ts';

/** What LoRAX runs on (runtime/deployment/container-environment.ts). */
const GPU_PROFILE = 'Consumption-GPU-NC24-A100';
/** Resources that not every region has. */
const REGIONAL = ['Microsoft.App/managedEnvironments', 'Microsoft.LoadTestService/loadTests'];
/** Regions that are asked at the same time. */
const AT_ONCE = 8;

/** @throws AosError AOS_FORBIDDEN if the person has none */
export async function listSubscriptions(azure: Azure, signal?: AbortSignal): Promise<Subscription[]> {
  const found: Subscription[] = [];
  for await (const one of azure.subscriptions.subscriptions.list({ abortSignal: signal })) {
    if (!one.subscriptionId) continue;
    found.push({
      id: one.subscriptionId,
      name: one.displayName ?? one.subscriptionId,
      tenant_id: one.tenantId ?? '',
      state: one.state ?? 'Unknown',
    });
  }
  if (found.length > 0) return found;
  throw new AosError(
    'AOS_FORBIDDEN',
    'This account has no Azure subscription: sign in with another account, or ask for access to one.',
  );
}

/** Regions of a subscription, and what each lacks. */
export async function listRegions(azure: Azure, needsGpu: boolean, signal?: AbortSignal): Promise<Region[]> {
  const regions: { name: string; label: string }[] = [];
  for await (const one of azure.subscriptions.subscriptions.listLocations(azure.subscriptionId, {
    abortSignal: signal,
  })) {
    if (one.name && one.metadata?.regionType !== 'Logical')
      regions.push({ name: one.name, label: one.displayName ?? one.name });
  }
  const offers = await Promise.all(REGIONAL.map((type) => offeredIn(azure, type, signal)));
  const obstacleOf = async ({ name, label }: Region): Promise<string | null> => {
    const lacking = REGIONAL.find((_, index) => !offers[index]?.has(normal(label)));
    if (lacking) return `has no ${lacking}`;
    if (needsGpu && !(await hasGpu(azure, name, signal))) return 'has no A100 GPU for Container Apps';
    return null;
  };
  const all: Region[] = [];
  for (let index = 0; index < regions.length; index += AT_ONCE) {
    const some = regions.slice(index, index + AT_ONCE).map((region): Region => ({ ...region, obstacle: null }));
    all.push(...(await Promise.all(some.map(async (region) => ({ ...region, obstacle: await obstacleOf(region) })))));
  }
  return all;
}

const normal = (label: string) => label.toLowerCase().replaceAll(' ', '');

async function offeredIn(azure: Azure, type: string, signal?: AbortSignal): Promise<Set<string>> {
  const [namespace, kind] = type.split('/');
  const { resourceTypes } = await azure.rest.get<{ resourceTypes: { resourceType: string; locations: string[] }[] }>(
    `/subscriptions/${azure.subscriptionId}/providers/${namespace}`,
    { apiVersion: apiVersions.providers, signal },
  );
  const found = resourceTypes.find(({ resourceType }) => resourceType.toLowerCase() === kind?.toLowerCase());
  return new Set(found?.locations.map(normal));
}

async function hasGpu(azure: Azure, region: string, signal?: AbortSignal): Promise<boolean> {
  const profiles = await azure.rest.list<{ name: string }>(
    `/subscriptions/${azure.subscriptionId}/providers/Microsoft.App/locations/${region}/availableManagedEnvironmentsWorkloadProfileTypes`,
    { apiVersion: apiVersions.containerApps, signal },
  );
  return profiles.some(({ name }) => name === GPU_PROFILE);
}
