import { MAX_ITEMS } from '../contracts/workflow.ts';
import { AosError } from '../core/errors.ts';
import { begun, begunStep, itemsOf } from './begin-step.ts';
import { nextToUndo } from './compensation.ts';
import { eventIdOf } from './event-id.ts';
import { keepEvent, knowsEvent, takeEvent } from './inbox.ts';
import { type Plan, type PlannedStep, type PlannedTask, planOf } from './plan.ts';
import {
  type Address,
  about,
  dueOf,
  type Failure,
  isFinished,
  isPermanent,
  itemAddress,
  parseAddress,
  type RaisedEvent,
  type RunHead,
  type RunningUnit,
  type RunState,
  scopeOf,
  taskOf,
  toFailure,
  type UnitState,
  undoAddress,
} from './run-state.ts';
import type { Scope } from './template.ts';

export interface MachineOptions {
  now: () => number;
  /** 0 to 1, 1 excluded; draws the jitter of retries. */
  random: () => number;
}

/** How a try of a task ended. */
export type TaskOutcome = { result: unknown } | { failure: Failure };

/** What is to be asked of an agent for a unit. */
export type TaskRequest =
  | { kind: 'infer'; agent: string; prompt: string }
  | { kind: 'agent'; agent: string; event: { id: string; type: string; data: Record<string, unknown> } };

export interface Decision {
  stepId: string;
  approved: boolean;
  comment?: string | undefined;
  by?: string | undefined;
}

/** Whether something changed the run, or had been taken before, or nobody waits for it any more. */
export type Taken = 'taken' | 'ignored';

interface FanOut {
  items: readonly unknown[];
  begun: number;
  completed: number;
}

/**
 * The rules of a run, without any waiting: every method changes the state at once and completely, so that the state between
 * two calls is one from which a run can go on. Which units were changed is collected for whoever writes them.
 */
export class RunMachine {
  readonly run: RunState;
  readonly plan: Plan;
  /** The units that run. */
  readonly running = new Set<Address>();
  readonly #options: MachineOptions;
  readonly #scope: Scope;
  /** Step → steps it depends on that are not completed. */
  readonly #blockers = new Map<string, number>();
  readonly #fanOuts = new Map<string, FanOut>();
  /** Steps that are not completed. */
  #left: number;
  #seq = 0;
  #changed = new Set<Address>();
  #headChanged = false;

  constructor(run: RunState, options: MachineOptions) {
    this.run = run;
    this.plan = planOf(run.start.definition);
    this.#options = options;
    this.#scope = scopeOf(run);
    this.#left = this.plan.steps.length;
    for (const step of this.plan.steps) this.#blockers.set(step.id, step.dependencies);
    for (const [address, unit] of run.units) this.#recall(address, unit);
  }

  get dirty(): boolean {
    return this.#headChanged || this.#changed.size > 0;
  }

  /** Whether a unit was changed since the last {@link takeChanges}. */
  isChanged(address: Address): boolean {
    return this.#changed.has(address);
  }

  /** What was changed since the last call. */
  takeChanges(): Address[] {
    const changed = [...this.#changed];
    this.#changed.clear();
    this.#headChanged = false;
    return changed;
  }

  /** The result of a completed run. */
  get output(): unknown {
    return this.plan.output(this.#scope);
  }

  /** When there is something to do next; undefined: nothing waits for a time. */
  get nextDueAt(): number | undefined {
    const now = this.#options.now();
    let next = this.#limitAt;
    for (const address of this.running) {
      const due = dueOf(this.run.units.get(address) as RunningUnit, now);
      if (due !== undefined && (next === undefined || due < next)) next = due;
    }
    return next;
  }

  /** What to ask of whom. @throws AosError AOS_BAD_REQUEST for a placeholder without a value */
  request(address: Address, attempt: number): TaskRequest {
    const { stepId, part } = parseAddress(address);
    const { agent, request } = taskOf(this.plan, { stepId, part })!;
    const scope = part.kind === 'item' ? this.#itemScope(stepId, part.index) : this.#scope;
    if (request.kind === 'infer') return { kind: 'infer', agent, prompt: request.prompt(scope) };
    const { runId, workflow } = this.run.start;
    const facts = { task: request.task(scope), workflow, run_id: runId, step_id: stepId };
    const data = { ...(request.data(scope) as Record<string, unknown>), ...facts };
    return {
      kind: 'agent',
      agent,
      event: { id: eventIdOf(runId, address, String(attempt)), type: request.event, data },
    };
  }

  begin(): void {
    const startedAt = this.#options.now();
    const { timeout_seconds: limit } = this.run.start.definition;
    this.#setHead({
      status: 'running',
      startedAt,
      ...(limit === undefined ? {} : { dueAt: startedAt + limit * 1000 }),
    });
    for (const step of this.plan.steps) if (step.dependencies === 0) this.#beginStep(step);
  }

  /** A try of a task has ended. */
  settle(address: Address, attempt: number, outcome: TaskOutcome): Taken {
    const unit = this.run.units.get(address);
    if (unit?.status !== 'running' || unit.attempt !== attempt) return 'ignored';
    if ('failure' in outcome) this.#fail(address, unit, outcome.failure);
    else this.#complete(address, unit, outcome.result);
    return 'taken';
  }

  /**
   * An event for the first step that waits for it, or will.
   * @throws AosError AOS_STATE_CONFLICT if the run keeps too many events already for which nobody waits yet
   */
  raise(event: RaisedEvent): Taken {
    const { head, units } = this.run;
    if (isFinished(head) || head.closing || knowsEvent(head, event.id)) return 'ignored';
    const open = this.plan.steps.filter((step) => this.#mayTake(step, event));
    const waiting = open.find(({ id }) => this.running.has(id));
    if (waiting) {
      this.#setHead(takeEvent(head, event));
      this.#complete(waiting.id, units.get(waiting.id) as RunningUnit, event.data);
    } else if (open.length > 0) this.#setHead(keepEvent(head, event));
    return open.length > 0 ? 'taken' : 'ignored';
  }

  /** @throws AosError AOS_NOT_FOUND, AOS_BAD_REQUEST for a step that is no approval; AOS_STATE_CONFLICT if it does not wait */
  decide({ stepId, approved, comment, by }: Decision): Taken {
    const { runId, workflow } = this.run.start;
    const step = this.plan.byId.get(stepId);
    if (!step) throw new AosError('AOS_NOT_FOUND', `Workflow ${workflow} has no step ${stepId}.`);
    if (step.work.kind !== 'approval') {
      throw new AosError('AOS_BAD_REQUEST', `Step ${stepId} of workflow ${workflow} is no approval.`);
    }
    const unit = this.run.units.get(stepId);
    if (unit?.status === 'running') {
      if (approved) this.#complete(stepId, unit, { approved, comment: comment ?? null, by: by ?? null });
      else this.#fail(stepId, unit, rejection(comment, by));
      return 'taken';
    }
    if (unit?.status === (approved ? 'completed' : 'failed')) return 'ignored';
    throw new AosError(
      'AOS_STATE_CONFLICT',
      `Step ${stepId} of run ${runId} waits for no approval: it is ${unit?.status ?? 'pending'}.`,
    );
  }

  cancel(reason: string): Taken {
    const { head } = this.run;
    if (isFinished(head) || head.closing) return 'ignored';
    this.#close('cancelled', { message: reason, code: 'AOS_CANCELLED' });
    return 'taken';
  }

  /** Does what is due by now: timers, and what has run out of time. */
  tick(): void {
    const now = this.#options.now();
    for (const address of [...this.running]) {
      const unit = this.run.units.get(address);
      if (unit?.status !== 'running' || unit.dueAt === undefined || unit.dueAt > now) continue;
      if (this.plan.byId.get(address)?.work.kind === 'timer') this.#complete(address, unit, null);
      else this.#fail(address, unit, tooLong('It', (unit.dueAt - unit.at) / 1000));
    }
    if (this.#limitAt === undefined || this.#limitAt > now) return;
    this.#close('failed', tooLong('The run', this.run.start.definition.timeout_seconds!));
  }

  /** When the time of the run is up; undoing is not held to it. */
  get #limitAt(): number | undefined {
    const { head } = this.run;
    return isFinished(head) || head.closing ? undefined : head.dueAt;
  }

  /** Items that this run may still have. */
  #room(): number {
    const counts = this.plan.steps.map(({ id }) => countOf(this.run.units.get(id)));
    return counts.reduce((room, count) => room - count, MAX_ITEMS);
  }

  #beginStep(step: PlannedStep): void {
    if (this.run.head.closing) return;
    const { id, work } = step;
    const now = this.#options.now();
    try {
      this.#set(id, begunStep(work, this.#scope, { now, room: () => this.#room() }));
    } catch (error) {
      const unit = begun(now);
      this.#set(id, unit);
      this.#fail(id, unit, toFailure(error, 'AOS_INTERNAL'));
      return;
    }
    if (work.kind === 'for_each') this.#beginItems(id, work.concurrency);
    else if (work.kind === 'wait') this.#lookIntoInbox(step);
  }

  #beginItems(stepId: string, count: number): void {
    const unit = this.run.units.get(stepId) as RunningUnit;
    const fanOut = this.#fanOut(stepId);
    if (fanOut.completed === fanOut.items.length) this.#complete(stepId, unit, undefined);
    const end = Math.min(fanOut.begun + count, fanOut.items.length);
    while (fanOut.begun < end) this.#beginTask(itemAddress(stepId, fanOut.begun++));
  }

  #beginTask(address: Address): void {
    const { timeoutMs } = taskOf(this.plan, parseAddress(address))!;
    this.#set(address, begun(this.#options.now(), timeoutMs));
  }

  #complete(address: Address, unit: RunningUnit, result: unknown): void {
    this.#set(address, { status: 'completed', ...this.#ended(unit), ...(result === undefined ? {} : { result }) });
    const { stepId, part } = parseAddress(address);
    if (part.kind === 'undo') this.#undoNext();
    else if (part.kind === 'item') {
      this.#fanOut(stepId).completed++;
      this.#beginItems(stepId, 1);
    } else this.#unblock(this.plan.byId.get(stepId)!);
  }

  #unblock({ dependents }: PlannedStep): void {
    for (const dependent of dependents) {
      const blockers = this.#blockers.get(dependent.id)! - 1;
      this.#blockers.set(dependent.id, blockers);
      if (blockers === 0) this.#beginStep(dependent);
    }
    if (--this.#left === 0) this.#succeed();
  }

  #fail(address: Address, unit: RunningUnit, failure: Failure): void {
    const parsed = parseAddress(address);
    const task = taskOf(this.plan, parsed);
    if (task && unit.attempt < task.retry.attempts && !isPermanent(failure)) {
      this.#retry(address, unit, task, failure);
      return;
    }
    this.#set(address, { status: 'failed', ...this.#ended(unit), error: failure });
    const { stepId, part } = parsed;
    if (part.kind === 'undo') this.#undoNext();
    else if (part.kind === 'step') this.#close('failed', about(`Step ${stepId}`, failure));
    else this.#fail(stepId, this.run.units.get(stepId) as RunningUnit, about(`Item ${part.index}`, failure));
  }

  #retry(address: Address, unit: RunningUnit, { retry, timeoutMs }: PlannedTask, error: Failure): void {
    const backoffMs = Math.min(retry.max_backoff_ms, retry.backoff_ms * 2 ** (unit.attempt - 1));
    const at = this.#options.now() + Math.round(backoffMs * (1 + retry.jitter * this.#options.random()));
    const { startedAt, attempt } = unit;
    this.#set(address, { ...begun(at, timeoutMs), startedAt, attempt: attempt + 1, error });
  }

  /** The run will not succeed: what runs is cancelled, what has not begun is skipped, what had an effect is undone. */
  #close(status: 'failed' | 'cancelled', error: Failure): void {
    this.#setHead({ closing: { status, error }, inbox: [] });
    for (const address of [...this.running]) {
      this.#set(address, { status: 'cancelled', ...this.#ended(this.run.units.get(address) as RunningUnit) });
    }
    for (const { id } of this.plan.steps) {
      if (!this.run.units.has(id)) this.#set(id, { status: 'skipped' });
    }
    this.#undoNext();
  }

  /** One after the other. One that fails keeps no other back. */
  #undoNext(): void {
    const step = nextToUndo(this.plan, this.run);
    if (step) this.#beginTask(undoAddress(step.id));
    else this.#setHead({ ...this.run.head.closing!, finishedAt: this.#options.now() });
  }

  #succeed(): void {
    try {
      void this.output;
      this.#setHead({ status: 'completed', finishedAt: this.#options.now() });
    } catch (error) {
      this.#close('failed', about('The output', toFailure(error, 'AOS_INTERNAL')));
    }
  }

  /** A step that has not begun may take an event whose correlation it cannot know yet. */
  #mayTake({ id, work }: PlannedStep, event: RaisedEvent): boolean {
    if (work.kind !== 'wait' || work.event !== event.type) return false;
    const unit = this.run.units.get(id);
    if (unit) return unit.status === 'running' && (unit.detail === undefined || unit.detail === event.correlation);
    try {
      return work.correlation === undefined || work.correlation(this.#scope) === event.correlation;
    } catch {
      return true;
    }
  }

  #lookIntoInbox(step: PlannedStep): void {
    const { head, units } = this.run;
    const event = head.inbox.find((candidate) => this.#mayTake(step, candidate));
    if (!event) return;
    this.#setHead(takeEvent(head, event));
    this.#complete(step.id, units.get(step.id) as RunningUnit, event.data);
  }

  #itemScope(stepId: string, index: number): Scope {
    return { ...this.#scope, item: { value: this.#fanOut(stepId).items[index], index } };
  }

  /** The items are worked out again after a crash: what they come from cannot have changed. */
  #fanOut(stepId: string): FanOut {
    let fanOut = this.#fanOuts.get(stepId);
    if (!fanOut) {
      const { work } = this.plan.byId.get(stepId)!;
      const items = itemsOf(work as Extract<typeof work, { kind: 'for_each' }>, this.#scope);
      const states = items.map((_, index) => this.run.units.get(itemAddress(stepId, index))?.status);
      const completed = states.filter((status) => status === 'completed').length;
      fanOut = { items, begun: states.filter(Boolean).length, completed };
      this.#fanOuts.set(stepId, fanOut);
    }
    return fanOut;
  }

  #recall(address: Address, unit: UnitState): void {
    if (unit.status === 'running') this.running.add(address);
    if ('seq' in unit) this.#seq = Math.max(this.#seq, unit.seq + 1);
    const step = this.plan.byId.get(address);
    if (!step || unit.status !== 'completed') return;
    this.#left--;
    for (const { id } of step.dependents) this.#blockers.set(id, this.#blockers.get(id)! - 1);
  }

  #ended({ attempt, startedAt, count }: RunningUnit) {
    const whole = count === undefined ? {} : { count };
    return { attempt, startedAt, ...whole, finishedAt: this.#options.now(), seq: this.#seq++ };
  }

  #set(address: Address, unit: UnitState): void {
    this.run.units.set(address, unit);
    this.#changed.add(address);
    if (unit.status === 'running') this.running.add(address);
    else this.running.delete(address);
  }

  #setHead(change: Partial<RunHead>): void {
    this.run.head = { ...this.run.head, ...change };
    this.#headChanged = true;
  }
}

const countOf = (unit: UnitState | undefined) => (unit && 'count' in unit ? (unit.count ?? 0) : 0);

const tooLong = (what: string, seconds: number): Failure => ({
  message: `${what} took longer than its time-out of ${seconds} s.`,
  code: 'AOS_DEADLINE',
});

const rejection = (comment: string | undefined, by: string | undefined): Failure => ({
  message: `Rejected${by ? ` by ${by}` : ''}${comment ? `: ${comment}` : '.'}`,
  code: 'AOS_CANCELLED',
});
