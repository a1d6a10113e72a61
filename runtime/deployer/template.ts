import type { Deployment } from '@azure/arm-resourcesdeployments';
import type { AosConfig } from '../contracts/config.ts';
import type { DeploymentMode } from '../contracts/deploy-process.ts';
import type { DeploymentChoice } from '../contracts/deployment.ts';
import { AosError } from '../core/errors.ts';
import { buildTemplate } from '../deployment/build-template.ts';
import { secretsOf } from '../deployment/secrets.ts';

/** What is deployed: a workspace, and what a person has chosen. */
export interface Workspace {
  config: AosConfig;
  choice: DeploymentChoice;
}

/** Values of the secrets: the environment of whoever deploys, or `withheld`, which a preview needs no more than. */
export type SecretValues = Record<string, string | undefined> | 'withheld';

/** A deployment to a resource group, as Azure takes it. @throws AosError as `buildTemplate`; AOS_CONFIG_INVALID for a secret that is not set */
export function deploymentBody({ config, choice }: Workspace, secrets: SecretValues, mode: DeploymentMode): Deployment {
  const { template, parameters } = buildTemplate(config, choice);
  const secure = secretsOf(config, choice).map(({ parameter, variable, description }) => {
    const value = secrets === 'withheld' ? 'withheld' : secrets[variable];
    if (value) return [parameter, { value }] as const;
    throw new AosError(
      'AOS_CONFIG_INVALID',
      `The deployment needs a secret (${description}). Set the environment variable ${variable}.`,
    );
  });
  return {
    properties: {
      mode: mode === 'complete' ? 'Complete' : 'Incremental',
      template,
      parameters: { ...parameters.parameters, ...Object.fromEntries(secure) },
    },
  };
}

/**
 * The same as part of a deployment to the subscription that also creates the group: so that Azure can validate and preview it
 * while there is no group yet.
 */
export function withGroup(inner: Deployment, { choice }: Workspace) {
  const { resource_group: name, location } = choice;
  return {
    location,
    properties: {
      mode: 'Incremental' as const,
      template: {
        $schema: 'https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#',
        contentVersion: '1.0.0.0',
        resources: [
          { type: 'Microsoft.Resources/resourceGroups', apiVersion: '2025-04-01', name, location, properties: {} },
          {
            type: 'Microsoft.Resources/deployments',
            apiVersion: '2025-04-01',
            name: deploymentName(choice),
            resourceGroup: name,
            dependsOn: [`[subscriptionResourceId('Microsoft.Resources/resourceGroups', '${name}')]`],
            properties: { ...inner.properties, expressionEvaluationOptions: { scope: 'inner' } },
          },
        ],
      },
    },
  };
}

/** The same for every deployment of a choice: Azure keeps its course under it, and another one of the name takes its place. */
export const deploymentName = ({ name }: DeploymentChoice) => `aos-${name}`;

/** Of the first part, without the runtime, whose image is built in the registry that it creates. */
export const baseName = (choice: DeploymentChoice) => `${deploymentName(choice)}-base`;
