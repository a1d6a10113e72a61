import { defineWorkflow } from './orchestrations.ts';

const STEPS = 10;

/** Steps that do nothing, one after the other: what is left is what orchestration itself costs (R9). */
export const benchmarkWorkflow = defineWorkflow({
  steps: Array.from({ length: STEPS }, (_, index) => ({
    id: `step-${index + 1}`,
    kind: 'timer' as const,
    seconds: 0,
    depends_on: index === 0 ? [] : [`step-${index}`],
  })),
});
