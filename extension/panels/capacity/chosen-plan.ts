import type { DeploymentInputs } from '../../../runtime/contracts/capacity.ts';
import { type ChosenPlan, chosenPlanSchema } from '../../../runtime/contracts/chosen-plan.ts';

const KEY = 'aos.capacity.chosenPlan';

/** What of VS Code's memory of a workspace is needed here. */
export interface Memory {
  get(key: string): unknown;
  update(key: string, value: unknown): PromiseLike<void>;
}

/** The plan that the next deployment of this workspace starts from; undefined: none was chosen, or by another version. */
export function readChosenPlan(memory: Memory): ChosenPlan | undefined {
  return chosenPlanSchema.safeParse(memory.get(KEY)).data;
}

/** @throws ZodError if Azure does not take what the plan says */
export async function writeChosenPlan(
  memory: Memory,
  plan: Omit<ChosenPlan, 'capacity'> & { capacity: DeploymentInputs },
): Promise<void> {
  await memory.update(KEY, chosenPlanSchema.parse(plan));
}
