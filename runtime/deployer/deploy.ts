import type { DeploymentExtended } from '@azure/arm-resourcesdeployments';
import type { DeploymentMode, DeploymentResult, SmokeCheck } from '../contracts/deploy-process.ts';
import { AosError } from '../core/errors.ts';
import type { Azure } from './azure.ts';
import { buildImage, findRegistry, type ImageSource, needsImage, type Registry } from './image.ts';
import { imageContext } from './image-context.ts';
import { secondsOf } from './operations.ts';
import { validate } from './preview.ts';
import { createGroup, groupExists } from './resource-groups.ts';
import { type DeploymentPlace, findDeployment, followDeployment, runDeployment } from './running-deployment.ts';
import { type Reach, smokeTest } from './smoke-test.ts';
import { baseName, deploymentBody, deploymentName, type SecretValues, type Workspace } from './template.ts';
import type { Watch } from './watch.ts';

export interface DeployOptions extends Workspace, Watch {
  mode: DeploymentMode;
  image: ImageSource;
  secrets: SecretValues;
  smokeTest: boolean;
}

/**
 * Brings a workspace to Azure. The image is built in the registry of the deployment; if there is none yet, a first deployment
 * without the runtime creates it. Whatever fails, doing it again goes on from what is there.
 */
export async function deploy(azure: Azure, options: DeployOptions): Promise<DeploymentResult> {
  const { config, mode, image, secrets, say, signal } = options;
  const watch: Watch = { say, signal };
  let { choice } = options;
  const { resource_group: group } = choice;
  say({ phase: 'template', message: 'Making the template' });
  // Read before anything is asked of Azure: a runtime that is not built, or a secret that is missing, is told at once.
  const context = needsImage(choice) ? await imageContext(image) : undefined;
  let body = deploymentBody({ config, choice }, secrets, mode);
  const exists = await groupExists(azure, group, signal);
  let expected = await validate(azure, body, { config, choice, exists, say, signal });
  if (!exists) {
    say({ phase: 'group', message: `Creating the resource group ${group}` });
    await createGroup(azure, group, { location: choice.location, workspace: config.name, signal });
  }
  if (context) {
    let registry = await findRegistry(azure, group, signal);
    if (!registry) {
      // Not in complete mode: that would delete an app which the first part leaves out.
      const base = deploymentBody({ config, choice }, secrets, 'incremental');
      await runDeployment(azure, { group, name: baseName(choice) }, { body: base, expected, watch });
      registry = await findRegistry(azure, group, signal);
    }
    choice = { ...choice, image: await buildImage(azure, needed(registry), context, watch) };
    body = deploymentBody({ config, choice }, secrets, mode);
    expected = await validate(azure, body, { config, choice, exists: true, say, signal });
  }
  const place = { group, name: deploymentName(choice) };
  const deployment = await runDeployment(azure, place, { body, expected, watch });
  return resultOf(azure, place, deployment, options);
}

function needed(registry: Registry | undefined): Registry {
  if (registry) return registry;
  throw new AosError('AOS_AZURE', 'The registry that was deployed is not to be found. Deploy again.');
}

/** Takes up a deployment that somebody has begun. @throws AosError AOS_NOT_FOUND, and as the deployment ends */
export async function follow(
  azure: Azure,
  place: DeploymentPlace,
  options: Watch & { smokeTest: boolean },
): Promise<DeploymentResult> {
  await need(azure, place, options.signal);
  return resultOf(azure, place, await followDeployment(azure, place, [], options), options);
}

/** Tests a deployment that has ended. @throws AosError AOS_NOT_FOUND */
export async function testDeployment(azure: Azure, place: DeploymentPlace, watch: Watch): Promise<SmokeCheck[]> {
  return smokeTest(azure.credential, reachOf(await need(azure, place, watch.signal)), watch);
}

async function need(azure: Azure, place: DeploymentPlace, signal: AbortSignal): Promise<DeploymentExtended> {
  const found = await findDeployment(azure, place, signal);
  if (found) return found;
  throw new AosError(
    'AOS_NOT_FOUND',
    `There is no deployment ${place.name} in the resource group ${place.group}: deploy, or name another one.`,
  );
}

async function resultOf(
  azure: Azure,
  { group, name }: DeploymentPlace,
  deployment: DeploymentExtended,
  options: Watch & { smokeTest: boolean },
): Promise<DeploymentResult> {
  const reach = reachOf(deployment);
  return {
    resource_group: group,
    deployment: name,
    api: reach.api,
    outputs: outputsOf(deployment),
    changes: deployment.properties?.outputResources?.length ?? 0,
    seconds: secondsOf(deployment.properties?.duration) ?? 0,
    smoke: options.smokeTest ? await smokeTest(azure.credential, reach, options) : [],
  };
}

/** Azure keeps the parameters of a deployment, other than the secret ones. */
function reachOf(deployment: DeploymentExtended): Reach {
  const parameters: Record<string, { value?: unknown }> = deployment.properties?.parameters ?? {};
  const text = (name: string) => {
    const value = parameters[name]?.value;
    return typeof value === 'string' && value !== '' ? value : null;
  };
  return {
    api: outputsOf(deployment).apiUrl || null,
    audience: text('authAudience'),
    tenantId: text('authTenantId'),
  };
}

function outputsOf(deployment: DeploymentExtended): Record<string, string> {
  const outputs: Record<string, { value?: unknown }> = deployment.properties?.outputs ?? {};
  return Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, String(value ?? '')]));
}
