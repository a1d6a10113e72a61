import type { Plan, PlannedStep } from './plan.ts';
import { type RunState, type UnitState, undoAddress } from './run-state.ts';

/** The step to undo next: the one that ended last of those that may have acted and are not undone. */
export function nextToUndo({ steps }: Plan, { units }: RunState): PlannedStep | undefined {
  let last: { step: PlannedStep; seq: number } | undefined;
  for (const step of steps) {
    const unit = units.get(step.id);
    if (!step.undo || !unit || units.has(undoAddress(step.id)) || !mayHaveActed(unit)) continue;
    if (!last || unit.seq > last.seq) last = { step, seq: unit.seq };
  }
  return last?.step;
}

/** Of a step that was cut off nobody knows whether it had an effect; of a fan-out that failed, some items may have had. */
function mayHaveActed(unit: UnitState): unit is Extract<UnitState, { seq: number }> {
  if (unit.status === 'failed') return unit.error.code === 'AOS_DEADLINE' || unit.count !== undefined;
  return unit.status === 'completed' || unit.status === 'cancelled';
}
