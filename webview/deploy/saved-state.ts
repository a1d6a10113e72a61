import { z } from 'zod';

/** What of the panel survives hiding it and reloading the window; the deployment is the host's. */
const savedStateSchema = z.strictObject({
  /** Ids of resources whose deletion is ticked. */
  confirmed: z.array(z.string()),
  /** Distance from the top, px. */
  scrollTop: z.number(),
});
export type SavedState = z.infer<typeof savedStateSchema>;

const INITIAL: SavedState = { confirmed: [], scrollTop: 0 };

/** What `getState` gave; that of another version counts as none. */
export function parseSavedState(state: unknown): SavedState {
  return savedStateSchema.safeParse(state).data ?? INITIAL;
}
