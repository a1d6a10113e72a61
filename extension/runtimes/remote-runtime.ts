import type { LogChannel } from '../log-channel.ts';
import type { ConnectedState, Deployed } from '../studio-state.ts';
import { StudioRuntime } from './studio-runtime.ts';

/** A runtime elsewhere; connected as long as the window knows it, whether it answers or not. */
export class RemoteRuntime extends StudioRuntime {
  readonly state: ConnectedState;

  constructor(deployed: Deployed, log: LogChannel) {
    super('remote', log);
    this.state = { kind: 'running', deployed };
    this.connect({ baseUrl: deployed.url, token: () => deployed.token() });
  }

  /** Lets a person sign in if that is what is missing, and connects without waiting for the next try. */
  async tryAgain(): Promise<void> {
    await this.state.deployed.signIn?.();
    this.reconnect();
  }
}
