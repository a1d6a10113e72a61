import { MAX_ITEMS } from '../contracts/workflow.ts';
import { AosError } from '../core/errors.ts';
import type { StepWork } from './plan.ts';
import type { RunningUnit } from './run-state.ts';
import type { Scope } from './template.ts';

/** A unit that begins now. */
export function begun(now: number, timeoutMs?: number): RunningUnit {
  const dueAt = timeoutMs === undefined ? {} : { dueAt: now + timeoutMs };
  return { status: 'running', attempt: 1, startedAt: now, at: now, ...dueAt };
}

/**
 * The state of a step that begins now.
 * @param room items that the run may still have
 * @throws AosError AOS_BAD_REQUEST for a template that has no value, or not the right one
 */
export function begunStep(
  work: StepWork,
  scope: Scope,
  { now, room }: { now: number; room: () => number },
): RunningUnit {
  switch (work.kind) {
    case 'task':
      return begun(now, work.task.timeoutMs);
    case 'timer':
      return { ...begun(now), dueAt: work.dueAt(scope, now) };
    case 'approval':
      return { ...begun(now, work.timeoutMs), detail: work.message(scope) };
    case 'wait':
      return { ...begun(now, work.timeoutMs), ...(work.correlation ? { detail: work.correlation(scope) } : {}) };
    case 'for_each':
      return { ...begun(now), count: countOf(itemsOf(work, scope), room()) };
  }
}

/** @throws AosError AOS_BAD_REQUEST if they are no array */
export function itemsOf({ items }: Extract<StepWork, { kind: 'for_each' }>, scope: Scope): readonly unknown[] {
  const found = items(scope);
  if (Array.isArray(found)) return found;
  throw new AosError(
    'AOS_BAD_REQUEST',
    `A fan-out takes an array of items, and got ${JSON.stringify(found).slice(0, 100)}.`,
  );
}

function countOf({ length }: readonly unknown[], room: number): number {
  if (length <= room) return length;
  throw new AosError(
    'AOS_BAD_REQUEST',
    `A run has at most ${MAX_ITEMS} items in all its fan-outs, and this one adds ${length}. Give every item several pieces of the work.`,
  );
}
