import type {
  CostBasis,
  DeployFace,
  DeployLink,
  DeploymentRecord,
  DeployPhase,
  DeployState,
  DeployTarget,
  FaceOf,
  MonthCost,
} from '../../runtime/contracts/deploy-panel.ts';
import type {
  DeployJob,
  DeploymentResult,
  Inventory,
  Operation,
  PlannedChange,
  Preview,
} from '../../runtime/contracts/deploy-process.ts';
import type { PriceBook } from '../../runtime/contracts/prices.ts';
import { t } from '../l10n.ts';
import type { Deploying, DeployOutcome, DeployProgress, DeployResult } from './deploy-process.ts';
import type { DeploymentMemory } from './deployment-memory.ts';
import { faceOfRecord } from './faces.ts';

type Change = PlannedChange['change'];

export interface RunHandlers {
  /** A person has just asked for it, and may be asked to sign in. */
  interactive: boolean;
  onProgress(progress: DeployProgress): void;
}

/** How something ended that a person may not have seen. */
export type DeployEnd =
  | { kind: 'deployed'; result: DeploymentResult }
  | { kind: 'failed'; message: string }
  | { kind: 'deleted'; count: number; resourceGroup: string };

export interface DeploySessionOptions {
  memory: DeploymentMemory;
  run(job: DeployJob, handlers: RunHandlers): Promise<Deploying>;
  /** Prices of a region as the person refreshed them, or those that ship. */
  prices(region: string): Promise<PriceBook>;
  /** How each resource of a preview is paid. */
  bases(target: DeployTarget, preview: Preview): Record<string, CostBasis>;
  links(record: DeploymentRecord): DeployLink[];
  /** Whether the AOS views show this deployment. */
  connected(record: DeploymentRecord): boolean;
  /** Whether a deployment ends with the smoke test. */
  smokeTest(): boolean;
  now(): number;
  onChange(state: DeployState): void;
  onEnd(end: DeployEnd): void;
}

/** The deployment of a window's workspace: one job at a time, and what of it is shown. It outlives the panel. */
export class DeploySession {
  readonly #options: DeploySessionOptions;
  #target: DeployTarget | null;
  #face: DeployFace;
  #job: Deploying | undefined;
  /** Rises with every job: what an older one still says is not about the present one. */
  #generation = 0;

  constructor(options: DeploySessionOptions) {
    this.#options = options;
    this.#target = this.record?.target ?? null;
    this.#face = this.#faceOfRecord();
  }

  get state(): DeployState {
    return { target: this.#target, face: this.#face };
  }

  get record(): DeploymentRecord | null {
    return this.#options.memory.record;
  }

  /** A deployment or a teardown runs, and somebody waits for it. */
  get busy(): boolean {
    return this.#face.kind === 'progress' && this.#face.followed;
  }

  /** @throws Error while a deployment runs */
  refuseIfBusy(): void {
    if (this.busy) throw new Error(t('A deployment is running already. Wait for its end, or stop it.'));
  }

  /** Asks Azure what would change; nothing is created. @throws Error while a deployment runs */
  async check(target: DeployTarget): Promise<void> {
    this.refuseIfBusy();
    this.#job?.cancel();
    this.#target = target;
    const started_at = this.#options.now();
    this.#show({ kind: 'checking', phase: 'template', message: '' });
    const { folder, choice, mode } = target;
    const prices = await this.#options.prices(choice.location);
    const job = { kind: 'preview', ...placeOf(target), folder, choice, mode, prices } as const;
    const outcome = await this.#run(job, true, (progress) =>
      this.#show({ kind: 'checking', phase: progress.phase, message: progress.message }),
    );
    if (!outcome) return;
    if (outcome.kind === 'failed' && outcome.code === 'AOS_CANCELLED') this.showRecord();
    else if (outcome.kind === 'failed') this.#fail('check', started_at, outcome, null);
    else {
      const { preview } = resultOf(outcome.result, 'preview');
      this.#show({ kind: 'preview', preview, bases: this.#options.bases(target, preview) });
    }
  }

  /** Does what the preview shows. @throws Error if something would be deleted that was not confirmed */
  async deploy(confirmed: readonly string[]): Promise<void> {
    const face = this.#faceOf('preview');
    const target = this.#target!;
    const { changes, month_usd, unknown_prices } = face.preview;
    const open = changes.filter(({ change, resource_id }) => change === 'delete' && !confirmed.includes(resource_id));
    if (open.length > 0) throw new Error(t('{0} would be deleted: tick its box first.', open[0]!.name));
    const started_at = this.#options.now();
    const count = (...kinds: Change[]) => changes.filter(({ change }) => kinds.includes(change)).length;
    const counts = { changed: count('create', 'modify', 'delete'), unchanged: count('no_change') };
    const cost = { month_usd, unknown_prices };
    const begin = { target, started_at, cost, ...counts, ended_at: null, failure: null, result: null };
    const { folder, choice, mode } = target;
    const smoke_test = this.#options.smokeTest();
    await this.#follow(begin, { kind: 'deploy', ...placeOf(target), folder, choice, mode, smoke_test }, true);
  }

  /** Takes up the kept deployment, which may have gone on without us. */
  async follow({ interactive }: { interactive: boolean }): Promise<void> {
    this.refuseIfTesting();
    const { record } = this;
    if (!record || record.state === 'succeeded' || record.state === 'failed') return;
    const { resource_group } = record.target.choice;
    const smoke_test = this.#options.smokeTest();
    const job = {
      kind: 'follow',
      ...placeOf(record.target),
      resource_group,
      deployment: record.deployment,
      smoke_test,
    } as const;
    await this.#follow(record, job, interactive);
  }

  /** Waits no longer: what Azure has taken goes on there. What it has not taken is cancelled. */
  stopWaiting(): void {
    const { record } = this;
    if (!this.busy || record?.state !== 'running') {
      this.cancel();
      return;
    }
    this.#generation++;
    this.#job?.leave();
    this.#job = undefined;
    this.#keep({ ...record, state: 'left' });
    this.showRecord();
  }

  /** Cancels what runs, in Azure too. */
  cancel(): void {
    if (this.#face.kind === 'progress') this.#show({ ...this.#face, cancelling: true });
    this.#job?.cancel();
  }

  async smokeTest(): Promise<void> {
    this.refuseIfTesting();
    const { record } = this;
    if (!record?.result) throw new Error(t('There is no deployment to test yet.'));
    this.showRecord();
    this.#show({ ...this.#faceOf('result'), testing: true });
    const { result, deployment, target } = record;
    const { resource_group } = target.choice;
    const outcome = await this.#run(
      { kind: 'smoke_test', ...placeOf(target), resource_group, deployment },
      true,
      ({ smoke }) => this.#show({ ...this.#faceOf('result'), smoke }),
    );
    if (!outcome) return;
    if (outcome.kind === 'result')
      this.#keep({ ...record, result: { ...result, smoke: resultOf(outcome.result, 'smoke_test').smoke } });
    this.showRecord();
    if (outcome.kind === 'failed') throw new Error(outcome.message);
  }

  /** What a teardown would delete. @throws Error that says why it cannot be told */
  async inventory(): Promise<Inventory> {
    const { target } = this.#deployed();
    const { resource_group } = target.choice;
    const outcome = await this.ask({ kind: 'inventory', ...placeOf(target), resource_group });
    return resultOf(outcome, 'inventory').inventory;
  }

  /** Deletes the kept deployment. */
  async delete(): Promise<void> {
    this.refuseIfBusy();
    const { target } = this.#deployed();
    const { resource_group } = target.choice;
    const started_at = this.#options.now();
    const show = ({ phase, message, operations }: Pick<DeployProgress, 'phase' | 'message' | 'operations'>) =>
      this.#show({ kind: 'progress', started_at, phase, message, operations, cancelling: false, followed: true });
    show({ phase: 'delete', message: '', operations: [] });
    const outcome = await this.#run({ kind: 'delete', ...placeOf(target), resource_group }, true, show);
    if (!outcome) return;
    if (outcome.kind === 'failed') {
      this.#fail('delete', started_at, outcome, this.record?.cost ?? null);
      return;
    }
    this.#options.memory.set(null);
    this.#target = null;
    this.showRecord();
    const { deleted } = resultOf(outcome.result, 'deleted');
    this.#options.onEnd({ kind: 'deleted', count: deleted, resourceGroup: resource_group });
  }

  /** Runs a job beside the one that is shown. @throws Error with the job's own words */
  async ask(job: DeployJob): Promise<DeployResult> {
    const { ended } = await this.#options.run(job, { interactive: true, onProgress: () => undefined });
    const outcome = await ended;
    if (outcome.kind === 'failed') throw new Error(outcome.message);
    return outcome.result;
  }

  /** What was kept last, or nothing. */
  showRecord(): void {
    this.#target = this.record?.target ?? this.#target;
    this.#show(this.#faceOfRecord());
  }

  refuseIfTesting(): void {
    this.refuseIfBusy();
    if (this.#face.kind === 'result' && this.#face.testing) throw new Error(t('The smoke test is running already.'));
  }

  /** The window closes: nobody waits any more, and what Azure has taken goes on. */
  dispose(): void {
    this.#generation++;
    this.#job?.leave();
  }

  /** @param begin the record, complete but for what only Azure can tell */
  async #follow(
    begin: Omit<DeploymentRecord, 'deployment' | 'operations' | 'state'> & Partial<DeploymentRecord>,
    job: Extract<DeployJob, { kind: 'deploy' | 'follow' }>,
    interactive: boolean,
  ): Promise<void> {
    const { started_at, cost, changed } = begin;
    const record = (of: Pick<DeploymentRecord, 'deployment' | 'operations'> & Partial<DeploymentRecord>) =>
      ({ ...begin, state: 'running', ...of }) satisfies DeploymentRecord;
    let deployment = begin.deployment ?? null;
    let phase: DeployPhase = job.kind === 'follow' ? 'deploy' : 'template';
    let operations = begin.operations ?? [];
    const common = { kind: 'progress', started_at, cancelling: false, followed: true } as const;
    this.#show({ ...common, phase, message: '', operations });
    const outcome = await this.#run(job, interactive, (progress) => {
      phase = progress.phase;
      deployment = progress.deployment ?? deployment;
      // An image that is built, or the smoke test, has none of its own: those of the deployment stay in sight.
      if (progress.operations.length > 0) operations = progress.operations;
      // Before Azure has taken it there is nothing that could be followed later.
      if (deployment !== null) this.#keep(record({ deployment, operations }));
      const cancelling = this.#face.kind === 'progress' && this.#face.cancelling;
      this.#show({ ...common, cancelling, phase, message: progress.message, operations });
    });
    if (!outcome) return;
    const ended_at = this.#options.now();
    if (outcome.kind === 'failed') {
      const { code, message } = outcome;
      if (outcome.operations.length > 0) operations = outcome.operations;
      // Azure has told of no failure: we have only lost sight of it, and it may go on.
      const open =
        operations.length === 0 || operations.some(({ state }) => state === 'running' || state === 'waiting');
      const lost = phase === 'deploy' && open && code !== 'AOS_CANCELLED' && !operations.some(hasFailed);
      if (deployment !== null && lost) {
        this.#keep(record({ deployment, operations, state: 'left' }));
        this.showRecord();
        this.#show({ ...this.#faceOf('progress'), message });
        this.#options.onEnd({ kind: 'failed', message });
        return;
      }
      const failure = { code, message };
      if (deployment !== null) this.#keep(record({ deployment, operations, ended_at, state: 'failed', failure }));
      this.#fail('deploy', started_at, { ...outcome, operations }, deployment === null ? null : cost);
      return;
    }
    // Azure counts every resource of the template; the preview knows which of them have changed.
    const result = { ...resultOf(outcome.result, 'deployed').deployed, changes: changed };
    this.#keep(record({ deployment: result.deployment, operations: [], ended_at, state: 'succeeded', result }));
    this.showRecord();
    this.#options.onEnd({ kind: 'deployed', result });
  }

  /** @returns undefined if another job has begun meanwhile, or nobody waits any more */
  async #run(
    job: DeployJob,
    interactive: boolean,
    onProgress: (progress: DeployProgress) => void,
  ): Promise<DeployOutcome | undefined> {
    const generation = ++this.#generation;
    const current = () => generation === this.#generation;
    const handlers = { interactive, onProgress: (progress: DeployProgress) => current() && onProgress(progress) };
    const running = await this.#options.run(job, handlers).catch(failedJob);
    if (current()) this.#job = running;
    else running.cancel();
    const outcome = await running.ended;
    if (!current()) return undefined;
    this.#job = undefined;
    return outcome;
  }

  #fail(
    during: FaceOf<'failed'>['during'],
    started_at: number,
    { code, message, operations }: Extract<DeployOutcome, { kind: 'failed' }>,
    cost: MonthCost | null,
  ): void {
    const ended_at = this.#options.now();
    this.#show({ kind: 'failed', during, started_at, ended_at, failure: { code, message }, operations, cost });
    this.#options.onEnd({ kind: 'failed', message });
  }

  #keep(record: DeploymentRecord): void {
    this.#options.memory.set(record);
  }

  #show(face: DeployFace): void {
    this.#face = face;
    this.#options.onChange(this.state);
  }

  #faceOfRecord(): DeployFace {
    const { record } = this;
    const { links, connected } = this.#options;
    return faceOfRecord(record, {
      links: record ? links(record) : [],
      connected: record !== null && connected(record),
    });
  }

  #faceOf<K extends DeployFace['kind']>(kind: K): FaceOf<K> {
    if (this.#face.kind !== kind)
      throw new Error(t('This has changed meanwhile. Check again what Azure would change.'));
    return this.#face as FaceOf<K>;
  }

  #deployed(): DeploymentRecord {
    const { record } = this;
    if (!record) throw new Error(t('This workspace has no deployment.'));
    return record;
  }
}

/** A process that could not be started, or its secrets not be read: an outcome like any other. */
function failedJob(error: unknown): Deploying {
  const message = error instanceof Error ? error.message : String(error);
  const outcome: DeployOutcome = { kind: 'failed', code: 'AOS_INTERNAL', message, operations: [] };
  return { cancel: () => undefined, leave: () => undefined, ended: Promise.resolve(outcome) };
}

const hasFailed = ({ state }: Operation) => state === 'failed';

const placeOf = ({ cloud, subscription }: DeployTarget) => ({ cloud, subscription_id: subscription.id });

/** @throws Error if a process has answered another question */
export function resultOf<K extends DeployResult['kind']>(
  result: DeployResult,
  kind: K,
): Extract<DeployResult, { kind: K }> {
  if (result.kind !== kind)
    throw new Error(`The process that talks to Azure answered ${result.kind} instead of ${kind}.`);
  return result as Extract<DeployResult, { kind: K }>;
}
