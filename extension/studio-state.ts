import type { RuntimeState } from './supervisor/state.ts';

/** A runtime in Azure that the window's views show instead of the local one. */
export interface Deployed {
  /** Its resource group. */
  name: string;
  /** Address of its API. */
  url: string;
  /** A token for its API; VS Code renews it. @throws Error if nobody is signed in */
  token(): Promise<string>;
}

export interface ConnectedState {
  kind: 'running';
  folder: string;
  deployed: Deployed;
}

/** What the window shows: its local runtime, or a deployed one. */
export type StudioState = RuntimeState | ConnectedState;

export function isConnected(state: StudioState): state is ConnectedState {
  return 'deployed' in state;
}
