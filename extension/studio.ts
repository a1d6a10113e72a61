import * as vscode from 'vscode';
import type { LauncherEvent } from '../runtime/contracts/launcher.ts';
import { AdapterWork } from './adapter-work.ts';
import type { Endpoint } from './client/http.ts';
import type { LiveConnection } from './client/live-connection.ts';
import { type LiveChange, LiveState } from './client/live-state.ts';
import type { RuntimeClient } from './client/runtime-client.ts';
import { RuntimeError } from './client/runtime-error.ts';
import { updateContextKeys } from './context-keys.ts';
import { t } from './l10n.ts';
import type { LogChannel } from './log-channel.ts';
import { settings } from './manifest.ts';
import type { Notifications } from './notifications.ts';
import { setting } from './settings.ts';
import type { Deployed, StudioState } from './studio-state.ts';
import { launchOptions } from './supervisor/launch-settings.ts';
import { type RuntimeState, restingState } from './supervisor/state.ts';
import { Supervisor } from './supervisor/supervisor.ts';
import type { WorkspaceFolder } from './supervisor/workspace-folder.ts';

export interface StudioParts {
  context: vscode.ExtensionContext;
  log: LogChannel;
  notifications: Notifications;
  folder: WorkspaceFolder;
}

const ADAPTERS_CHANGED: LiveChange = { structure: false, agents: new Set(), adapters: true, status: false };

/**
 * The window's one runtime and what is known of it: the supervisor's state, and the live state while it runs. Trees,
 * status bar, commands and panels get it and nothing else. A deployed runtime can stand in its place; the local one goes
 * on beside it, unseen.
 */
export class Studio {
  readonly context: vscode.ExtensionContext;
  readonly log: LogChannel;
  readonly notifications: Notifications;
  readonly folder: WorkspaceFolder;
  readonly supervisor: Supervisor;
  readonly live: LiveState;
  readonly adapterWork: AdapterWork;
  readonly #stateChanged = new vscode.EventEmitter<StudioState>();
  readonly #liveChanged = new vscode.EventEmitter<LiveChange>();
  readonly #launcherSaid = new vscode.EventEmitter<LauncherEvent>();
  #connection: Promise<LiveConnection> | undefined;
  #endpoint = '';
  #deployed: Deployed | undefined;
  /** When the runtime last stopped running, epoch ms; null: it runs, or never ran in this window. */
  #stoppedAt: number | null = null;

  readonly onStateChange = this.#stateChanged.event;
  readonly onLiveChange = this.#liveChanged.event;
  /** Facts that are no state: a port was taken, a process ended and comes back. */
  readonly onLauncherEvent = this.#launcherSaid.event;

  constructor(parts: StudioParts) {
    this.context = parts.context;
    this.log = parts.log;
    this.notifications = parts.notifications;
    this.folder = parts.folder;
    this.live = new LiveState({ onChange: (change) => this.#liveChanged.fire(change) });
    this.adapterWork = new AdapterWork(() => this.#liveChanged.fire(ADAPTERS_CHANGED));
    this.supervisor = new Supervisor({
      workspace: parts.folder.workspace,
      launch: async (options, handlers) =>
        (await import('./supervisor/launcher-process.ts')).startLauncher(options, handlers),
      restarts: () => setting(settings.restart) === 'onCrash',
      onLog: (record) => this.log.write(record),
      onEvent: (event) => this.#launcherSaid.fire(event),
      onChange: (state, before) => this.#onState(state, before),
    });
    parts.folder.onChange((workspace) => {
      this.supervisor.setWorkspace(workspace);
      this.#updateContextKeys();
    });
    this.#updateContextKeys();
  }

  get state(): StudioState {
    const local = this.supervisor.state;
    if (!this.#deployed || !('folder' in local)) return local;
    return { kind: 'running', folder: local.folder, deployed: this.#deployed };
  }

  get stoppedAt(): number | null {
    return this.#stoppedAt;
  }

  /** Starts the runtime as the settings say. Resolves when it is ready or has failed. */
  async start(options: { memoryOnly?: boolean; signal?: AbortSignal } = {}): Promise<RuntimeState> {
    const { memoryOnly = false, signal } = options;
    this.notifications.forget('failed:');
    this.folder.refresh();
    const resting = restingState(this.folder.workspace);
    const launch = await launchOptions(this.context, 'folder' in resting ? resting.folder : '', { memoryOnly });
    return this.supervisor.start(launch, signal);
  }

  /**
   * The API of the running runtime.
   * @throws RuntimeError AOS_NOT_RUNNING
   */
  async client(): Promise<RuntimeClient> {
    const connection = await this.#connection;
    if (!connection)
      throw new RuntimeError('AOS_NOT_RUNNING', t('The runtime is not running. Start it with AOS: Start Runtime.'));
    return connection.client;
  }

  /** Shows a deployed runtime in the place of the local one, which goes on; undefined: the local one again. */
  show(deployed: Deployed | undefined): void {
    this.#deployed = deployed;
    this.#disconnect();
    if (deployed) this.#connect({ baseUrl: deployed.url, token: deployed.token });
    else this.#connectLocal();
    this.#updateContextKeys();
    this.#stateChanged.fire(this.state);
  }

  async dispose(): Promise<void> {
    this.#disconnect();
    this.live.dispose();
    await this.supervisor.dispose();
    this.#stateChanged.dispose();
    this.#liveChanged.dispose();
    this.#launcherSaid.dispose();
  }

  #onState(state: RuntimeState, before: RuntimeState): void {
    if (!this.#deployed) this.#connectLocal();
    if (state.kind === 'running') this.#stoppedAt = null;
    else if (before.kind === 'running') this.#stoppedAt = Date.now();
    if (state.kind !== before.kind) this.log.info('supervisor', `${before.kind} → ${state.kind}`);
    if (this.#deployed) return;
    this.#updateContextKeys();
    this.#stateChanged.fire(state);
  }

  #connectLocal(): void {
    const { state } = this.supervisor;
    if (state.kind === 'running') this.#connect({ baseUrl: state.ready.http, token: state.ready.token });
    else this.#disconnect();
  }

  /** A replica that comes back changes `ready` but not the address: the connection stays. */
  #connect(endpoint: Endpoint): void {
    if (this.#connection && this.#endpoint === endpoint.baseUrl) return;
    this.#disconnect();
    this.#endpoint = endpoint.baseUrl;
    this.#connection = import('./client/live-connection.ts').then(
      ({ LiveConnection }) =>
        new LiveConnection({
          endpoint,
          state: this.live,
          onLost: (error) => this.log.error('client', 'The stream of events broke; it is opened again.', error),
        }),
    );
  }

  #disconnect(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    if (!connection) return;
    this.adapterWork.clear();
    this.live.clear();
    void connection.then((open) => open.dispose());
  }

  #updateContextKeys(): void {
    updateContextKeys(this.state, this.folder.workspace.hasConfig);
  }
}
