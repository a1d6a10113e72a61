import type { RuntimeState } from './supervisor/state.ts';

/** A runtime elsewhere, in Azure or at an address that a person has entered, that this window is connected to. */
export interface Deployed {
  /** Its resource group; or the host of its address. */
  name: string;
  /** Address of its API. */
  url: string;
  /** A token for its API that is still valid. @throws Error if there is none without asking a person */
  token(): Promise<string>;
  /** Asks a person to sign in if nobody is; only where sign-ins are the tokens: a deployment in Azure. */
  signIn?(): Promise<void>;
}

export interface ConnectedState {
  kind: 'running';
  deployed: Deployed;
}

/** What a runtime of the window is: the local one, or one that it is connected to. */
export type StudioState = RuntimeState | ConnectedState;

export function isConnected(state: StudioState): state is ConnectedState {
  return 'deployed' in state;
}
