import type { AosConfig } from '../contracts/config.ts';
import type { ArmResource, DeploymentChoice } from '../contracts/deployment.ts';
import { child, type Expression, format, idOf, inBrackets, parameter, propertyOf, resource, text } from './arm.ts';
import { assignment, grant } from './identity.ts';
import { identity, keyVault } from './names.ts';

/** Token of the Hugging Face hub, by the name that LoRAX reads. */
export const HUB_TOKEN = 'HUGGING_FACE_HUB_TOKEN';

/** A secret that a deployment takes as a secure parameter, keeps in the key vault, and hands to a process as a variable. */
export interface DeploymentSecret {
  /** Name of the secure parameter. */
  parameter: string;
  /** Name in the key vault and in the app's configuration. */
  name: string;
  /** Environment variable that holds it in the process. */
  variable: string;
  description: string;
  /** The process it is for. */
  app: 'runtime' | 'lorax';
}

/** The secrets that aos.json and the choice need; none stands in aos.json, in the template or in its parameter file. */
export function secretsOf(config: AosConfig, choice: DeploymentChoice): DeploymentSecret[] {
  const references = new Set([
    ...(config.model.api_key === undefined ? [] : [config.model.api_key]),
    ...Object.values(config.model.headers),
    ...Object.values(config.mcp_servers).flatMap((server) =>
      Object.values(server.type === 'stdio' ? server.env : server.headers),
    ),
  ]);
  const runtime = [...references].sort().map((reference): DeploymentSecret => {
    const [kind, name = ''] = reference.split(':');
    return secret(kind === 'secret' ? `AOS_SECRET_${name}` : name, `${reference} of aos.json`, 'runtime');
  });
  const needsHub = choice.model.kind === 'lorax' && choice.model.hub_token;
  return needsHub
    ? [
        ...runtime,
        secret(HUB_TOKEN, 'Token of the Hugging Face hub, which must have access to the base model', 'lorax'),
      ]
    : runtime;
}

function secret(variable: string, description: string, app: DeploymentSecret['app']): DeploymentSecret {
  const name = `${app}-${variable.toLowerCase().replaceAll('_', '-')}`;
  return { parameter: `secret_${app}_${variable}`, name, variable, description, app };
}

/** The key vault with the secrets; nothing at all if there are none. */
export function secretResources(secrets: readonly DeploymentSecret[]): ArmResource[] {
  if (secrets.length === 0) return [];
  return [
    resource(keyVault, {
      location: 'group',
      properties: {
        tenantId: '[subscription().tenantId]',
        sku: { family: 'A', name: 'standard' },
        enableRbacAuthorization: true,
        enableSoftDelete: true,
        softDeleteRetentionInDays: 7,
        publicNetworkAccess: 'Enabled',
      },
    }),
    grant('keyVaultSecretsUser', keyVault),
    ...secrets.map((one) =>
      resource(vaultSecret(one), {
        properties: { value: inBrackets(parameter(one.parameter)) },
        dependsOn: [keyVault],
      }),
    ),
  ];
}

export const vaultSecret = ({ name }: DeploymentSecret) =>
  child(keyVault, 'Microsoft.KeyVault/vaults/secrets', text(name));

/** Address of a secret without its version: a new value is taken over. */
export const secretUri = ({ name }: DeploymentSecret): Expression =>
  format('{0}secrets/{1}', propertyOf(keyVault, 'vaultUri'), text(name));

/** The part of a container app's configuration and environment that its secrets are. */
export function containerSecrets(secrets: readonly DeploymentSecret[]) {
  return {
    configuration: secrets.map((one) => ({
      name: one.name,
      keyVaultUrl: inBrackets(secretUri(one)),
      identity: inBrackets(idOf(identity)),
    })),
    env: secrets.map(({ name, variable }) => ({ name: variable, secretRef: name })),
    dependsOn: secrets.length === 0 ? [] : [assignment('keyVaultSecretsUser', keyVault), ...secrets.map(vaultSecret)],
  };
}
