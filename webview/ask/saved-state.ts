import { z } from 'zod';
import { askOptionsSchema, comparedAdaptersSchema } from '../../runtime/contracts/ask-panel.ts';

/** What of the panel survives hiding it and reloading the window; what was asked is the host's. */
const savedStateSchema = z.strictObject({
  mode: z.enum(['agent', 'compare']),
  agentId: z.string().nullable(),
  /** Null: the agent's adapter beside the base model. */
  compared: comparedAdaptersSchema.nullable(),
  prompt: z.string(),
  /** Null: as the settings say. */
  options: askOptionsSchema.nullable(),
  parametersOpen: z.boolean(),
  /** Exchanges whose "Why?" is open, and cached answers that are shown in full. */
  whyOpen: z.array(z.string()),
  shownInFull: z.array(z.string()),
  /** Distance from the top, px; null: at the end, and stays there. */
  scrollTop: z.number().nullable(),
});
export type SavedState = z.infer<typeof savedStateSchema>;

const INITIAL: SavedState = {
  mode: 'agent',
  agentId: null,
  compared: null,
  prompt: '',
  options: null,
  parametersOpen: false,
  whyOpen: [],
  shownInFull: [],
  scrollTop: null,
};

/** What `getState` gave; that of another version counts as none. */
export function parseSavedState(state: unknown): SavedState {
  return savedStateSchema.safeParse(state).data ?? INITIAL;
}
