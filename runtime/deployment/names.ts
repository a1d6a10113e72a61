import { type Expression, format, type Handle, text, variable } from './arm.ts';
import type { ResourceType } from './resource-types.ts';

/** 13 small letters and digits that are the same in every deployment to a resource group, and differ between groups. */
const UNIQUE = variable('unique');

/**
 * Names of all top-level resources, `<name>-<what it is>`, as in the guide: aos-plan, aos-load-test. Those that are unique in the
 * whole of Azure (they are part of a host name) end in a hash of the resource group. `name` has 11 characters at most, so
 * that name and hash fit into the 24 of a storage account.
 */
const names = {
  identity: named('identity'),
  serviceBus: named('servicebus', UNIQUE),
  storage: joined(),
  keyVault: `take(${format('{0}-kv-{1}', "parameters('name')", UNIQUE)}, 24)`,
  registry: joined(),
  environment: named('environment'),
  runtime: named('runtime'),
  lorax: named('lorax'),
  plan: named('plan'),
  functions: named('functions', UNIQUE),
  logs: named('logs'),
  insights: named('insights'),
  actionGroup: named('alerts'),
  budget: named('budget'),
  loadTest: named('load-test'),
} as const;

type Named = keyof typeof names;

/** Variables of the template. */
export const nameVariables: Record<string, string> = {
  unique: '[uniqueString(resourceGroup().id)]',
  ...Object.fromEntries(Object.entries(names).map(([key, name]) => [`${key}Name`, `[${name}]`])),
};

const handle = (type: ResourceType, key: Named): Handle => ({ type, names: [variable(`${key}Name`)] });

export const identity = handle('Microsoft.ManagedIdentity/userAssignedIdentities', 'identity');
export const serviceBus = handle('Microsoft.ServiceBus/namespaces', 'serviceBus');
export const storage = handle('Microsoft.Storage/storageAccounts', 'storage');
export const keyVault = handle('Microsoft.KeyVault/vaults', 'keyVault');
export const registry = handle('Microsoft.ContainerRegistry/registries', 'registry');
export const environment = handle('Microsoft.App/managedEnvironments', 'environment');
export const runtimeApp = handle('Microsoft.App/containerApps', 'runtime');
export const loraxApp = handle('Microsoft.App/containerApps', 'lorax');
export const plan = handle('Microsoft.Web/serverfarms', 'plan');
export const functionApp = handle('Microsoft.Web/sites', 'functions');
export const logs = handle('Microsoft.OperationalInsights/workspaces', 'logs');
export const insights = handle('Microsoft.Insights/components', 'insights');
export const actionGroup = handle('Microsoft.Insights/actionGroups', 'actionGroup');
export const budget = handle('Microsoft.Consumption/budgets', 'budget');
export const loadTest = handle('Microsoft.LoadTestService/loadTests', 'loadTest');
/** Workbooks have a GUID for a name. */
export const workbook: Handle = {
  type: 'Microsoft.Insights/workbooks',
  names: [`guid(resourceGroup().id, ${text('aos-performance')})`],
};

function named(what: string, hash?: Expression): Expression {
  return hash ? format(`{0}-${what}-{1}`, "parameters('name')", hash) : format(`{0}-${what}`, "parameters('name')");
}

/** For names without hyphens. */
function joined(): Expression {
  return format('{0}{1}', "replace(parameters('name'), '-', '')", UNIQUE);
}
