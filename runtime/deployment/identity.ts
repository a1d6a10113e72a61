import type { ArmResource } from '../contracts/deployment.ts';
import { call, type Handle, idOf, inBrackets, propertyOf, resource, text } from './arm.ts';
import { identity } from './names.ts';

/** Built-in roles (learn.microsoft.com, role-based-access-control/built-in-roles). */
export const roles = {
  /** KEDA reads the length of a queue through the management API, which takes Manage rights: Sender and Receiver are not enough. */
  serviceBusDataOwner: '090c5cfd-751d-490a-894a-3ce6f1109419',
  blobDataContributor: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe',
  /** The Functions host keeps its locks in blobs, and wants to own them. */
  blobDataOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b',
  queueDataContributor: '974c5e8b-45b9-4653-ba55-5f855dd0fb88',
  tableDataContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3',
  registryPull: '7f951dda-4ed3-4680-a7ca-43fe172d538d',
  monitoringMetricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb',
  keyVaultSecretsUser: '4633458b-17de-408a-b874-0445c86b69e6',
} as const;
export type Role = keyof typeof roles;

/** The one identity of the deployment: whatever runs is it, and nothing has a key. */
export const identityResource = (): ArmResource =>
  // Azure's schema wants the properties, although there are none to set.
  resource(identity, { location: 'group', properties: {} });

export const assignment = (role: Role, scope: Handle): Handle => ({
  scope,
  type: 'Microsoft.Authorization/roleAssignments',
  // The same assignment under another name would be refused (RoleAssignmentExists).
  names: [call('guid', idOf(scope), idOf(identity), text(roles[role]))],
});

/** Lets the identity do on `scope` what the role allows. */
export const grant = (role: Role, scope: Handle): ArmResource =>
  resource(assignment(role, scope), {
    properties: {
      roleDefinitionId: inBrackets(
        call('subscriptionResourceId', text('Microsoft.Authorization/roleDefinitions'), text(roles[role])),
      ),
      principalId: inBrackets(propertyOf(identity, 'principalId')),
      // Without it, an identity that is seconds old may not be found in the directory yet.
      principalType: 'ServicePrincipal',
    },
    dependsOn: [scope, identity],
  });
