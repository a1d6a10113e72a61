import { z } from 'zod';
import { scenarioSchema } from '../../runtime/contracts/benchmark.ts';
import { benchmarkConfigSchema, benchmarkTabSchema } from '../../runtime/contracts/benchmark-panel.ts';

/** What of the panel survives hiding it and reloading the window; the run and the results are the host's. */
const savedStateSchema = z.strictObject({
  tab: benchmarkTabSchema,
  config: benchmarkConfigSchema.nullable(),
  /** The result that is shown, and which of its measurements. */
  shownId: z.string().nullable(),
  scenario: scenarioSchema.nullable(),
  conditionsOpen: z.boolean(),
  /** Runs to compare: A, and B. */
  chosen: z.array(z.string()).max(2),
  /** Distance from the top, px. */
  top: z.number(),
});
export type SavedState = z.infer<typeof savedStateSchema>;

const INITIAL: SavedState = {
  tab: 'result',
  config: null,
  shownId: null,
  scenario: null,
  conditionsOpen: false,
  chosen: [],
  top: 0,
};

/** What `getState` gave; that of another version counts as none. */
export function parseSavedState(state: unknown): SavedState {
  return savedStateSchema.safeParse(state).data ?? INITIAL;
}
