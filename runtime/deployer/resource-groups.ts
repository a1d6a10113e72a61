import { ArmError } from './arm-error.ts';
import { type Azure, apiVersions } from './azure.ts';

/** Tag of everything that is ours, with the name of the workspace; the template puts it on every resource. */
export const OUR_TAG = 'aos-workspace';

export interface GroupResource {
  id: string;
  type: string;
  name: string;
  tags?: Record<string, string>;
}

const request = (signal?: AbortSignal) => ({ apiVersion: apiVersions.groups, signal });

/** Whether a resource group is there. */
export async function groupExists(azure: Azure, group: string, signal?: AbortSignal): Promise<boolean> {
  try {
    await azure.rest.send('GET', azure.groupPath(group), request(signal));
    return true;
  } catch (error) {
    if (error instanceof ArmError && error.status === 404) return false;
    throw error;
  }
}

export async function createGroup(
  azure: Azure,
  group: string,
  { location, workspace, signal }: { location: string; workspace: string; signal?: AbortSignal },
): Promise<void> {
  const body = { location, tags: { [OUR_TAG]: workspace } };
  await azure.rest.send('PUT', azure.groupPath(group), { ...request(signal), body });
}

/** What a group holds at the top level. */
export function resourcesOf(azure: Azure, group: string, signal?: AbortSignal): Promise<GroupResource[]> {
  return azure.rest.list(`${azure.groupPath(group)}/resources`, request(signal));
}

export const isOurs = ({ tags }: GroupResource) => tags?.[OUR_TAG] !== undefined;
