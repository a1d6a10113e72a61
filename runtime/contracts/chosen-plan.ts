import { z } from 'zod';
import { deploymentChoiceSchema } from './deployment.ts';

/** The plan that the next deployment of a workspace starts from. */
export const chosenPlanSchema = z.strictObject({
  /** Id and name of the plan, as the planner shows it. */
  plan: z.string(),
  name: z.string(),
  /** ISO 8601. */
  chosen_at: z.iso.datetime(),
  capacity: deploymentChoiceSchema.shape.capacity,
});
export type ChosenPlan = z.infer<typeof chosenPlanSchema>;
