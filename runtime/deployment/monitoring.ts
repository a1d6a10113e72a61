import type { ArmResource } from '../contracts/deployment.ts';
import { idOf, inBrackets, resource } from './arm.ts';
import { grant } from './identity.ts';
import { insights, logs, workbook } from './names.ts';
import { DASHBOARD_NAME } from './workbook.ts';

/** Log Analytics, Application Insights on it, and the workbook (R41, R76). */
export function monitoringResources(): ArmResource[] {
  return [
    resource(logs, {
      location: 'group',
      properties: {
        sku: { name: 'PerGB2018' },
        retentionInDays: 30,
        // Only tokens of Microsoft Entra get in: the workspace's keys are of no use.
        features: { disableLocalAuth: true, enableLogAccessUsingOnlyResourcePermissions: true },
      },
    }),
    resource(insights, {
      location: 'group',
      kind: 'web',
      properties: {
        Application_Type: 'web',
        WorkspaceResourceId: inBrackets(idOf(logs)),
        IngestionMode: 'LogAnalytics',
        // The connection string names the place and opens nothing.
        DisableLocalAuth: true,
      },
      dependsOn: [logs],
    }),
    grant('monitoringMetricsPublisher', insights),
    resource(workbook, {
      location: 'group',
      kind: 'shared',
      properties: {
        displayName: DASHBOARD_NAME,
        category: 'workbook',
        sourceId: inBrackets(idOf(insights)),
        serializedData: "[string(variables('workbook'))]",
        version: 'Notebook/1.0',
      },
      dependsOn: [insights],
    }),
  ];
}
