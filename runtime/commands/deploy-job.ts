import type { TokenCredential } from '@azure/identity';
import { shippedPrices } from '../capacity/shipped-prices.ts';
import { regionIds } from '../contracts/azure-regions.ts';
import type { Plan } from '../contracts/capacity.ts';
import type { AosConfig } from '../contracts/config.ts';
import type { DeployJob, FromDeploy } from '../contracts/deploy-process.ts';
import type { DeploymentChoice } from '../contracts/deployment.ts';
import type { PriceBook } from '../contracts/prices.ts';
import { Azure } from '../deployer/azure.ts';
import { deploy, follow, testDeployment } from '../deployer/deploy.ts';
import { explain } from '../deployer/failures.ts';
import { listRegions, listSubscriptions } from '../deployer/places.ts';
import { preview } from '../deployer/preview.ts';
import { inventory, tearDown } from '../deployer/teardown.ts';
import type { Watch } from '../deployer/watch.ts';
import { planDeployment } from '../deployment/choice.ts';
import { readConfig } from '../server/config-source.ts';

export type DeployResult = Extract<FromDeploy, { type: 'result' }>['result'];

export interface DeployJobOptions extends Watch {
  credential: TokenCredential;
  /** Folder with the bundle of the runtime, of which the image is made. */
  runtime: string;
  /** Where the values of the secrets are. */
  env: Record<string, string | undefined>;
  /** By which a preview tells the cost. Default: the plan that follows from the choice. */
  plan?: Plan;
  /** See `AzureOptions`. */
  retryDelayMs?: number;
}

const WHAT: Record<DeployJob['kind'], string> = {
  subscriptions: 'The subscriptions cannot be listed',
  regions: 'The regions cannot be listed',
  preview: 'Azure cannot say what would change',
  deploy: 'The deployment failed',
  follow: 'The deployment cannot be followed',
  smoke_test: 'The smoke test failed',
  inventory: 'The resource group cannot be read',
  delete: 'Not everything was deleted',
};

/** Does one job, for the command line and the editor alike. @throws AosError: one sentence that says what to do, then what Azure says */
export async function deployJob(job: DeployJob, options: DeployJobOptions): Promise<DeployResult> {
  try {
    return await runJob(job, options);
  } catch (error) {
    throw explain(error, WHAT[job.kind]);
  }
}

async function runJob(job: DeployJob, options: DeployJobOptions): Promise<DeployResult> {
  const { credential, retryDelayMs, say, signal, env, runtime } = options;
  const azure = new Azure({
    cloud: job.cloud,
    credential,
    ...('subscription_id' in job && { subscriptionId: job.subscription_id }),
    ...(retryDelayMs !== undefined && { retryDelayMs }),
  });
  const watch: Watch = { say, signal };
  switch (job.kind) {
    case 'subscriptions':
      return { kind: 'subscriptions', subscriptions: await listSubscriptions(azure, signal) };
    case 'regions':
      return { kind: 'regions', regions: await listRegions(azure, job.needs_gpu, signal) };
    case 'preview': {
      const { choice, mode, folder } = job;
      const config = await readConfig(folder);
      const plan = options.plan ?? planOf(config, choice, job.prices ?? shippedPrices);
      const image = { runtime, workspace: folder };
      return { kind: 'preview', preview: await preview(azure, { config, choice, plan, mode, image, ...watch }) };
    }
    case 'deploy': {
      const { choice, mode, folder, smoke_test } = job;
      const config = await readConfig(folder);
      const image = { runtime, workspace: folder };
      const deployed = await deploy(azure, {
        config,
        choice,
        mode,
        image,
        secrets: env,
        smokeTest: smoke_test,
        ...watch,
      });
      return { kind: 'deployed', deployed };
    }
    case 'follow': {
      const place = { group: job.resource_group, name: job.deployment };
      return { kind: 'deployed', deployed: await follow(azure, place, { smokeTest: job.smoke_test, ...watch }) };
    }
    case 'smoke_test': {
      const place = { group: job.resource_group, name: job.deployment };
      return { kind: 'smoke_test', smoke: await testDeployment(azure, place, watch) };
    }
    case 'inventory':
      return { kind: 'inventory', inventory: await inventory(azure, job.resource_group, signal) };
    case 'delete':
      return { kind: 'deleted', deleted: await tearDown(azure, job.resource_group, watch) };
  }
}

/** The guide's figures, where the choice says nothing. */
function planOf(config: AosConfig, { capacity }: DeploymentChoice, prices: PriceBook): Plan {
  const region = regionIds.find((id) => id === capacity.region);
  return planDeployment(config, { ...(region && { region }), bus_tier: capacity.bus_tier }, prices);
}
