import { type FailureKind, resourceFailures } from './failures.ts';
import { type ArmState, type Body, type DeploymentBody, type DeploymentRecord, type Group, storedOf } from './state.ts';

/** Begins a deployment; it goes on with every look at it. */
export function begin(
  state: ArmState,
  group: Group,
  name: string,
  body: DeploymentBody,
  api?: string,
): DeploymentRecord {
  const { resources, outputs } = state.evaluate(body, group);
  const secure = new Set(
    Object.entries(body.properties.template.parameters).flatMap(([key, { type }]) =>
      /^secure/i.test(type) ? [key] : [],
    ),
  );
  const given = Object.entries(body.properties.parameters ?? {}).filter(([key]) => !secure.has(key));
  const record: DeploymentRecord = {
    name,
    state: 'Running',
    mode: body.properties.mode,
    parameters: Object.fromEntries(given),
    outputs: api !== undefined && outputs.apiUrl ? { ...outputs, apiUrl: api } : outputs,
    operations: resources.map((resource, index) => ({
      id: index.toString(16).padStart(16, '0').toUpperCase(),
      resource,
      state: 'Waiting',
    })),
  };
  group.deployments.set(name.toLowerCase(), record);
  return record;
}

/** A look at a deployment: up to `count` resources come to their end, each after those it depends on. */
export function advance(group: Group, record: DeploymentRecord, count: number, failing: FailureKind | undefined): void {
  if (record.state !== 'Running') return;
  if (failing === 'cancelled') {
    cancel(record);
    return;
  }
  for (const operation of record.operations.filter(({ state }) => state === 'Running').slice(0, count)) {
    const failure = failing && resourceFailures[failing];
    if (failure?.type === operation.resource.type) {
      operation.state = 'Failed';
      operation.error = { status: failure.status, body: failure.error };
    } else {
      operation.state = 'Succeeded';
      group.resources.set(operation.resource.id.toLowerCase(), storedOf(operation.resource));
    }
  }
  const done = new Set(
    record.operations.filter(({ state }) => state === 'Succeeded').map(({ resource }) => resource.id),
  );
  const named = new Set(record.operations.map(({ resource }) => resource.id));
  const ready = record.operations.filter(
    ({ state, resource }) =>
      state === 'Waiting' && (resource.dependsOn ?? []).every((id) => done.has(id) || !named.has(id)),
  );
  for (const operation of ready.slice(0, count)) operation.state = 'Running';
  if (record.operations.some(({ state }) => state === 'Running')) return;
  const failed = record.operations.filter(({ error }) => error);
  record.state = failed.length > 0 ? 'Failed' : 'Succeeded';
  if (failed.length === 0) {
    if (record.mode === 'Complete') deleteOthers(group, record);
    return;
  }
  record.error = {
    code: 'DeploymentFailed',
    message: 'At least one resource deployment operation failed. Please list deployment operations for details.',
    details: failed.map(({ error }) => error!.body),
  };
}

function deleteOthers(group: Group, { operations }: DeploymentRecord): void {
  const named = new Set(operations.map(({ resource }) => resource.id.toLowerCase()));
  for (const id of group.resources.keys()) if (!named.has(id)) group.resources.delete(id);
}

export function cancel(record: DeploymentRecord): void {
  record.state = 'Canceled';
  record.error = { code: 'DeploymentCanceled', message: 'The deployment was canceled.' };
  for (const operation of record.operations) {
    if (operation.state === 'Waiting' || operation.state === 'Running') operation.state = 'Canceled';
  }
}

/** `GET …/deployments/NAME` */
export function deploymentView({ subscriptionId }: ArmState, group: Group, record: DeploymentRecord): Body {
  return {
    id: `/subscriptions/${subscriptionId}/resourceGroups/${group.name}/providers/Microsoft.Resources/deployments/${record.name}`,
    name: record.name,
    type: 'Microsoft.Resources/deployments',
    properties: {
      provisioningState: record.state,
      correlationId: '0f6c8a53-2e3b-4f43-9a0e-5a0d6c1d4711',
      timestamp: new Date().toISOString(),
      duration: 'PT2M41S',
      mode: record.mode,
      parameters: record.parameters,
      ...(record.state === 'Succeeded' && {
        outputs: Object.fromEntries(
          Object.entries(record.outputs).map(([key, value]) => [key, { type: 'String', value }]),
        ),
        outputResources: record.operations.map(({ resource }) => ({ id: resource.id })),
      }),
      ...(record.error && { error: record.error }),
    },
  };
}

/** `GET …/deployments/NAME/operations`: those that have begun. */
export function operationsView({ operations }: DeploymentRecord): Body[] {
  return operations
    .filter(({ state, error }) => error || state === 'Running' || state === 'Succeeded')
    .map(({ id, resource, state, error }) => ({
      id,
      operationId: id,
      properties: {
        provisioningOperation: 'Create',
        provisioningState: state,
        timestamp: new Date().toISOString(),
        duration: 'PT12.5S',
        statusCode: error?.status ?? (state === 'Running' ? 'Accepted' : 'OK'),
        ...(error && { statusMessage: { status: 'Failed', error: error.body } }),
        targetResource: { id: resource.id, resourceType: resource.type, resourceName: resource.name },
      },
    }));
}
