import type { RetryPolicy, WorkflowDefinition, WorkflowStep, WorkflowTask } from '../contracts/workflow.ts';
import { AosError } from '../core/errors.ts';
import { type Scope, type Template, textTemplate, valueTemplate } from './template.ts';

/** A task with its templates taken apart. */
export interface PlannedTask {
  agent: string;
  retry: RetryPolicy;
  /** Of one try; undefined: no limit. */
  timeoutMs: number | undefined;
  request:
    | { kind: 'infer'; prompt: Template<string> }
    | { kind: 'agent'; event: string; task: Template<string>; data: Template<unknown> };
}

/** What is special about a step of its kind. */
export type StepWork =
  | { kind: 'task'; task: PlannedTask }
  | { kind: 'wait'; event: string; correlation: Template<string> | undefined; timeoutMs: number | undefined }
  | { kind: 'timer'; dueAt: TimerTemplate }
  | { kind: 'for_each'; items: Template<unknown>; task: PlannedTask; concurrency: number }
  | { kind: 'approval'; message: Template<string>; timeoutMs: number | undefined };

/** When a timer fires that begins at `now`, both in ms since the Unix epoch. */
type TimerTemplate = (scope: Scope, now: number) => number;

export interface PlannedStep {
  id: string;
  config: WorkflowStep;
  work: StepWork;
  undo: PlannedTask | undefined;
  /** Steps that depend on this one. */
  dependents: PlannedStep[];
  /** How many steps this one depends on. */
  dependencies: number;
}

/** A workflow, made ready to run. */
export interface Plan {
  /** In the order of the definition. */
  steps: readonly PlannedStep[];
  byId: ReadonlyMap<string, PlannedStep>;
  /** What a run gives when all is done. */
  output: Template<unknown>;
}

const plans = new WeakMap<WorkflowDefinition, Plan>();

/** The plan of a definition that its schema has passed; made once for all its runs. */
export function planOf(definition: WorkflowDefinition): Plan {
  let plan = plans.get(definition);
  if (!plan) {
    plan = makePlan(definition);
    plans.set(definition, plan);
  }
  return plan;
}

function makePlan(definition: WorkflowDefinition): Plan {
  const steps = definition.steps.map(planStep);
  const byId = new Map(steps.map((step) => [step.id, step]));
  for (const step of steps) {
    const dependsOn = new Set(step.config.depends_on);
    step.dependencies = dependsOn.size;
    for (const id of dependsOn) byId.get(id)!.dependents.push(step);
  }
  return { steps, byId, output: planOutput(definition, steps) };
}

function planStep(config: WorkflowStep): PlannedStep {
  return {
    id: config.id,
    config,
    work: planWork(config),
    undo: config.compensate && planTask(config.compensate),
    dependents: [],
    dependencies: 0,
  };
}

function planWork(step: WorkflowStep): StepWork {
  switch (step.kind) {
    case 'agent':
    case 'infer':
      return { kind: 'task', task: planTask(step) };
    case 'wait': {
      const correlation = step.correlation === undefined ? undefined : textTemplate(step.correlation);
      return { kind: 'wait', event: step.event, correlation, timeoutMs: toMs(step.timeout_seconds) };
    }
    case 'timer':
      return { kind: 'timer', dueAt: planTimer(step) };
    case 'for_each': {
      const { items, concurrency } = step;
      return { kind: 'for_each', items: valueTemplate(items), task: planTask(step.step), concurrency };
    }
    case 'approval':
      return { kind: 'approval', message: textTemplate(step.message), timeoutMs: toMs(step.timeout_seconds) };
  }
}

function planTask(task: WorkflowTask): PlannedTask {
  const shared = { agent: task.agent, retry: task.retry, timeoutMs: toMs(task.timeout_seconds) };
  if (task.kind === 'infer') return { ...shared, request: { kind: 'infer', prompt: textTemplate(task.prompt) } };
  const { event, data } = task;
  return { ...shared, request: { kind: 'agent', event, task: textTemplate(task.task), data: valueTemplate(data) } };
}

function planTimer({ seconds, until }: Extract<WorkflowStep, { kind: 'timer' }>): TimerTemplate {
  if (until === undefined) return (_, now) => now + seconds! * 1000;
  const text = textTemplate(until);
  return (scope) => {
    const date = text(scope);
    const at = Date.parse(date);
    if (!Number.isNaN(at)) return at;
    throw new AosError('AOS_BAD_REQUEST', `"${date}" is no date. Write one like 2026-03-09T12:00:00Z (ISO 8601).`);
  };
}

/** Without a template the result of the one step on which no other depends; the results by id if there are several. */
function planOutput({ output }: WorkflowDefinition, steps: readonly PlannedStep[]): Template<unknown> {
  if (output !== undefined) return valueTemplate(output);
  const last = steps.filter((step) => step.dependents.length === 0).map(({ id }) => id);
  if (last.length === 1) return (scope) => scope.result(last[0]!);
  return (scope) => Object.fromEntries(last.map((id) => [id, scope.result(id)]));
}

const toMs = (seconds: number | undefined) => (seconds === undefined ? undefined : seconds * 1000);
