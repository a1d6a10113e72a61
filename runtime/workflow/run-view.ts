import type { RunView, StepView } from '../contracts/workflow.ts';
import { type PlannedStep, planOf } from './plan.ts';
import {
  dueOf,
  type Failure,
  isFinished,
  itemAddress,
  type RunState,
  resultOf,
  scopeOf,
  type UnitState,
  undoAddress,
} from './run-state.ts';

/** A run as the HTTP API shows it. */
export function runView(run: RunState, { shard, now }: { shard: number; now: number }): RunView {
  const { start, head } = run;
  const { steps, output } = planOf(start.definition);
  return {
    run_id: start.runId,
    workflow: start.workflow,
    status: head.status,
    compensating: head.closing !== undefined && !isFinished(head),
    shard,
    ...(start.input === undefined ? {} : { input: start.input }),
    ...(head.status === 'completed' ? { output: output(scopeOf(run)) } : {}),
    error: failureView(head.error ?? head.closing?.error),
    created_at: iso(start.createdAt)!,
    started_at: iso(head.startedAt),
    finished_at: iso(head.finishedAt),
    duration_ms: durationOf(head),
    steps: steps.map((step) => stepView(run, step, now)),
  };
}

function stepView(run: RunState, { id, config, undo }: PlannedStep, now: number): StepView {
  const unit = run.units.get(id);
  const begun = unit === undefined || unit.status === 'skipped' ? undefined : unit;
  const running = unit?.status === 'running' ? unit : undefined;
  return {
    step_id: id,
    kind: config.kind,
    agent: 'agent' in config ? config.agent : config.kind === 'for_each' ? config.step.agent : null,
    depends_on: config.depends_on,
    status: unit?.status ?? 'pending',
    attempts: begun?.attempt ?? 0,
    started_at: iso(begun?.startedAt),
    finished_at: iso(begun && 'finishedAt' in begun ? begun.finishedAt : undefined),
    duration_ms: begun ? durationOf(begun) : null,
    due_at: iso(running && dueOf(running, now)),
    waiting_for: running?.detail ?? null,
    ...(unit?.status === 'completed' ? { result: resultOf(run, id) } : {}),
    error: failureView(begun && 'error' in begun ? begun.error : undefined),
    items: begun?.count === undefined ? null : itemsView(run, id, begun.count),
    compensation: undo ? compensationView(run.units.get(undoAddress(id))) : null,
  };
}

function itemsView({ units }: RunState, stepId: string, total: number): StepView['items'] {
  const statuses = Array.from({ length: total }, (_, index) => units.get(itemAddress(stepId, index))?.status);
  const count = (wanted: UnitState['status']) => statuses.filter((status) => status === wanted).length;
  return { total, completed: count('completed'), running: count('running') };
}

function compensationView(unit: UnitState | undefined): StepView['compensation'] {
  if (unit === undefined || unit.status === 'skipped') return null;
  const error = failureView('error' in unit ? unit.error : undefined);
  return { status: unit.status, attempts: unit.attempt, error };
}

const failureView = (failure: Failure | undefined) => (failure ? { error: failure.message, code: failure.code } : null);

const iso = (ms: number | undefined) => (ms === undefined ? null : new Date(ms).toISOString());

const durationOf = (times: { startedAt?: number; finishedAt?: number }) =>
  times.startedAt === undefined || times.finishedAt === undefined ? null : times.finishedAt - times.startedAt;
