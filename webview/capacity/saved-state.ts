import { z } from 'zod';
import { inputGroups } from '../../runtime/contracts/capacity-inputs.ts';

/** What of the panel survives hiding it and reloading the window; the plans are the host's. */
const savedStateSchema = z.strictObject({
  filter: z.string(),
  closed: z.array(z.enum(inputGroups)),
  /** In a narrow panel: the inputs are shown. */
  inputsOpen: z.boolean(),
  /** Sections at the end that are open. */
  open: z.array(z.string()),
  moneyTable: z.boolean(),
  /** Distances from the top, px. */
  inputsTop: z.number(),
  resultsTop: z.number(),
});
export type SavedState = z.infer<typeof savedStateSchema>;

const INITIAL: SavedState = {
  filter: '',
  closed: ['Storage', 'Monitoring & network', 'Azure region & prices'],
  inputsOpen: false,
  open: [],
  moneyTable: false,
  inputsTop: 0,
  resultsTop: 0,
};

/** What `getState` gave; that of another version counts as none. */
export function parseSavedState(state: unknown): SavedState {
  return savedStateSchema.safeParse(state).data ?? INITIAL;
}
