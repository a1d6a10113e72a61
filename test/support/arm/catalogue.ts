import { regionNames } from '../../../runtime/contracts/azure-regions.ts';
import { resourceTypes } from '../../../runtime/deployment/resource-types.ts';
import type { Body } from './state.ts';

/** Regions of the stand-in in which Container Apps have A100 GPUs; those that are not there at all have no Container Apps either. */
const GPU_REGIONS = ['westus3', 'swedencentral', 'westus2'];
const WITHOUT_CONTAINER_APPS = 'brazilsouth';

export const locations = (subscriptionId: string): Body[] =>
  Object.entries(regionNames).map(([name, displayName]) => ({
    id: `/subscriptions/${subscriptionId}/locations/${name}`,
    name,
    type: 'Region',
    displayName,
    metadata: { regionType: 'Physical' },
  }));

/** `GET /subscriptions/ID/providers/NAMESPACE` */
export function provider(namespace: string): Body {
  const everywhere = Object.entries(regionNames);
  const types = Object.keys(resourceTypes).filter((type) =>
    type.toLowerCase().startsWith(`${namespace.toLowerCase()}/`),
  );
  return {
    namespace,
    registrationState: 'Registered',
    resourceTypes: types.map((type) => ({
      resourceType: type.slice(namespace.length + 1),
      locations: everywhere
        .filter(([name]) => namespace.toLowerCase() !== 'microsoft.app' || name !== WITHOUT_CONTAINER_APPS)
        .map(([, label]) => label),
      apiVersions: [],
    })),
  };
}

export const workloadProfiles = (location: string): Body[] =>
  ['Consumption', 'D4', ...(GPU_REGIONS.includes(location) ? ['Consumption-GPU-NC24-A100'] : [])].map((name) => ({
    name,
    properties: { displayName: name },
  }));
