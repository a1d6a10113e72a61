import type { DeploymentChoice } from '../contracts/deployment.ts';
import { sleep } from '../core/clock.ts';
import { AosError } from '../core/errors.ts';
import { retryAfterMs } from './arm-error.ts';
import { type Azure, apiVersions } from './azure.ts';
import { type ImageContext, type ImageSource, imageContext, packContext } from './image-context.ts';
import { isOurs, resourcesOf } from './resource-groups.ts';
import type { Watch } from './watch.ts';

export type { ImageSource } from './image-context.ts';

/** Between two looks at a build, in ms. */
const POLL_MS = 3000;
const UNFINISHED = ['Queued', 'Started', 'Running'];
/** Of a failed build's log that is told, in characters. */
const LOG_TAIL = 400;

interface Run {
  properties: {
    runId: string;
    status: string;
    outputImages?: { registry: string; repository: string; tag: string }[];
  };
}

export interface Registry {
  /** Path of the resource. */
  id: string;
  /** `name.azurecr.io` */
  server: string;
}

/** Whether a choice wants an image that is not named yet. */
export const needsImage = ({ host, image }: DeploymentChoice) => host === 'container-apps' && image === null;

/** The registry that an earlier deployment has created. */
export async function findRegistry(azure: Azure, group: string, signal: AbortSignal): Promise<Registry | undefined> {
  const all = await resourcesOf(azure, group, signal);
  const found = all.find((one) => one.type.toLowerCase() === 'microsoft.containerregistry/registries' && isOurs(one));
  if (!found) return undefined;
  const { properties } = await azure.rest.get<{ properties: { loginServer: string } }>(found.id, {
    apiVersion: apiVersions.registries,
    signal,
  });
  return { id: found.id, server: properties.loginServer };
}

/**
 * Name of the image as a deployment would have it: in a preview the runtime must not be missing. Before there is a registry its
 * address is not known.
 */
export async function previewImage(
  azure: Azure,
  choice: DeploymentChoice,
  source: ImageSource,
  groupExists: boolean,
  signal: AbortSignal,
): Promise<string | null> {
  if (!needsImage(choice)) return choice.image;
  const [registry, { image }] = await Promise.all([
    groupExists ? findRegistry(azure, choice.resource_group, signal) : undefined,
    imageContext(source),
  ]);
  return `${registry?.server ?? 'not-yet-created.azurecr.io'}/${image}`;
}

/**
 * Builds the image in the registry (ACR Tasks), unless the same files were built there before.
 * @returns its full name
 * @throws ArmError; AosError AOS_AZURE with the end of the log if the build fails
 */
export async function buildImage(
  azure: Azure,
  registry: Registry,
  context: ImageContext,
  watch: Watch,
): Promise<string> {
  const { say, signal } = watch;
  const request = { apiVersion: apiVersions.registryTasks, signal };
  const name = `${registry.server}/${context.image}`;
  say({ phase: 'image', message: `Looking for ${context.image}` });
  if (await isBuilt(azure, registry, context.image, signal)) return name;
  say({ phase: 'image', message: 'Sending the runtime and the workspace to the registry' });
  const upload = (await azure.rest.send('POST', `${registry.id}/listBuildSourceUploadUrl`, request)).body;
  const { uploadUrl, relativePath } = upload as { uploadUrl: string; relativePath: string };
  await send(uploadUrl, await packContext(context), signal);
  say({ phase: 'image', message: 'Building the image in the registry' });
  const scheduled = await azure.rest.send('POST', `${registry.id}/scheduleRun`, {
    ...request,
    body: {
      type: 'DockerBuildRequest',
      imageNames: [context.image],
      isPushEnabled: true,
      dockerFilePath: 'Dockerfile',
      platform: { os: 'Linux', architecture: 'amd64' },
      sourceLocation: relativePath,
    },
  });
  await finished(azure, registry, (scheduled.body as Run).properties.runId, signal);
  return name;
}

async function isBuilt(azure: Azure, registry: Registry, image: string, signal: AbortSignal): Promise<boolean> {
  const runs = await azure.rest.list<Run>(`${registry.id}/runs`, { apiVersion: apiVersions.registryTasks, signal });
  return runs.some(
    ({ properties: { status, outputImages = [] } }) =>
      status === 'Succeeded' && outputImages.some(({ repository, tag }) => `${repository}:${tag}` === image),
  );
}

/** The address holds its own permission: no token goes there. */
async function send(url: string, body: Buffer, signal: AbortSignal): Promise<void> {
  const headers = { 'x-ms-blob-type': 'BlockBlob', 'content-type': 'application/gzip' };
  const response = await fetch(url, { method: 'PUT', headers, body: new Uint8Array(body), signal });
  if (response.ok) return;
  throw new AosError('AOS_AZURE', `The registry did not take the sources (status ${response.status}). Deploy again.`);
}

async function finished(azure: Azure, registry: Registry, runId: string, signal: AbortSignal): Promise<void> {
  const path = `${registry.id}/runs/${runId}`;
  const request = { apiVersion: apiVersions.registryTasks, signal };
  for (;;) {
    const { body, headers } = await azure.rest.send('GET', path, request);
    const { status } = (body as Run).properties;
    if (status === 'Succeeded') return;
    if (!UNFINISHED.includes(status)) {
      const { logLink } = (await azure.rest.send('POST', `${path}/listLogSasUrl`, request)).body as { logLink: string };
      const log = await (await fetch(logLink, { signal })).text();
      throw new AosError(
        'AOS_AZURE',
        `The image could not be built (run ${runId}: ${status}): mend what the log says, then deploy again. The log ends: ${log.trim().slice(-LOG_TAIL)}`,
      );
    }
    await sleep(retryAfterMs(headers.get('retry-after')) ?? POLL_MS, { signal });
  }
}
