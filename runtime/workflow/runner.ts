import type { RunView, WorkflowDefinition } from '../contracts/workflow.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import { AosError } from '../core/errors.ts';
import { Emitter } from '../core/events.ts';
import { newId as randomId } from '../core/ids.ts';
import type { Logger } from '../core/logger.ts';
import { getShardId } from '../sharding/shard-id.ts';
import type { Meters } from '../telemetry/telemetry.ts';
import { runIdOf } from './event-id.ts';
import { moved, RunDriver } from './run-driver.ts';
import { type Decision, RunMachine, type Taken } from './run-machine.ts';
import { isFinished, type RaisedEvent, type RunStart, type RunState, toFailure } from './run-state.ts';
import { runView } from './run-view.ts';
import type { WorkflowServices } from './services.ts';
import type { RunPage, RunQuery, WorkflowStore } from './store.ts';

export interface WorkflowRunnerOptions {
  store: WorkflowStore;
  services: WorkflowServices;
  numShards: number;
  logger: Logger;
  /** Default `systemClock`. */
  clock?: Clock;
  /** 0 to 1, 1 excluded. Default `Math.random`. */
  random?: () => number;
  /** Default: random ids. */
  newId?: (prefix: string) => string;
  meters?: Pick<Meters, 'orchestrationsCreated' | 'orchestrationDuration'> | undefined;
}

export interface StartRun {
  /** Name of the workflow. */
  workflow: string;
  /** As `workflowSchema` or `defineWorkflow` gives it. */
  definition: WorkflowDefinition;
  /** JSON. */
  input?: unknown;
  /** At most 64 characters; the same id again is the same run. Default: a new one. */
  runId?: string | undefined;
}

/**
 * What became of a signal. `taken` and `ignored` (it was taken before, or nobody waits for it any more) are durable: what
 * brought it can be settled. `not_held`: another replica holds the run; bring it there.
 */
export type Delivery = Taken | 'not_held';

export interface AgentOutcome {
  event_id: string;
  result?: unknown;
  error?: string | undefined;
}

export interface RunEvent {
  type: string;
  data?: unknown;
  correlation?: string | undefined;
  /** The same id again is the same event. Default: a new one. */
  id?: string | undefined;
}

export interface RunChange {
  runId: string;
  /** Of the run as it is when asked. */
  view(): RunView;
}

interface Held {
  driver: Promise<RunDriver | undefined>;
  released: boolean;
}

/** After a failed write, until the run is read again and goes on. */
const RELOAD_MS = 1000;
/** Runs that are read at the same time when a shard is taken. */
const PARALLEL_LOADS = 16;

/**
 * Runs the workflows of the shards this replica holds; a run belongs to the shard of its id. Nothing of a run is only in
 * memory: a runner may be dropped at any moment, and another one goes on after the last finished step.
 */
export class WorkflowRunner {
  readonly #options: Required<Omit<WorkflowRunnerOptions, 'meters'>> & Pick<WorkflowRunnerOptions, 'meters'>;
  readonly #shards = new Set<number>();
  readonly #held = new Map<string, Held>();
  readonly #changed = new Emitter<RunChange>();

  /** After every durable change of a run that is held here. */
  readonly onChanged = this.#changed.event;

  constructor(options: WorkflowRunnerOptions) {
    this.#options = { clock: systemClock, random: Math.random, newId: randomId, ...options };
  }

  /** The shard whose holder runs this run. */
  shardOf(runId: string): number {
    return getShardId(runId, this.#options.numShards);
  }

  /**
   * Takes over all unfinished runs of a shard. Resolves when all go on.
   * @throws AosError AOS_STORAGE; then the shard is not held
   */
  async resume(shard: number): Promise<void> {
    this.#shards.add(shard);
    try {
      const runIds: string[] = [];
      for await (const runId of this.#options.store.open()) if (this.shardOf(runId) === shard) runIds.push(runId);
      const lanes = Array.from({ length: PARALLEL_LOADS }, async () => {
        for (let runId = runIds.pop(); runId !== undefined; runId = runIds.pop())
          await this.#hold(runId, { open: true });
      });
      await Promise.all(lanes);
    } catch (error) {
      await this.release(shard);
      throw error;
    }
  }

  /** Stops the runs of a shard at once; resolves when nothing more of them will be written here. */
  async release(shard: number): Promise<void> {
    this.#shards.delete(shard);
    const mine = [...this.#held].filter(([runId]) => this.shardOf(runId) === shard);
    await Promise.all(mine.map(([runId, held]) => this.#drop(runId, held)));
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.#shards].map((shard) => this.release(shard)));
    this.#changed.dispose();
  }

  /**
   * Starts a run; durable when the promise resolves. It goes on at once if its shard is held here, and with the holder's next
   * `wake` or `resume` otherwise.
   * @throws AosError AOS_STATE_CONFLICT if there is a run of this id of another workflow; AOS_MESSAGE_TOO_LARGE, AOS_STORAGE
   */
  async start({ workflow, definition, input, runId = this.#options.newId('run') }: StartRun): Promise<RunView> {
    const { store, clock, meters } = this.#options;
    const start: RunStart = { runId, workflow, definition, input, createdAt: clock.now() };
    if (await store.create(start)) meters?.orchestrationsCreated.add(1, { 'aos.orchestration.workflow': workflow });
    await this.wake(runId);
    const run = await this.#find(runId);
    if (run.start.workflow === workflow) return this.#view(run);
    throw new AosError(
      'AOS_STATE_CONFLICT',
      `There is a run ${runId} of workflow ${run.start.workflow} already. Take another id for ${workflow}, or none.`,
    );
  }

  /** A run was started by another replica: goes on with it if its shard is held here. */
  async wake(runId: string): Promise<Delivery> {
    if (!this.#holds(runId)) return 'not_held';
    return (await this.#hold(runId)) ? 'taken' : 'ignored';
  }

  /** What became of an event that a run sent to an agent. An event that no run sent is ignored. */
  async outcome({ event_id, result, error }: AgentOutcome): Promise<Delivery> {
    const runId = runIdOf(event_id);
    if (runId === undefined) return 'ignored';
    if (!this.#holds(runId)) return 'not_held';
    const driver = await this.#hold(runId);
    if (!driver) return 'ignored';
    return driver.outcome(
      event_id,
      error === undefined ? { result } : { failure: toFailure(error, 'AOS_HANDLER_FAILED') },
    );
  }

  /** An event for one run. @throws AosError AOS_NOT_FOUND, AOS_STATE_CONFLICT (100 events are kept already), AOS_STORAGE */
  raise(runId: string, event: RunEvent): Promise<Delivery> {
    const raised = this.#toRaised(event);
    return this.#apply(runId, (machine) => machine.raise(raised));
  }

  /**
   * An event for all runs that are held here.
   * @returns how many took it
   */
  async event(event: RunEvent): Promise<number> {
    const raised = this.#toRaised(event);
    const drivers = await Promise.all([...this.#held.values()].map(({ driver }) => driver));
    const deliveries = drivers.map(
      async (driver) => (await driver?.apply((machine) => machine.raise(raised))) === 'taken',
    );
    return (await Promise.all(deliveries)).filter(Boolean).length;
  }

  /**
   * A person's answer to an approval.
   * @throws AosError AOS_NOT_FOUND, AOS_BAD_REQUEST for a step that is no approval; AOS_STATE_CONFLICT if it does not wait
   */
  decide(runId: string, decision: Decision): Promise<Delivery> {
    return this.#apply(runId, (machine) => machine.decide(decision));
  }

  /** Cancels a run; what had an effect is compensated. @throws AosError AOS_NOT_FOUND, AOS_STORAGE */
  cancel(runId: string, reason: string): Promise<Delivery> {
    return this.#apply(runId, (machine) => machine.cancel(reason));
  }

  /** A run, whoever holds it. @throws AosError AOS_NOT_FOUND, AOS_STORAGE */
  async get(runId: string): Promise<RunView> {
    return this.#view(await this.#find(runId));
  }

  /** Runs of a workflow, newest first, whoever holds them. @throws AosError AOS_STORAGE */
  list(query: RunQuery): Promise<RunPage> {
    return this.#options.store.list(query);
  }

  async #apply(runId: string, change: (machine: RunMachine) => Taken): Promise<Delivery> {
    if (!this.#holds(runId)) return 'not_held';
    const driver = await this.#hold(runId);
    if (driver) return driver.apply(change);
    const run = await this.#find(runId);
    // What is finished does not change, and answers by the same rules.
    return isFinished(run.head) ? change(this.#machineOf(run)) : 'not_held';
  }

  async #find(runId: string): Promise<RunState> {
    const driver = await this.#held.get(runId)?.driver;
    const run = driver?.run ?? (await this.#options.store.load(runId))?.run;
    if (run) return run;
    throw new AosError('AOS_NOT_FOUND', `There is no run ${runId}.`);
  }

  #holds(runId: string): boolean {
    return this.#shards.has(this.shardOf(runId));
  }

  /**
   * The driver of a run, which is read if need be.
   * @param open whether the store has it as open: a finished one has not told everybody yet
   * @returns undefined for a run that is finished, or none
   * @throws AosError AOS_STATE_CONFLICT if its shard was given up meanwhile
   */
  #hold(runId: string, { open = false } = {}): Promise<RunDriver | undefined> {
    const known = this.#held.get(runId);
    if (known) return known.driver;
    const held: Held = { released: false, driver: Promise.resolve(undefined) };
    held.driver = this.#load(runId, held, open);
    this.#held.set(runId, held);
    return held.driver;
  }

  async #load(runId: string, held: Held, open: boolean): Promise<RunDriver | undefined> {
    const { store, services, clock, random } = this.#options;
    const forget = () => this.#held.get(runId) === held && this.#held.delete(runId);
    try {
      const found = await store.load(runId);
      if (held.released) throw moved(runId);
      if (!found || (isFinished(found.run.head) && !open)) {
        forget();
        return undefined;
      }
      const driver = new RunDriver(found, {
        store,
        services,
        clock,
        random,
        onDone: () => {
          forget();
          this.#measure(driver.run);
        },
        onBroken: (error) => {
          forget();
          this.#reloadLater(runId, error);
        },
        onChanged: (run) => this.#tell(run),
      });
      driver.start();
      return driver;
    } catch (error) {
      forget();
      throw error;
    }
  }

  async #drop(runId: string, held: Held): Promise<void> {
    held.released = true;
    this.#held.delete(runId);
    const [loaded] = await Promise.allSettled([held.driver]);
    if (loaded.status === 'fulfilled') await loaded.value?.stop();
  }

  /** A run that cannot be written is read again, until that succeeds or its shard is given up: nothing else is known of it. */
  #reloadLater(runId: string, error: unknown): void {
    const { clock, logger } = this.#options;
    if (!this.#holds(runId)) return;
    logger.warn('a run is read again: what it did last could not be kept or told', { runId, error });
    clock.setTimeout(() => {
      if (this.#holds(runId)) this.#hold(runId, { open: true }).catch((again) => this.#reloadLater(runId, again));
    }, RELOAD_MS);
  }

  #measure({ start, head }: RunState): void {
    const { clock, meters } = this.#options;
    meters?.orchestrationDuration.record((clock.now() - start.createdAt) / 1000, {
      'aos.orchestration.workflow': start.workflow,
      'aos.orchestration.status': head.status,
    });
  }

  #machineOf(run: RunState): RunMachine {
    const { clock, random } = this.#options;
    return new RunMachine(run, { now: () => clock.now(), random });
  }

  #tell(run: RunState): void {
    if (this.#changed.hasListeners) this.#changed.fire({ runId: run.start.runId, view: () => this.#view(run) });
  }

  #view(run: RunState): RunView {
    return runView(run, { shard: this.shardOf(run.start.runId), now: this.#options.clock.now() });
  }

  #toRaised({ id = this.#options.newId('evt'), type, data, correlation }: RunEvent): RaisedEvent {
    return { id, type, data, correlation };
  }
}
