import type { Check, Plan } from '../../../runtime/contracts/capacity.ts';
import { type ShownPlan, shownPlanSchema } from '../../../runtime/contracts/shown-plan.ts';

/** What the panel shows of a plan and of the advice to it: the rest, and what a fix does, stays here. */
export function shownPlan(
  of: { id: string; letter: string; name: string },
  plan: Plan,
  checks: readonly Check[],
): ShownPlan {
  return shownPlanSchema.parse({
    ...plan,
    ...of,
    checks: checks.map((check) => ({ ...check, fix: check.fix ?? null })),
  });
}
