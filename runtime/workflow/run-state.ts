import type { ErrorCode } from '../contracts/errors.ts';
import type { RunStatus, WorkflowDefinition } from '../contracts/workflow.ts';
import { isAosError, messageOf } from '../core/errors.ts';
import type { Plan, PlannedTask } from './plan.ts';
import type { Scope } from './template.ts';

/** Why something failed, as it is kept. */
export interface Failure {
  message: string;
  code: ErrorCode;
}

/** What a run began with; never changes, so that a change of aos.json does not touch runs that are under way. */
export interface RunStart {
  runId: string;
  workflow: string;
  definition: WorkflowDefinition;
  input: unknown;
  /** All times of a run are milliseconds since the Unix epoch. */
  createdAt: number;
}

/** An event that came before the step that waits for it. */
export interface RaisedEvent {
  id: string;
  type: string;
  data: unknown;
  correlation: string | undefined;
}

/** Where a run stands; replaced as a whole, never changed. */
export interface RunHead {
  status: RunStatus;
  startedAt?: number;
  finishedAt?: number;
  /** When its time is up. */
  dueAt?: number;
  /** How it will end once its effects are compensated. */
  closing?: { status: 'failed' | 'cancelled'; error: Failure };
  error?: Failure;
  inbox: readonly RaisedEvent[];
  /** Ids of events that were taken, the last ones: a redelivered one is not taken twice. */
  seen: readonly string[];
}

interface Begun {
  /** Counts from 1. */
  attempt: number;
  startedAt: number;
  /** Items, of a fan-out. */
  count?: number;
}

interface Ended extends Begun {
  finishedAt: number;
  /** Position in the order in which the units of this run ended. */
  seq: number;
}

/** The state of a unit, see {@link Address}. Replaced as a whole, never changed: stores may keep it. */
export type UnitState =
  | (Begun & {
      status: 'running';
      /** When the try begins: later than now while it is waited for the next one. */
      at: number;
      /** When the timer fires or the time is up. */
      dueAt?: number;
      /** What a person is asked, or the correlation that is waited for. */
      detail?: string;
      /** Of the try before. */
      error?: Failure;
    })
  | (Ended & { status: 'completed'; result?: unknown })
  | (Ended & { status: 'failed'; error: Failure })
  | (Ended & { status: 'cancelled' })
  | { status: 'skipped' };
export type RunningUnit = Extract<UnitState, { status: 'running' }>;

/**
 * Names a unit of a run: a step `cfo`, an item of a fan-out `review~3`, or what undoes a step `cfo~undo` (ids of steps hold
 * no `~`). A unit that has not begun has no state.
 */
export type Address = string;

export const itemAddress = (stepId: string, index: number): Address => `${stepId}~${index}`;
export const undoAddress = (stepId: string): Address => `${stepId}~undo`;

export interface ParsedAddress {
  stepId: string;
  part: { kind: 'step' } | { kind: 'undo' } | { kind: 'item'; index: number };
}

export function parseAddress(address: Address): ParsedAddress {
  const at = address.indexOf('~');
  if (at < 0) return { stepId: address, part: { kind: 'step' } };
  const rest = address.slice(at + 1);
  const part = rest === 'undo' ? { kind: 'undo' as const } : { kind: 'item' as const, index: Number(rest) };
  return { stepId: address.slice(0, at), part };
}

/** A run as it is kept. Whoever holds the run replaces `head` and the entries of `units`. */
export interface RunState {
  readonly start: RunStart;
  head: RunHead;
  readonly units: Map<Address, UnitState>;
}

export function newRun(start: RunStart): RunState {
  return { start, head: { status: 'pending', inbox: [], seen: [] }, units: new Map() };
}

export const isFinished = ({ status }: RunHead): boolean =>
  status === 'completed' || status === 'failed' || status === 'cancelled';

/** The result of a step; of a fan-out those of its items, null for an item without one. */
export function resultOf({ units }: RunState, stepId: string): unknown {
  const step = units.get(stepId);
  if (!step || step.status === 'skipped') return undefined;
  if (step.count === undefined) return step.status === 'completed' ? (step.result ?? null) : undefined;
  return Array.from({ length: step.count }, (_, index) => {
    const item = units.get(itemAddress(stepId, index));
    return item?.status === 'completed' ? (item.result ?? null) : null;
  });
}

/** What the templates of a run are filled in from. */
export const scopeOf = (run: RunState): Scope => ({
  input: run.start.input,
  run: { id: run.start.runId, workflow: run.start.workflow },
  result: (stepId) => resultOf(run, stepId),
});

/** The task of a unit; undefined for a step that nobody does (a timer, a wait, an approval, a fan-out as a whole). */
export function taskOf(plan: Plan, { stepId, part }: ParsedAddress): PlannedTask | undefined {
  const step = plan.byId.get(stepId)!;
  if (part.kind === 'undo') return step.undo;
  if (part.kind === 'item') return step.work.kind === 'for_each' ? step.work.task : undefined;
  return step.work.kind === 'task' ? step.work.task : undefined;
}

/** What cannot succeed however often it is tried. */
const PERMANENT: ReadonlySet<ErrorCode> = new Set([
  'AOS_AGENT_NOT_FOUND',
  'AOS_ADAPTER_NOT_FOUND',
  'AOS_BAD_REQUEST',
  'AOS_BODY_TOO_LARGE',
  'AOS_CONFIG_INVALID',
  'AOS_MESSAGE_TOO_LARGE',
]);

export const isPermanent = ({ code }: Failure): boolean => PERMANENT.has(code);

export function toFailure(error: unknown, code: ErrorCode): Failure {
  return { message: messageOf(error), code: isAosError(error) ? error.code : code };
}

/** When there is something to do for a unit that runs; undefined: it waits for no time. */
export const dueOf = ({ at, dueAt }: RunningUnit, now: number): number | undefined => (at > now ? at : dueAt);

/** `Step cfo failed: …` */
export const about = (what: string, { message, code }: Failure): Failure => ({
  message: `${what} failed: ${message}`,
  code,
});
