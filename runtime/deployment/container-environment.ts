import type { ArmResource, DeploymentChoice } from '../contracts/deployment.ts';
import { type Handle, idOf, inBrackets, resource, text } from './arm.ts';
import { grant } from './identity.ts';
import { environment, logs, registry } from './names.ts';

/** Profile of the environment that LoRAX runs on: one A100 per replica. */
export const GPU_PROFILE = 'gpu-a100';

const diagnostics: Handle = {
  type: 'Microsoft.Insights/diagnosticSettings',
  names: [text('logs')],
  scope: environment,
};

/**
 * What the apps run in. Their logs go through Azure Monitor, since the direct way to Log Analytics wants the workspace's key
 * in the configuration.
 */
export function environmentResources(choice: DeploymentChoice): ArmResource[] {
  const gpu = choice.model.kind === 'lorax';
  return [
    resource(environment, {
      location: 'group',
      properties: {
        appLogsConfiguration: { destination: 'azure-monitor' },
        workloadProfiles: [
          { name: 'Consumption', workloadProfileType: 'Consumption' },
          ...(gpu ? [{ name: GPU_PROFILE, workloadProfileType: 'Consumption-GPU-NC24-A100' }] : []),
        ],
        zoneRedundant: false,
      },
    }),
    resource(diagnostics, {
      properties: {
        workspaceId: inBrackets(idOf(logs)),
        logs: [{ categoryGroup: 'allLogs', enabled: true }],
      },
      dependsOn: [environment, logs],
    }),
  ];
}

/** The registry, in which Azure builds the runtime's image. */
export function registryResources(): ArmResource[] {
  return [
    resource(registry, {
      location: 'group',
      sku: { name: 'Basic' },
      properties: { adminUserEnabled: false, publicNetworkAccess: 'Enabled' },
    }),
    grant('registryPull', registry),
  ];
}
