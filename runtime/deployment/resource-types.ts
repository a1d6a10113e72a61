/** Every type of resource a template holds: its API version, and its name for people. */
export const resourceTypes = {
  'Microsoft.ManagedIdentity/userAssignedIdentities': row('2024-11-30', 'Identity', 'Managed identity'),
  'Microsoft.Authorization/roleAssignments': row('2022-04-01', 'Identity', 'Role assignment'),
  'Microsoft.ServiceBus/namespaces': row('2024-01-01', 'Service Bus', 'Namespace'),
  'Microsoft.ServiceBus/namespaces/queues': row('2024-01-01', 'Service Bus', 'Queue'),
  'Microsoft.ServiceBus/namespaces/topics': row('2024-01-01', 'Service Bus', 'Topic'),
  'Microsoft.ServiceBus/namespaces/topics/subscriptions': row('2024-01-01', 'Service Bus', 'Subscription'),
  'Microsoft.Storage/storageAccounts': row('2025-06-01', 'Storage', 'Storage account'),
  'Microsoft.Storage/storageAccounts/blobServices': row('2025-06-01', 'Storage', 'Blob service'),
  'Microsoft.Storage/storageAccounts/blobServices/containers': row('2025-06-01', 'Storage', 'Blob container'),
  'Microsoft.Storage/storageAccounts/tableServices': row('2025-06-01', 'Storage', 'Table service'),
  'Microsoft.Storage/storageAccounts/tableServices/tables': row('2025-06-01', 'Storage', 'Table'),
  'Microsoft.Storage/storageAccounts/managementPolicies': row('2025-06-01', 'Storage', 'Lifecycle policy'),
  'Microsoft.KeyVault/vaults': row('2023-07-01', 'Secrets', 'Key vault'),
  'Microsoft.KeyVault/vaults/secrets': row('2023-07-01', 'Secrets', 'Secret'),
  'Microsoft.ContainerRegistry/registries': row('2025-04-01', 'Compute', 'Container registry'),
  'Microsoft.App/managedEnvironments': row('2026-01-01', 'Compute', 'Container Apps environment'),
  'Microsoft.App/containerApps': row('2026-01-01', 'Compute', 'Container app'),
  'Microsoft.Web/serverfarms': row('2024-11-01', 'Compute', 'Functions plan'),
  'Microsoft.Web/sites': row('2024-11-01', 'Compute', 'Function app'),
  'Microsoft.OperationalInsights/workspaces': row('2025-07-01', 'Monitoring', 'Log Analytics workspace'),
  'Microsoft.Insights/components': row('2020-02-02', 'Monitoring', 'Application Insights'),
  'Microsoft.Insights/workbooks': row('2023-06-01', 'Monitoring', 'Workbook'),
  'Microsoft.Insights/diagnosticSettings': row('2021-05-01-preview', 'Monitoring', 'Diagnostic setting'),
  'Microsoft.Insights/actionGroups': row('2023-01-01', 'Monitoring', 'Action group'),
  'Microsoft.Insights/metricAlerts': row('2018-03-01', 'Monitoring', 'Metric alert'),
  'Microsoft.Insights/scheduledQueryRules': row('2023-12-01', 'Monitoring', 'Log alert'),
  'Microsoft.Consumption/budgets': row('2023-11-01', 'Budget', 'Budget'),
  'Microsoft.LoadTestService/loadTests': row('2022-12-01', 'Load testing', 'Load test'),
} as const;

export type ResourceType = keyof typeof resourceTypes;

function row<const G extends string, const L extends string>(apiVersion: string, group: G, label: L) {
  return { apiVersion, group, label };
}

export interface ResourceKind {
  /** Heading it stands under: `Service Bus`. */
  group: string;
  /** `Queue`. */
  label: string;
}

/** What people call a resource of this type, in whatever case Azure writes it; a type that is not ours goes by its last word. */
export function resourceKind(type: string): ResourceKind {
  const known = Object.entries(resourceTypes).find(([name]) => name.toLowerCase() === type.toLowerCase());
  if (known) return { group: known[1].group, label: known[1].label };
  return { group: 'Others', label: type.split('/').at(-1) ?? type };
}

/** Type and name behind a resource id, `…/providers/Microsoft.ServiceBus/namespaces/aos/queues/q` → type and `aos/q`. */
export function parseResourceId(id: string): { type: string; name: string } | undefined {
  const [namespace, ...rest] = id.slice(id.toLowerCase().lastIndexOf('/providers/') + '/providers/'.length).split('/');
  if (!/\/providers\//i.test(id) || rest.length === 0 || rest.length % 2 !== 0) return undefined;
  return {
    type: [namespace, ...rest.filter((_, index) => index % 2 === 0)].join('/'),
    name: rest.filter((_, index) => index % 2 === 1).join('/'),
  };
}
