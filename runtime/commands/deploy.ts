import path from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { TokenCredential } from '@azure/identity';
import type { DeployJob, DeploymentResult, Subscription } from '../contracts/deploy-process.ts';
import type { DeploymentChoice } from '../contracts/deployment.ts';
import { AosError } from '../core/errors.ts';
import { cloudOf, type TerminalCloud } from '../deployer/clouds.ts';
import { deploymentName } from '../deployer/template.ts';
import { parseChoice } from '../deployment/choice.ts';
import { type DeployJobOptions, type DeployResult, deployJob } from './deploy-job.ts';
import { inventoryLines, ProgressLines, previewLines, resultLines } from './deploy-report.ts';
import { type DeploymentPlan, type DeployOptions, readDeployment } from './deploy-template.ts';

export interface DeployCommandOptions extends DeployOptions {
  whatIf?: boolean;
  /** Name of a deployment. */
  follow?: string;
  delete?: boolean;
  /** True: do not ask. A text answers the question of --delete, the name of the resource group. */
  yes?: boolean | string;
  subscription?: string;
  cloud?: string;
  /** Application id, or its URI, of the API's app registration. */
  audience?: string;
  complete?: boolean;
  smokeTest: boolean;
}

type Of<K extends DeployResult['kind']> = Extract<DeployResult, { kind: K }>;

/**
 * `aos deploy`: previews and, when that is confirmed, deploys; or only previews, follows, deletes.
 * @param runtime folder with the bundle of the runtime, of which the image is made
 * @throws AosError that says what to do
 */
export async function deployCommand(folder: string, options: DeployCommandOptions, runtime: string): Promise<void> {
  if (typeof options.yes === 'string' && !options.delete) {
    throw new AosError(
      'AOS_BAD_REQUEST',
      `--yes takes a name only with --delete. Did you mean: aos deploy ${options.yes} --yes`,
    );
  }
  const planned = await readDeployment(folder, options);
  const terminal = new Terminal(cloudOf(options.cloud, process.env), { runtime, plan: planned.plan });
  await terminal.use(async () => {
    const subscription = await chooseSubscription(terminal, options.subscription);
    const place = { cloud: terminal.cloud, subscription_id: subscription.id };
    const choice = withAudience(planned.choice, subscription, options.audience);
    const resource_group = choice.resource_group;
    if (options.delete) return remove(terminal, { ...place, resource_group }, options);
    if (options.follow !== undefined) {
      const job = { kind: 'follow', ...place, resource_group, deployment: options.follow } as const;
      const { deployed } = (await terminal.run({ ...job, smoke_test: options.smokeTest })) as Of<'deployed'>;
      return report(deployed, options);
    }
    const mode = options.complete ? ('complete' as const) : ('incremental' as const);
    const shared = { ...place, folder: path.resolve(folder), choice, mode };
    if (!(await confirmed(terminal, shared, planned, options))) return;
    const job: DeployJob = { kind: 'deploy', ...shared, smoke_test: options.smokeTest };
    const { deployed } = (await terminal.run(job, deploymentName(choice))) as Of<'deployed'>;
    report(deployed, options);
  });
}

type Shared = Omit<Extract<DeployJob, { kind: 'preview' }>, 'kind' | 'prices'>;

/** Shows what would change. @returns whether to go on */
async function confirmed(
  terminal: Terminal,
  job: Shared,
  { plan }: DeploymentPlan,
  { whatIf, yes, json }: DeployCommandOptions,
): Promise<boolean> {
  const { preview } = (await terminal.run({ kind: 'preview', ...job, prices: null })) as Of<'preview'>;
  if (json && whatIf) process.stdout.write(`${JSON.stringify(preview)}\n`);
  else terminal.print(previewLines(preview, plan.prices.currency), json);
  if (whatIf) return false;
  if (yes) return true;
  terminal.print(['Nothing has changed in Azure yet.'], json);
  return (await ask('Deploy? [y/N] ')).toLowerCase() === 'y';
}

async function remove(
  terminal: Terminal,
  place: Pick<Extract<DeployJob, { kind: 'delete' }>, 'cloud' | 'subscription_id' | 'resource_group'>,
  { yes, json }: DeployCommandOptions,
): Promise<void> {
  const { inventory } = (await terminal.run({ kind: 'inventory', ...place })) as Of<'inventory'>;
  terminal.print(inventoryLines(inventory), json);
  if (inventory.ours.length === 0) return;
  const name = typeof yes === 'string' ? yes : await ask(`Type ${place.resource_group} to delete: `);
  if (name !== place.resource_group) {
    throw new AosError('AOS_CANCELLED', `Nothing was deleted: the name is ${place.resource_group}, not "${name}".`);
  }
  const { deleted } = (await terminal.run({ kind: 'delete', ...place })) as Of<'deleted'>;
  process.stdout.write(json ? `${JSON.stringify({ deleted })}\n` : `${deleted} resources deleted\n`);
}

function report(deployed: DeploymentResult, { json }: DeployCommandOptions): void {
  process.stdout.write(json ? `${JSON.stringify(deployed)}\n` : `${resultLines(deployed).join('\n')}\n`);
  if (deployed.smoke.some(({ state }) => state === 'failed')) process.exitCode = 1;
}

/** The one that is named, in the environment too, or the only one there is. */
async function chooseSubscription(
  terminal: Terminal,
  named = process.env.AZURE_SUBSCRIPTION_ID,
): Promise<Subscription> {
  const { subscriptions } = (await terminal.run({
    kind: 'subscriptions',
    cloud: terminal.cloud,
  })) as Of<'subscriptions'>;
  const enabled = subscriptions.filter(({ state }) => state === 'Enabled');
  const found = named
    ? subscriptions.find(({ id, name }) => [id, name].includes(named))
    : enabled.length === 1
      ? enabled[0]
      : undefined;
  if (found) return found;
  const list = subscriptions.map(({ id, name }) => `${name} (${id})`).join(', ');
  const why = named ? `There is no subscription ${named}.` : 'There is more than one subscription.';
  throw new AosError('AOS_BAD_REQUEST', `${why} Name one with --subscription: ${list}.`);
}

function withAudience(choice: DeploymentChoice, { tenant_id }: Subscription, audience: string | undefined) {
  return audience === undefined ? choice : parseChoice({ ...choice, auth: { tenant_id, audience } });
}

/** Runs jobs, tells their course on stderr, and asks what Ctrl+C is to mean. */
class Terminal {
  readonly #cloud: TerminalCloud;
  readonly #options: Pick<DeployJobOptions, 'runtime' | 'plan'>;
  readonly #lines = new ProgressLines((line) => process.stderr.write(`${line}\n`));
  #credential: Promise<TokenCredential> | undefined;

  constructor(cloud: TerminalCloud, options: Pick<DeployJobOptions, 'runtime' | 'plan'>) {
    this.#cloud = cloud;
    this.#options = options;
  }

  get cloud() {
    return this.#cloud.cloud;
  }

  /** What a job waits for are timers and sockets that keep no process alive by themselves. */
  async use(work: () => Promise<void>): Promise<void> {
    const alive = setInterval(() => undefined, 60_000);
    await work().finally(() => clearInterval(alive));
  }

  print(lines: readonly string[], json: boolean | undefined): void {
    (json ? process.stderr : process.stdout).write(`${lines.join('\n')}\n`);
  }

  /** @param begins name of the deployment that the job begins: Ctrl+C asks whether to cancel it */
  async run(job: DeployJob, begins?: string): Promise<DeployResult> {
    const cancel = new AbortController();
    let taken: string | null = null;
    const interrupted = () => {
      if (begins === undefined || taken === null) cancel.abort(new AosError('AOS_CANCELLED', 'It was cancelled.'));
      else void this.#interrupt(taken, cancel);
    };
    process.on('SIGINT', interrupted);
    try {
      return await deployJob(job, {
        ...this.#options,
        credential: await this.#signIn(),
        env: process.env,
        signal: cancel.signal,
        say: (progress) => {
          taken = progress.deployment ?? taken;
          this.#lines.tell(progress);
        },
      });
    } finally {
      process.off('SIGINT', interrupted);
    }
  }

  /** Whoever waits no longer may look again; a second Ctrl+C, or no terminal, means that. */
  async #interrupt(deployment: string, cancel: AbortController): Promise<void> {
    const answer = process.stdin.isTTY ? await ask('\nStop waiting [s], or cancel the deployment in Azure [c]? ') : 's';
    if (answer.toLowerCase() === 'c') {
      process.stderr.write('Cancelling in Azure…\n');
      cancel.abort(new AosError('AOS_CANCELLED', 'The deployment was cancelled.'));
      return;
    }
    process.stderr.write(`The deployment goes on in Azure. To see it again: aos deploy --follow ${deployment}\n`);
    process.exit(130);
  }

  /** Whoever the environment, `az login` or another tool of Azure has signed in. */
  #signIn(): Promise<TokenCredential> {
    this.#credential ??= import('@azure/identity').then(({ DefaultAzureCredential }) => {
      const { authority } = this.#cloud;
      return new DefaultAzureCredential(authority === undefined ? {} : { authorityHost: authority });
    });
    return this.#credential;
  }
}

/** An empty answer where nobody can be asked. */
async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const ended = new Promise<string>((resolve) => {
    lines.once('close', () => resolve(''));
    lines.once('SIGINT', () => lines.close());
  });
  try {
    return (await Promise.race([lines.question(question), ended])).trim();
  } finally {
    lines.close();
  }
}
