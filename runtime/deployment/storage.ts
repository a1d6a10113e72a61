import type { ArmResource, DeploymentChoice, JsonObject } from '../contracts/deployment.ts';
import { archiveOldData } from '../storage/lifecycle.ts';
import { child, resource, text } from './arm.ts';
import { grant, type Role } from './identity.ts';
import { storage } from './names.ts';

/** Tables of the runtime; each replica also makes those that are missing. */
export const tableNames = [
  'AOSStateStore',
  'AOSAgentState',
  'AOSWorkflows',
  'conversations',
  'answers',
  'traces',
  'metrics',
];
/** Adapters that were uploaded, and what the lifecycle policy moves. */
export const containerNames = ['adapters', 'training-data'];
/** Code of the Functions hosts. */
export const PACKAGE_CONTAINER = 'app-package';

const blobService = child(storage, 'Microsoft.Storage/storageAccounts/blobServices', text('default'));
const tableService = child(storage, 'Microsoft.Storage/storageAccounts/tableServices', text('default'));
export const packageContainer = containerHandle(PACKAGE_CONTAINER);

/** State, blobs and their lifecycle (R14, R15, R32). */
export function storageResources(choice: DeploymentChoice): ArmResource[] {
  const functions = choice.host !== 'container-apps';
  const granted: Role[] = functions
    ? ['blobDataOwner', 'queueDataContributor', 'tableDataContributor']
    : ['blobDataContributor', 'tableDataContributor'];
  return [
    resource(storage, {
      location: 'group',
      kind: 'StorageV2',
      sku: { name: 'Standard_LRS' },
      properties: {
        accessTier: 'Hot',
        allowBlobPublicAccess: false,
        allowCrossTenantReplication: false,
        allowSharedKeyAccess: false,
        defaultToOAuthAuthentication: true,
        minimumTlsVersion: 'TLS1_2',
        supportsHttpsTrafficOnly: true,
        publicNetworkAccess: 'Enabled',
      },
    }),
    ...granted.map((role) => grant(role, storage)),
    resource(blobService, {
      properties: { deleteRetentionPolicy: { enabled: true, days: 7 } },
      dependsOn: [storage],
    }),
    ...[...containerNames, ...(functions ? [PACKAGE_CONTAINER] : [])].map((name) =>
      resource(containerHandle(name), { properties: { publicAccess: 'None' }, dependsOn: [blobService] }),
    ),
    resource(tableService, { properties: {}, dependsOn: [storage] }),
    ...tableNames.map((name) =>
      resource(child(tableService, 'Microsoft.Storage/storageAccounts/tableServices/tables', text(name)), {
        properties: {},
        dependsOn: [tableService],
      }),
    ),
    resource(child(storage, 'Microsoft.Storage/storageAccounts/managementPolicies', text('default')), {
      properties: { policy: lifecyclePolicy(choice.capacity) },
      dependsOn: [storage],
    }),
  ];
}

/** The guide's policy, which the local cloud evaluates too, at the ages of the plan; the guide's are 30 and 90 days. */
export function lifecyclePolicy(ages: Pick<DeploymentChoice['capacity'], 'cool_after_days' | 'archive_after_days'>) {
  const [{ definition, ...rule }] = archiveOldData.rules;
  return {
    rules: [
      {
        ...rule,
        definition: {
          filters: definition.filters,
          actions: {
            baseBlob: {
              tierToCool: { daysAfterModificationGreaterThan: ages.cool_after_days },
              tierToArchive: { daysAfterModificationGreaterThan: ages.archive_after_days },
            },
          },
        },
      },
    ],
  } satisfies JsonObject;
}

function containerHandle(name: string) {
  return child(blobService, 'Microsoft.Storage/storageAccounts/blobServices/containers', text(name));
}
