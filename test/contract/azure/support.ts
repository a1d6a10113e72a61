import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { shippedPrices } from '../../../runtime/capacity/shipped-prices.ts';
import { type DeployResult, deployJob } from '../../../runtime/commands/deploy-job.ts';
import type { DeployJob, Operation } from '../../../runtime/contracts/deploy-process.ts';
import type { DeploymentChoice } from '../../../runtime/contracts/deployment.ts';
import type { DeployProgress } from '../../../runtime/deployer/watch.ts';
import { chooseDeployment, planDeployment } from '../../../runtime/deployment/choice.ts';
import { readConfig } from '../../../runtime/server/config-source.ts';
import { trustLoopback } from '../../certificate/loopback.ts';
import { type Arm, type ArmOptions, startArm } from '../../support/arm/start-arm.ts';

export const BOARDROOM = path.join(import.meta.dirname, '../../../examples/boardroom');
export const GROUP = 'boardroom-rg';
export const HUB_TOKEN = 'hf_a-secret-of-the-test';

type Kind = DeployResult['kind'];

/** Azure, as far as it is stood in for, and a person who deploys the boardroom to it. */
export interface Person {
  arm: Arm;
  choice: DeploymentChoice;
  progress: Partial<DeployProgress>[];
  /** Aborts the job that runs. */
  cancel(): void;
  /** What is called with each progress, e.g. to cancel. */
  onProgress: (progress: Partial<DeployProgress>) => void;
  /** @param env where the secrets are */
  job<K extends DeployJob['kind']>(
    kind: K,
    more?: object,
    env?: Record<string, string | undefined>,
  ): Promise<Extract<DeployResult, { kind: ResultOf<K> }>>;
  operations(): Operation[];
}

type ResultOf<K extends DeployJob['kind']> = K extends 'deploy' | 'follow'
  ? 'deployed'
  : K extends 'delete'
    ? 'deleted'
    : Extract<Kind, K>;

trustLoopback();

export async function usePerson(options: ArmOptions = {}): Promise<Person> {
  const arm = await startArm(options);
  onTestFinished(() => arm.dispose());
  const runtime = mkdtempSync(path.join(os.tmpdir(), 'aos-runtime-'));
  onTestFinished(() => rmSync(runtime, { recursive: true }));
  writeFileSync(path.join(runtime, 'main.js'), 'process.exit();\n');
  const config = await readConfig(BOARDROOM);
  const choice = chooseDeployment(config, planDeployment(config, {}, shippedPrices).deployment);
  let stop = new AbortController();
  const cloud = { name: 'Test', resource_manager: arm.url, portal: null };
  const person: Person = {
    arm,
    choice,
    progress: [],
    onProgress: () => undefined,
    cancel: () => stop.abort(),
    operations: () => person.progress.findLast(({ operations }) => operations)?.operations ?? [],
    async job(kind, more = {}, env = { HUGGING_FACE_HUB_TOKEN: HUB_TOKEN }) {
      stop = new AbortController();
      person.progress.length = 0;
      const job = {
        kind,
        cloud,
        ...(kind !== 'subscriptions' && { subscription_id: arm.subscriptionId }),
        ...(['preview', 'deploy'].includes(kind) && { folder: BOARDROOM, choice: person.choice, mode: 'incremental' }),
        ...(kind === 'deploy' && { smoke_test: false }),
        ...(['follow', 'smoke_test', 'inventory', 'delete'].includes(kind) && { resource_group: GROUP }),
        ...more,
      } as DeployJob;
      const result = await deployJob(job, {
        credential: { getToken: async () => ({ token: 'a-test-token', expiresOnTimestamp: Date.now() + 3_600_000 }) },
        runtime,
        env,
        retryDelayMs: 1,
        signal: stop.signal,
        say: (progress) => {
          person.progress.push(progress);
          person.onProgress(progress);
        },
      });
      return result as never;
    },
  };
  return person;
}

/** Kinds of change, counted. */
export function counted(changes: readonly { change: string }[]): Record<string, number> {
  const counts = Map.groupBy(changes, ({ change }) => change);
  return Object.fromEntries([...counts].map(([change, rows]) => [change, rows.length]));
}
