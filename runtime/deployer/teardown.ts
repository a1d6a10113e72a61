import type { Inventory, Operation } from '../contracts/deploy-process.ts';
import { resourceKind, resourceTypes } from '../deployment/resource-types.ts';
import { ArmError } from './arm-error.ts';
import { type Azure, apiVersions } from './azure.ts';
import { adviceFor, explain } from './failures.ts';
import { isOurs, resourcesOf } from './resource-groups.ts';
import type { Watch } from './watch.ts';

/** What a resource group holds: ours, and what others have put there. */
export async function inventory(azure: Azure, group: string, signal?: AbortSignal): Promise<Inventory> {
  const all = await resourcesOf(azure, group, signal);
  return {
    resource_group: group,
    ours: all.filter(isOurs).map(({ id, type, name }) => ({ id, type, name, label: resourceKind(type).label })),
    others: all.filter((one) => !isOurs(one)).map(({ id, type, name }) => ({ id, type, name })),
  };
}

/**
 * Deletes the resource group if everything in it is ours, else our resources one by one.
 * @returns how many resources went
 */
export async function tearDown(azure: Azure, group: string, { say, signal }: Watch): Promise<number> {
  const { ours, others } = await inventory(azure, group, signal);
  const operations = ours.map(operationOf);
  const tell = (message: string) => say({ phase: 'delete', message, operations: structuredClone(operations) });
  if (others.length === 0) {
    for (const operation of operations) operation.state = 'running';
    tell(`Deleting the resource group ${group}`);
    await azure.rest.run('DELETE', azure.groupPath(group), { apiVersion: apiVersions.groups, signal });
    for (const operation of operations) operation.state = 'succeeded';
    tell(`Deleted the resource group ${group}`);
    return ours.length;
  }
  await deleteEach(azure, operations, tell, signal);
  return ours.length;
}

/** What others depend on can go only after them: as long as something goes, the rest is tried again. */
async function deleteEach(
  azure: Azure,
  operations: Operation[],
  tell: (message: string) => void,
  signal: AbortSignal,
): Promise<void> {
  let left = operations;
  while (left.length > 0) {
    const refused: { operation: Operation; error: ArmError }[] = [];
    for (const operation of left) {
      operation.state = 'running';
      tell(`Deleting ${operation.label} ${operation.name}`);
      try {
        await azure.rest.run('DELETE', operation.resource_id, { apiVersion: versionOf(operation.type), signal });
        operation.state = 'succeeded';
      } catch (error) {
        if (!(error instanceof ArmError)) throw error;
        const [cause] = error.causes;
        Object.assign(operation, { state: 'failed', error: { ...cause, advice: adviceFor(error.causes) } });
        refused.push({ operation, error });
      }
    }
    const [first] = refused;
    if (first && refused.length === left.length) {
      const { label, name } = first.operation;
      throw explain(first.error, `${refused.length} resources were not deleted, the first of them ${label} ${name}`);
    }
    left = refused.map(({ operation }) => operation);
    for (const operation of left) operation.error = null;
  }
  tell('Deleted');
}

const operationOf = ({ id, type, name, label }: Inventory['ours'][number]): Operation => ({
  ...{ resource_id: id, type, name, label },
  ...{ state: 'waiting', seconds: null, error: null },
});

/** Only what the template knows has our tag. */
function versionOf(type: string): string {
  const known = Object.entries(resourceTypes).find(([name]) => name.toLowerCase() === type.toLowerCase());
  return known?.[1].apiVersion ?? apiVersions.groups;
}
