import type { Clock } from '../core/clock.ts';
import { AosError } from '../core/errors.ts';
import { RunMachine, type Taken, type TaskOutcome, type TaskRequest } from './run-machine.ts';
import {
  type Address,
  isFinished,
  parseAddress,
  type RunningUnit,
  type RunState,
  taskOf,
  toFailure,
} from './run-state.ts';
import { type WorkflowServices, workflowEvents } from './services.ts';
import type { VersionedRun, WorkflowStore } from './store.ts';

export interface DriverOptions {
  store: WorkflowStore;
  services: WorkflowServices;
  clock: Clock;
  random: () => number;
  /** The state was written, or is as it was loaded. */
  onChanged: (run: RunState) => void;
  /** Finished, told, and closed: there is nothing left to do. */
  onDone: () => void;
  /** The state here is worth nothing any more; what is in the store is. */
  onBroken: (error: unknown) => void;
}

interface Flight {
  attempt: number;
  eventId: string | undefined;
  abort: AbortController;
}

/**
 * Makes a run go: writes what the machine changed, and only then does what follows from it. What follows is read off the
 * state (a unit that runs is engaged), never remembered: going on after a crash is the same as going on after a write.
 */
export class RunDriver {
  readonly machine: RunMachine;
  readonly #options: DriverOptions;
  #version: string;
  /** Tries that were handed to an agent or its model. */
  readonly #flights = new Map<Address, Flight>();
  readonly #awaited = new Map<string, Address>();
  /** Units whose next try begins later. */
  readonly #later = new Set<Address>();
  #timer: { dueAt: number; handle: Disposable } | undefined;
  #writing: Promise<void> = Promise.resolve();
  #nextWrite: Promise<void> | undefined;
  #stopped = false;

  constructor({ run, version }: VersionedRun, options: DriverOptions) {
    const { clock, random } = options;
    this.machine = new RunMachine(run, { now: () => clock.now(), random });
    this.#version = version;
    this.#options = options;
  }

  get run(): RunState {
    return this.machine.run;
  }

  /** Begins a new run, goes on with one that was under way, or tells again what a finished one may not have told. */
  start(): void {
    const { head } = this.run;
    if (head.status === 'pending') this.#change(() => this.machine.begin());
    else if (isFinished(head)) void this.#finish();
    else {
      for (const address of [...this.machine.running]) this.#engage(address);
      this.#arm(this.machine.nextDueAt);
    }
  }

  /**
   * Changes the run from outside; resolves when that is durable.
   * @throws AosError AOS_STATE_CONFLICT, AOS_STORAGE if it is not: then it did not happen
   */
  async apply(change: (machine: RunMachine) => Taken): Promise<Taken> {
    this.#assertRuns();
    const taken = change(this.machine);
    await this.#write();
    return taken;
  }

  /** The outcome of an event that was sent to an agent. */
  outcome(eventId: string, outcome: TaskOutcome): Promise<Taken> {
    const address = this.#awaited.get(eventId);
    const flight = address === undefined ? undefined : this.#flights.get(address);
    if (flight) this.#land(address!, flight);
    return this.apply((machine) => (flight ? machine.settle(address!, flight.attempt, outcome) : 'ignored'));
  }

  /** Stops at once: nothing is begun any more. Resolves when no write of this driver is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.handle[Symbol.dispose]();
    for (const { abort } of this.#flights.values()) abort.abort(stopped());
    await Promise.allSettled([this.#writing, this.#nextWrite]);
  }

  #change(change: () => void): void {
    if (this.#stopped) return;
    change();
    this.#write().catch(reported);
  }

  /** Resolves when everything that was changed until now is written. Changes that come during a write share the next one. */
  #write(): Promise<void> {
    if (!this.machine.dirty) return this.#nextWrite ?? this.#writing;
    this.#nextWrite ??= this.#writeAfter(this.#writing);
    return this.#nextWrite;
  }

  async #writeAfter(previous: Promise<void>): Promise<void> {
    try {
      await previous;
      this.#assertRuns();
      this.#writing = this.#nextWrite!;
      this.#nextWrite = undefined;
      const changed = this.machine.takeChanges();
      const version = await this.#options.store.save(this.run, changed, this.#version);
      if (version === undefined) throw moved(this.run.start.runId);
      this.#version = version;
      this.#written(changed);
    } catch (error) {
      this.#break(error);
      throw error;
    }
  }

  #written(changed: readonly Address[]): void {
    if (this.#stopped) return;
    for (const address of changed) this.#engage(address);
    // What was changed during the write is not durable: the rest follows from the next one.
    if (this.machine.dirty) return;
    this.#options.onChanged(this.run);
    if (isFinished(this.run.head)) void this.#finish();
    else this.#arm(this.machine.nextDueAt);
  }

  /** Does what a durable unit asks for. One that was changed again meanwhile has its turn when that is written. */
  #engage(address: Address): void {
    if (this.machine.isChanged(address)) return;
    const unit = this.run.units.get(address)!;
    const flight = this.#flights.get(address);
    if (flight && (unit.status !== 'running' || unit.attempt !== flight.attempt)) {
      this.#land(address, flight);
      flight.abort.abort(stopped());
    }
    if (unit.status !== 'running') {
      this.#later.delete(address);
      return;
    }
    if (unit.at > this.#options.clock.now()) {
      this.#later.add(address);
      return;
    }
    this.#later.delete(address);
    const parsed = parseAddress(address);
    if (taskOf(this.machine.plan, parsed)) this.#launch(address, unit);
    else if (this.machine.plan.byId.get(address)?.work.kind === 'approval') this.#askForApproval(address, unit);
  }

  #launch(address: Address, { attempt }: RunningUnit): void {
    if (this.#flights.has(address)) return;
    let request: TaskRequest;
    try {
      request = this.machine.request(address, attempt);
    } catch (error) {
      this.#settle(address, attempt, { failure: toFailure(error, 'AOS_INTERNAL') });
      return;
    }
    const flight = {
      attempt,
      eventId: request.kind === 'agent' ? request.event.id : undefined,
      abort: new AbortController(),
    };
    this.#flights.set(address, flight);
    if (flight.eventId !== undefined) this.#awaited.set(flight.eventId, address);
    void this.#call(address, request, flight);
  }

  async #call(address: Address, request: TaskRequest, flight: Flight): Promise<void> {
    const { services } = this.#options;
    const { signal } = flight.abort;
    let outcome: TaskOutcome;
    try {
      if (request.kind === 'agent') return await services.sendEvent(request.agent, request.event, { signal });
      outcome = { result: await services.infer(request.agent, request.prompt, { signal }) };
    } catch (error) {
      const code = request.kind === 'agent' ? 'AOS_SERVICE_BUS' : 'AOS_INFERENCE_FAILED';
      outcome = { failure: toFailure(error, code) };
    }
    if (this.#flights.get(address) !== flight) return;
    this.#land(address, flight);
    this.#settle(address, flight.attempt, outcome);
  }

  #settle(address: Address, attempt: number, outcome: TaskOutcome): void {
    this.#change(() => this.machine.settle(address, attempt, outcome));
  }

  #land(address: Address, { eventId }: Flight): void {
    this.#flights.delete(address);
    if (eventId !== undefined) this.#awaited.delete(eventId);
  }

  #askForApproval(stepId: string, { detail }: RunningUnit): void {
    this.#publish(workflowEvents.approvalRequested, stepId, { step_id: stepId, message: detail }).catch((error) =>
      this.#break(error),
    );
  }

  async #finish(): Promise<void> {
    const { head } = this.run;
    const error = head.error && { error: head.error.message, code: head.error.code };
    const outcome = head.status === 'completed' ? { output: this.machine.output } : error;
    try {
      await this.#publish(workflowEvents[head.status as 'completed' | 'failed' | 'cancelled'], 'end', outcome ?? {});
      if (this.#stopped) return;
      await this.#options.store.close(this.run);
      if (!this.#stopped) this.#options.onDone();
    } catch (failure) {
      this.#break(failure);
    }
  }

  #publish(type: string, what: string, data: object): Promise<void> {
    const { runId, workflow } = this.run.start;
    return this.#options.services.publish({
      id: `${runId}~${what}~${type}`,
      type,
      data: { run_id: runId, workflow, ...data },
    });
  }

  /** One timer, for whatever is due first. */
  #arm(dueAt: number | undefined): void {
    if (this.#timer?.dueAt === dueAt) return;
    this.#timer?.handle[Symbol.dispose]();
    this.#timer = undefined;
    if (dueAt === undefined) return;
    const { clock } = this.#options;
    const handle = clock.setTimeout(() => this.#onDue(), dueAt - clock.now());
    this.#timer = { dueAt, handle };
  }

  #onDue(): void {
    this.#timer = undefined;
    for (const address of [...this.#later]) this.#engage(address);
    this.#change(() => this.machine.tick());
    // A timer that was begun just now runs from its write on: a step is not over before it is durable.
    if (!this.machine.dirty) this.#arm(this.machine.nextDueAt);
  }

  #break(error: unknown): void {
    if (this.#stopped) return;
    void this.stop();
    this.#options.onBroken(error);
  }

  #assertRuns(): void {
    if (this.#stopped) throw moved(this.run.start.runId);
  }
}

/** The runner was told by `onBroken`. */
const reported = () => undefined;

const stopped = () => new AosError('AOS_CANCELLED', 'The step was cancelled, or another replica goes on with it.');

/** Two may believe to hold a run for a moment; only one of them can write. */
export const moved = (runId: string) =>
  new AosError(
    'AOS_STATE_CONFLICT',
    `Run ${runId} moves to another owner, or was written by one meanwhile. Try again in a moment.`,
  );
