import * as vscode from 'vscode';
import type { AdapterWork } from './adapter-work.ts';
import type { LiveChange, LiveState } from './client/live-state.ts';
import type { RuntimeClient } from './client/runtime-client.ts';
import { RuntimeError } from './client/runtime-error.ts';
import { updateContextKeys } from './context-keys.ts';
import { t } from './l10n.ts';
import type { LogChannel } from './log-channel.ts';
import type { Notifications } from './notifications.ts';
import { LocalRuntime } from './runtimes/local-runtime.ts';
import { RemoteRuntime } from './runtimes/remote-runtime.ts';
import type { RuntimeId, StudioRuntime } from './runtimes/studio-runtime.ts';
import type { Deployed, StudioState } from './studio-state.ts';
import type { RuntimeState } from './supervisor/state.ts';
import type { Supervisor } from './supervisor/supervisor.ts';
import type { WorkspaceFolder } from './supervisor/workspace-folder.ts';

export interface StudioParts {
  context: vscode.ExtensionContext;
  log: LogChannel;
  notifications: Notifications;
  folder: WorkspaceFolder;
}

/** Which runtime is in use, kept over reloads of the window. */
const IN_USE = 'aos.runtimeInUse';

const EVERYTHING_CHANGED: LiveChange = { structure: true, agents: new Set(), adapters: true, status: true };

/**
 * The window's runtimes: the local one, and one elsewhere while it is known. The trees show both. One of them is in use:
 * `state`, `live`, `client()` and their events are its, for the status bar, panels, and commands that no row was given to.
 */
export class Studio {
  readonly context: vscode.ExtensionContext;
  readonly log: LogChannel;
  readonly notifications: Notifications;
  readonly folder: WorkspaceFolder;
  readonly local: LocalRuntime;
  #remote: RemoteRuntime | undefined;
  #remoteSubscription: vscode.Disposable | undefined;
  #runtimes: readonly StudioRuntime[] = [];
  #inUse: StudioRuntime;
  readonly #stateChanged = new vscode.EventEmitter<StudioState>();
  readonly #liveChanged = new vscode.EventEmitter<LiveChange>();
  readonly #runtimesChanged = new vscode.EventEmitter<void>();

  readonly onStateChange = this.#stateChanged.event;
  readonly onLiveChange = this.#liveChanged.event;
  /** Other runtimes are there than before, or another one is in use. */
  readonly onRuntimesChange = this.#runtimesChanged.event;

  constructor({ context, log, notifications, folder }: StudioParts) {
    this.context = context;
    this.log = log;
    this.notifications = notifications;
    this.folder = folder;
    this.local = new LocalRuntime({ context, log, workspace: folder.workspace });
    this.#inUse = this.local;
    this.#follow(this.local);
    folder.onChange((workspace) => {
      this.local.supervisor.setWorkspace(workspace);
      this.#updateContextKeys();
    });
    this.#arrange();
  }

  /** What the views show: the local one unless it cannot run and there is another, and the one elsewhere. */
  get runtimes(): readonly StudioRuntime[] {
    return this.#runtimes;
  }

  get remote(): RemoteRuntime | undefined {
    return this.#remote;
  }

  get inUse(): StudioRuntime {
    return this.#inUse;
  }

  get supervisor(): Supervisor {
    return this.local.supervisor;
  }

  get state(): StudioState {
    return this.#inUse.state;
  }

  get live(): LiveState {
    return this.#inUse.live;
  }

  get adapterWork(): AdapterWork {
    return this.#inUse.adapterWork;
  }

  get stoppedAt(): number | null {
    return this.local.stoppedAt;
  }

  /** Starts the local runtime as the settings say. Resolves when it is ready or has failed. */
  async start(options: { memoryOnly?: boolean; signal?: AbortSignal } = {}): Promise<RuntimeState> {
    this.notifications.forget('failed:');
    return this.local.start(this.folder.refresh(), options);
  }

  /**
   * The API of the runtime in use.
   * @throws RuntimeError AOS_NOT_RUNNING
   */
  client(): Promise<RuntimeClient> {
    return this.#inUse.client();
  }

  /**
   * The runtime that a command is about: that of the row it was called with, else the one in use.
   * @throws RuntimeError AOS_NOT_RUNNING if the row's is not there any more
   */
  runtimeOf(target: unknown): StudioRuntime {
    const named = target !== null && typeof target === 'object' && 'runtimeId' in target;
    if (!named) return this.#inUse;
    const found = this.#runtimes.find(({ id }) => id === target.runtimeId);
    if (!found) throw new RuntimeError('AOS_NOT_RUNNING', t('The window is not connected to that runtime any more.'));
    return found;
  }

  /** Makes it the one that the status bar, panels and the palette are about. */
  use(id: RuntimeId): void {
    void this.context.workspaceState.update(IN_USE, id);
    this.#arrange();
  }

  /** Shows a runtime elsewhere beside the local one; undefined: none any more. */
  setRemote(deployed: Deployed | undefined): void {
    const before = this.#remote;
    this.#remoteSubscription?.dispose();
    this.#remote = deployed && new RemoteRuntime(deployed, this.log);
    this.#remoteSubscription = this.#remote && this.#follow(this.#remote);
    this.#arrange();
    void before?.dispose();
  }

  async dispose(): Promise<void> {
    this.#remoteSubscription?.dispose();
    await Promise.all([this.#remote?.dispose(), this.local.dispose()]);
    this.#stateChanged.dispose();
    this.#liveChanged.dispose();
    this.#runtimesChanged.dispose();
  }

  #follow(runtime: StudioRuntime): vscode.Disposable {
    return vscode.Disposable.from(
      runtime.onStateChange((state) => {
        this.#arrange();
        if (runtime !== this.#inUse) return;
        this.#updateContextKeys();
        this.#stateChanged.fire(state);
      }),
      runtime.onLiveChange((change) => {
        if (runtime !== this.#inUse) return;
        if (change.status) this.#updateContextKeys();
        this.#liveChanged.fire(change);
      }),
    );
  }

  /** Which runtimes there are, and which is in use, may have changed. */
  #arrange(): void {
    const wanted = this.context.workspaceState.get<RuntimeId>(IN_USE);
    const before = { runtimes: this.#runtimes, inUse: this.#inUse };
    const wasShown = (runtime: StudioRuntime) => before.runtimes.includes(runtime);
    const { local } = this;
    const remote = this.#remote;
    this.#runtimes = !remote ? [local] : canRun(local.state) ? [local, remote] : [remote];
    this.#inUse = this.#runtimes.find(({ id }) => id === wanted) ?? this.#runtimes[0]!;
    const isAnother = before.inUse !== this.#inUse;
    if (!isAnother && before.runtimes.length === this.#runtimes.length && this.#runtimes.every(wasShown)) return;
    this.#updateContextKeys();
    this.#runtimesChanged.fire();
    if (!isAnother) return;
    this.#stateChanged.fire(this.state);
    this.#liveChanged.fire(EVERYTHING_CHANGED);
  }

  #updateContextKeys(): void {
    const hasRemote = this.#remote !== undefined;
    updateContextKeys({ inUse: this.#inUse, hasRemote, hasConfig: this.folder.workspace.hasConfig });
  }
}

function canRun({ kind }: RuntimeState): boolean {
  return kind !== 'noFolder' && kind !== 'noConfig' && kind !== 'untrusted';
}
