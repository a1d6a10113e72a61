import { locations, provider, workloadProfiles } from './catalogue.ts';
import { type Answer, type Context, refuse, TENANT_ID } from './context.ts';
import { advance, begin, cancel, deploymentView, operationsView } from './deployments.ts';
import { BUILD_LOG } from './registry.ts';
import type { Body, DeploymentBody, DeploymentRecord, Group, Stored } from './state.ts';
import { whatIfOf } from './what-if.ts';

type Names = Record<string, string>;
type Handle = (context: Context, names: Names, body: Buffer) => Answer;

const SUBSCRIPTION = '/subscriptions/(?<subscription>[^/]+)';
const GROUP = `${SUBSCRIPTION}/resourcegroups/(?<group>[^/]+)`;
const DEPLOYMENT = '/providers/Microsoft.Resources/deployments/(?<deployment>[^/]+)';
const REGISTRY = `${GROUP}/providers/Microsoft.ContainerRegistry/registries/(?<registry>[^/]+)`;

export const routes: { method: string; pattern: RegExp; handle: Handle }[] = [
  route('GET', '/subscriptions', ({ state, options }) =>
    ok({ value: options.hasSubscription === false ? [] : [subscription(state.subscriptionId)] }),
  ),
  route('GET', SUBSCRIPTION, ({ state }) => ok(subscription(state.subscriptionId))),
  route('GET', `${SUBSCRIPTION}/locations`, ({ state }) => ok({ value: locations(state.subscriptionId) })),
  route('GET', `${SUBSCRIPTION}/providers/(?<namespace>[^/]+)`, (_, { namespace }) => ok(provider(namespace!))),
  route(
    'GET',
    `${SUBSCRIPTION}/providers/Microsoft.App/locations/(?<location>[^/]+)/availableManagedEnvironmentsWorkloadProfileTypes`,
    (_, { location }) => ok({ value: workloadProfiles(location!) }),
  ),
  route('GET', GROUP, (context, names) => inGroup(context, names, (group) => ok(groupView(context, group)))),
  route('PUT', GROUP, (context, { group }, body) => {
    const { location, tags } = parse<{ location: string; tags: Body }>(body);
    const isNew = !context.state.group(group!);
    return { status: isNew ? 201 : 200, body: groupView(context, context.state.putGroup(group!, location, tags)) };
  }),
  route('DELETE', GROUP, (context, names) =>
    inGroup(context, names, ({ name }) => {
      context.state.groups.delete(name.toLowerCase());
      return later(context, `/operationresults/group-${name}`);
    }),
  ),
  route('GET', `${GROUP}/resources`, (context, names) =>
    inGroup(context, names, ({ resources }) => ok({ value: [...resources.values()].filter(isTopLevel) })),
  ),
  // Validation and what-if of a subscription: a nested deployment to a group that is not there yet.
  route('POST', `${SUBSCRIPTION}${DEPLOYMENT}/validate`, (context, _, body) => {
    const { resources } = nested(context, body);
    return ok({ properties: { validatedResources: resources.map(({ id }) => ({ id })) } });
  }),
  route('POST', `${SUBSCRIPTION}${DEPLOYMENT}/whatIf`, (context, _, body) => {
    const { group, resources } = nested(context, body);
    const created = { resourceId: groupId(context, group.name), changeType: 'Create', after: group };
    return soon(context, { changes: [created, ...whatIfOf(resources)] });
  }),
  route('POST', `${GROUP}${DEPLOYMENT}/validate`, (context, names, body) =>
    inGroup(context, names, (group) => {
      const { resources } = context.state.evaluate(parse(body), group);
      return ok({ properties: { validatedResources: resources.map(({ id }) => ({ id })) } });
    }),
  ),
  route('POST', `${GROUP}${DEPLOYMENT}/whatIf`, (context, names, body) =>
    inGroup(context, names, (group) => {
      const deployment = parse<DeploymentBody>(body);
      const { resources } = context.state.evaluate(deployment, group);
      return soon(context, { changes: whatIfOf(resources, group, deployment.properties.mode) });
    }),
  ),
  route('PUT', `${GROUP}${DEPLOYMENT}`, (context, names, body) =>
    inGroup(context, names, (group) => {
      if (group.deployments.get(names.deployment!.toLowerCase())?.state === 'Running') {
        return refuse(
          409,
          'DeploymentActive',
          'The deployment cannot be saved, because this would overwrite an active one.',
        );
      }
      const record = begin(context.state, group, names.deployment!, parse<DeploymentBody>(body), context.options.api);
      const path = `${groupId(context, group.name)}/providers/Microsoft.Resources/deployments/${record.name}/operationStatuses/1`;
      return {
        status: 201,
        body: deploymentView(context.state, group, record),
        headers: { 'azure-asyncoperation': `${context.url()}${path}`, ...wait(context) },
      };
    }),
  ),
  route('GET', `${GROUP}${DEPLOYMENT}`, (context, names) =>
    inDeployment(context, names, (group, record) => ({
      status: 200,
      body: deploymentView(context.state, group, record),
      headers: wait(context),
    })),
  ),
  route('GET', `${GROUP}${DEPLOYMENT}/operationStatuses/1`, (context, names) =>
    inDeployment(context, names, (_, { state, error }) => ({
      status: 200,
      body: { status: state, ...(error && { error }) },
      headers: wait(context),
    })),
  ),
  route('GET', `${GROUP}/deployments/(?<deployment>[^/]+)/operations`, (context, names) =>
    inGroup(context, names, (group) => {
      const record = group.deployments.get(names.deployment!.toLowerCase());
      return record ? ok({ value: operationsView(record) }) : missing('DeploymentNotFound', names.deployment!);
    }),
  ),
  route('POST', `${GROUP}${DEPLOYMENT}/cancel`, (context, names) =>
    inGroup(context, names, (group) => {
      const record = group.deployments.get(names.deployment!.toLowerCase());
      if (record?.state === 'Running') cancel(record);
      return { status: 204 };
    }),
  ),
  route('POST', `${REGISTRY}/listBuildSourceUploadUrl`, ({ registry }) => ok(registry.uploadUrl())),
  route('POST', `${REGISTRY}/scheduleRun`, ({ registry }, names, body) =>
    ok(registry.schedule(names.registry!, parse(body))),
  ),
  route('GET', `${REGISTRY}/runs`, ({ registry }) => ok({ value: registry.list() })),
  route('GET', `${REGISTRY}/runs/(?<run>[^/]+)`, (context, { run }) => {
    const view = context.registry.look(run!, context.failing());
    return view ? { status: 200, body: view, headers: wait(context) } : missing('RunNotFound', run!);
  }),
  route('POST', `${REGISTRY}/runs/(?<run>[^/]+)/listLogSasUrl`, ({ registry }, { run }) => ok(registry.logUrl(run!))),
  route('PUT', '/uploads/.+', ({ registry }, _, body) => {
    registry.upload(body);
    return { status: 201 };
  }),
  route('GET', '/logs/.+', () => ({ status: 200, body: BUILD_LOG })),
  route('GET', '/operationresults/group-.+', () => ({ status: 200 })),
  route('GET', '/operationresults/whatif-(?<result>.+)', ({ state }, { result }) => ok(state.results.get(result!))),
  route('GET', `${GROUP}/providers/.+`, (context, names) =>
    inGroup(context, names, ({ resources }, id) => {
      const found = resources.get(id);
      return found ? ok(withRuntimeValues(found)) : missing('ResourceNotFound', id);
    }),
  ),
  route('DELETE', `${GROUP}/providers/.+`, (context, names) =>
    inGroup(context, names, ({ resources }, id) => {
      // Children and role assignments go with what they are of.
      for (const other of [...resources.keys()])
        if (other === id || other.startsWith(`${id}/`)) resources.delete(other);
      return { status: 200 };
    }),
  ),
];

function route(method: string, path: string, handle: Handle) {
  return { method, pattern: new RegExp(`^(?<path>${path})$`, 'i'), handle };
}

function inGroup(context: Context, names: Names, handle: (group: Group, id: string) => Answer): Answer {
  const group = context.state.group(names.group!);
  return group ? handle(group, names.path!.toLowerCase()) : missing('ResourceGroupNotFound', names.group!);
}

/** Each look brings the deployment on. */
function inDeployment(
  context: Context,
  names: Names,
  handle: (group: Group, record: DeploymentRecord) => Answer,
): Answer {
  return inGroup(context, names, (group) => {
    const record = group.deployments.get(names.deployment!.toLowerCase());
    if (!record) return missing('DeploymentNotFound', names.deployment!);
    advance(group, record, context.options.resourcesPerLook ?? 10, context.failing());
    return handle(group, record);
  });
}

interface Nested {
  name: string;
  location?: string;
  tags?: Body;
  type: string;
  resourceGroup?: string;
  properties?: DeploymentBody['properties'];
}

function nested(context: Context, body: Buffer) {
  const { properties } = parse<{ properties: { template: { resources: Nested[] } } }>(body);
  const { resources } = properties.template;
  const group = resources.find(({ type }) => type === 'Microsoft.Resources/resourceGroups');
  const inner = resources.find(({ type }) => type === 'Microsoft.Resources/deployments');
  if (!group?.location || !inner?.properties)
    throw new Error('this subscription deployment has no group and no deployment');
  const target = { name: group.name, location: group.location };
  return { group: target, ...context.state.evaluate({ properties: inner.properties }, target) };
}

/** A result that is ready at the first look. */
function soon(context: Context, result: { changes: unknown[] }): Answer {
  const { results } = context.state;
  const id = String(results.size + 1);
  results.set(id, { status: 'Succeeded', properties: result });
  return later(context, `/operationresults/whatif-${id}`);
}

const later = (context: Context, path: string): Answer => ({
  status: 202,
  headers: { location: `${context.url()}${path}?api-version=2021-04-01`, ...wait(context) },
});

const wait = ({ options }: Context) => ({ 'retry-after': String(options.retryAfterS ?? 0) });
const ok = (body: unknown): Answer => ({ status: 200, body });
const missing = (code: string, what: string) => refuse(404, code, `${what} could not be found.`);
const parse = <T>(body: Buffer): T => JSON.parse(body.toString('utf8'));

const groupId = ({ state }: Context, name: string) => `/subscriptions/${state.subscriptionId}/resourceGroups/${name}`;
const groupView = (context: Context, { name, location, tags }: Group): Body => ({
  ...{ id: groupId(context, name), name, type: 'Microsoft.Resources/resourceGroups', location, tags },
  properties: { provisioningState: 'Succeeded' },
});

const subscription = (id: string): Body => ({
  id: `/subscriptions/${id}`,
  subscriptionId: id,
  tenantId: TENANT_ID,
  displayName: 'Contoso Dev',
  state: 'Enabled',
});

/** As `GET …/resources` lists them: nothing that is part of another, and no assignment. */
const isTopLevel = ({ type, location }: Stored) => type.split('/').length === 2 && location !== undefined;

/** What only Azure knows of a resource. */
const withRuntimeValues = (resource: Stored): Body =>
  resource.type === 'Microsoft.ContainerRegistry/registries'
    ? { ...resource, properties: { ...(resource.properties as Body), loginServer: `${resource.name}.azurecr.io` } }
    : resource;
