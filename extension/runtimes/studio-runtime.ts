import * as vscode from 'vscode';
import { AdapterWork } from '../adapter-work.ts';
import type { Endpoint } from '../client/http.ts';
import type { LiveConnection } from '../client/live-connection.ts';
import { type LiveChange, LiveState } from '../client/live-state.ts';
import type { RuntimeClient } from '../client/runtime-client.ts';
import { RuntimeError } from '../client/runtime-error.ts';
import { t } from '../l10n.ts';
import type { LogChannel } from '../log-channel.ts';
import type { StudioState } from '../studio-state.ts';

/** A window has one runtime on this machine, and at most one elsewhere. */
export type RuntimeId = 'local' | 'remote';

const ADAPTERS_CHANGED: LiveChange = { structure: false, agents: new Set(), adapters: true, status: false };

/** One runtime as the window knows it: its state, what it tells of itself while it runs, and its API. */
export abstract class StudioRuntime {
  readonly id: RuntimeId;
  readonly live: LiveState;
  readonly adapterWork: AdapterWork;
  protected readonly log: LogChannel;
  readonly #stateChanged = new vscode.EventEmitter<StudioState>();
  readonly #liveChanged = new vscode.EventEmitter<LiveChange>();
  #connection: Promise<LiveConnection> | undefined;
  #endpoint: Endpoint | undefined;

  readonly onStateChange = this.#stateChanged.event;
  readonly onLiveChange = this.#liveChanged.event;

  constructor(id: RuntimeId, log: LogChannel) {
    this.id = id;
    this.log = log;
    this.live = new LiveState({ onChange: (change) => this.#liveChanged.fire(change) });
    this.adapterWork = new AdapterWork(() => this.#liveChanged.fire(ADAPTERS_CHANGED));
  }

  abstract get state(): StudioState;

  /** @throws RuntimeError AOS_NOT_RUNNING */
  async client(): Promise<RuntimeClient> {
    const connection = await this.#connection;
    if (!connection)
      throw new RuntimeError('AOS_NOT_RUNNING', t('The runtime is not running. Start it with AOS: Start Runtime.'));
    return connection.client;
  }

  async dispose(): Promise<void> {
    this.disconnect();
    this.live.dispose();
    this.#stateChanged.dispose();
    this.#liveChanged.dispose();
  }

  protected stateChanged(): void {
    this.#stateChanged.fire(this.state);
  }

  /** A replica that comes back changes nothing of the address: the connection stays. */
  protected connect(endpoint: Endpoint): void {
    if (this.#connection && this.#endpoint?.baseUrl === endpoint.baseUrl) return;
    this.disconnect();
    this.#endpoint = endpoint;
    this.#connection = this.#open(endpoint);
  }

  /** Connects at once, with what is known so far still there. */
  protected reconnect(): void {
    const connection = this.#connection;
    if (!connection || !this.#endpoint) return;
    this.#connection = connection.then((open) => open.dispose()).then(() => this.#open(this.#endpoint!));
  }

  protected disconnect(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    if (!connection) return;
    this.adapterWork.clear();
    this.live.clear();
    void connection.then((open) => open.dispose());
  }

  async #open(endpoint: Endpoint): Promise<LiveConnection> {
    const { LiveConnection } = await import('../client/live-connection.ts');
    return new LiveConnection({ endpoint, state: this.live, onLost: (error) => this.#onLost(error) });
  }

  /** A runtime that stays away is tried again for hours: the log hears of it once. */
  #onLost(error: Error): void {
    if (this.live.problem?.message === error.message) return;
    this.log.error('client', `The stream of events of ${this.#endpoint?.baseUrl} broke; it is opened again.`, error);
  }
}
