import type { Deployment, DeploymentExtended } from '@azure/arm-resourcesdeployments';
import type { Operation } from '../contracts/deploy-process.ts';
import { sleep } from '../core/clock.ts';
import { AosError } from '../core/errors.ts';
import { ArmError, retryAfterMs } from './arm-error.ts';
import type { Azure } from './azure.ts';
import { explain } from './failures.ts';
import { operationsOf } from './operations.ts';
import type { Watch } from './watch.ts';

/** Between two looks at a deployment, where Azure does not say it, in ms. */
const POLL_MS = 3000;
const ENDED = ['Succeeded', 'Failed', 'Canceled'];

export interface DeploymentPlace {
  group: string;
  name: string;
}

/** A deployment of this name; undefined if there was none. */
export async function findDeployment(
  azure: Azure,
  { group, name }: DeploymentPlace,
  signal?: AbortSignal,
): Promise<DeploymentExtended | undefined> {
  try {
    return await azure.deployments.get(group, name, { abortSignal: signal });
  } catch (error) {
    if (error instanceof ArmError && error.status === 404) return undefined;
    throw error;
  }
}

export const isRunning = (deployment: DeploymentExtended | undefined) =>
  deployment !== undefined && !ENDED.includes(deployment.properties?.provisioningState ?? '');

/**
 * Begins a deployment and waits for it. One of this name that still runs is waited for first, whatever becomes of it: it may be
 * ours, of a process that is gone.
 * @param expected ids of its resources, as validation has given them
 * @throws AosError that says what to do
 */
export async function runDeployment(
  azure: Azure,
  place: DeploymentPlace,
  { body, expected, watch }: { body: Deployment; expected: readonly string[]; watch: Watch },
): Promise<DeploymentExtended> {
  if (isRunning(await findDeployment(azure, place, watch.signal))) {
    watch.say({ phase: 'deploy', message: 'Waiting for an earlier deployment', deployment: place.name });
    await ended(azure, place, [], watch);
  }
  await azure.deployments.createOrUpdate(place.group, place.name, body, { abortSignal: watch.signal }).submitted();
  watch.say({ phase: 'deploy', message: 'Azure has taken the deployment', deployment: place.name });
  return followDeployment(azure, place, expected, watch);
}

/**
 * Waits for a deployment that has begun, and tells its course.
 * @throws AosError: the first cause of a failure; that it was cancelled; that it goes on, but can be watched no longer
 */
export async function followDeployment(
  azure: Azure,
  place: DeploymentPlace,
  expected: readonly string[],
  watch: Watch,
): Promise<DeploymentExtended> {
  const { deployment, operations } = await ended(azure, place, expected, watch);
  const { provisioningState, error } = deployment.properties ?? {};
  if (provisioningState === 'Succeeded') return deployment;
  if (watch.signal.aborted || provisioningState === 'Canceled') {
    throw new AosError(
      'AOS_CANCELLED',
      `The deployment ${place.name} was cancelled: what was created until then stays; deploy again to go on, or delete it.`,
    );
  }
  throw failureOf(new ArmError(200, { error }), operations);
}

/** Names the resource that failed, if one did. */
function failureOf(error: ArmError, operations: readonly Operation[]): AosError {
  const failed = operations.filter(({ state }) => state === 'failed');
  const [first] = failed;
  const more = failed.length > 1 ? ` and ${failed.length - 1} more` : '';
  return explain(error, first ? `${first.label} ${first.name}${more} was not deployed` : 'The deployment failed');
}

async function ended(azure: Azure, place: DeploymentPlace, expected: readonly string[], { say, signal }: Watch) {
  const cancel = new Cancelling(azure, place);
  for (;;) {
    try {
      if (signal.aborted) await cancel.once();
      const { deployment, waitMs } = await look(azure, place);
      const operations = operationsOf(await listOperations(azure, place), expected);
      const done = operations.filter(({ state }) => state === 'succeeded').length;
      say({
        phase: 'deploy',
        message: `${done} of ${operations.length} resources`,
        deployment: place.name,
        operations,
      });
      if (!isRunning(deployment)) return { deployment, operations };
      await sleepUnlessAborted(waitMs ?? POLL_MS, signal);
    } catch (error) {
      throw explain(error, 'The deployment can be watched no longer', place.name);
    }
  }
}

/** Asks Azure to cancel, one time. */
class Cancelling {
  readonly #azure: Azure;
  readonly #place: DeploymentPlace;
  #asked = false;

  constructor(azure: Azure, place: DeploymentPlace) {
    this.#azure = azure;
    this.#place = place;
  }

  async once(): Promise<void> {
    if (this.#asked) return;
    this.#asked = true;
    const { group, name } = this.#place;
    await this.#azure.deployments.cancel(group, name).catch((error) => {
      // It has ended in the meantime: there is nothing left to cancel.
      if (!(error instanceof ArmError && error.status === 409)) throw error;
    });
  }
}

async function look(azure: Azure, { group, name }: DeploymentPlace) {
  let waitMs: number | undefined;
  const deployment = await azure.deployments.get(group, name, {
    onResponse: ({ headers }) => {
      waitMs = retryAfterMs(headers.get('retry-after'));
    },
  });
  return { deployment, waitMs };
}

async function listOperations(azure: Azure, { group, name }: DeploymentPlace) {
  const all = [];
  for await (const operation of azure.operations.list(group, name)) all.push(operation);
  return all;
}

async function sleepUnlessAborted(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return sleep(ms);
  await sleep(ms, { signal }).catch((reason) => {
    if (!signal.aborted) throw reason;
  });
}
