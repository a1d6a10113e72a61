import * as vscode from 'vscode';
import type { LauncherEvent } from '../../runtime/contracts/launcher.ts';
import type { LogChannel } from '../log-channel.ts';
import { settings } from '../manifest.ts';
import { setting } from '../settings.ts';
import { launchOptions } from '../supervisor/launch-settings.ts';
import { type RuntimeState, restingState, type Workspace } from '../supervisor/state.ts';
import { Supervisor } from '../supervisor/supervisor.ts';
import { StudioRuntime } from './studio-runtime.ts';

export interface LocalRuntimeOptions {
  context: vscode.ExtensionContext;
  log: LogChannel;
  workspace: Workspace;
}

/** The runtime of the window's folder, on this machine: the supervisor starts and stops its processes. */
export class LocalRuntime extends StudioRuntime {
  readonly supervisor: Supervisor;
  readonly #context: vscode.ExtensionContext;
  readonly #launcherSaid = new vscode.EventEmitter<LauncherEvent>();
  #stoppedAt: number | null = null;

  /** Facts that are no state: a port was taken, a process ended and comes back. */
  readonly onLauncherEvent = this.#launcherSaid.event;

  constructor({ context, log, workspace }: LocalRuntimeOptions) {
    super('local', log);
    this.#context = context;
    this.supervisor = new Supervisor({
      workspace,
      launch: async (options, handlers) =>
        (await import('../supervisor/launcher-process.ts')).startLauncher(options, handlers),
      restarts: () => setting(settings.restart) === 'onCrash',
      onLog: (record) => log.write(record),
      onEvent: (event) => this.#launcherSaid.fire(event),
      onChange: (state, before) => this.#onState(state, before),
    });
  }

  get state(): RuntimeState {
    return this.supervisor.state;
  }

  /** When it last stopped running, epoch ms; null: it runs, or never ran in this window. */
  get stoppedAt(): number | null {
    return this.#stoppedAt;
  }

  /** Starts it as the settings say. Resolves when it is ready or has failed. */
  async start(workspace: Workspace, options: { memoryOnly?: boolean; signal?: AbortSignal }): Promise<RuntimeState> {
    const { memoryOnly = false, signal } = options;
    const resting = restingState(workspace);
    const launch = await launchOptions(this.#context, 'folder' in resting ? resting.folder : '', { memoryOnly });
    return this.supervisor.start(launch, signal);
  }

  override async dispose(): Promise<void> {
    this.disconnect();
    await this.supervisor.dispose();
    await super.dispose();
    this.#launcherSaid.dispose();
  }

  #onState(state: RuntimeState, before: RuntimeState): void {
    if (state.kind === 'running') this.connect({ baseUrl: state.ready.http, token: state.ready.token });
    else this.disconnect();
    if (state.kind === 'running') this.#stoppedAt = null;
    else if (before.kind === 'running') this.#stoppedAt = Date.now();
    if (state.kind !== before.kind) this.log.info('supervisor', `${before.kind} → ${state.kind}`);
    this.stateChanged();
  }
}
