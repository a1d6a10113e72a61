import type { Failure, LauncherEvent } from '../../runtime/contracts/launcher.ts';
import { messageOf } from '../client/runtime-error.ts';
import type { LaunchOptions } from './launch-options.ts';
import type { Launcher, LauncherHandlers } from './launcher-process.ts';
import type { LogRecord } from './log-format.ts';
import { RestartBudget } from './restart-budget.ts';
import {
  describeExit,
  type Input,
  isActive,
  type RuntimeState,
  reduce,
  restingState,
  type Workspace,
} from './state.ts';

export interface SupervisorOptions {
  workspace: Workspace;
  /** Starts a launcher; loaded when it is needed first. */
  launch(options: LaunchOptions, handlers: LauncherHandlers): Promise<Launcher>;
  onChange(state: RuntimeState, before: RuntimeState): void;
  onLog(record: LogRecord): void;
  /** Facts that are no state: a port was taken, a process ended and comes back. */
  onEvent(event: LauncherEvent): void;
  /** Whether a launcher that died by itself is started again. */
  restarts(): boolean;
  now?: () => number;
  budget?: RestartBudget;
}

/** Runs at most one launcher, and says where it is. One window has one supervisor. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #now: () => number;
  readonly #budget: RestartBudget;
  #workspace: Workspace;
  #state: RuntimeState;
  #launcher: Launcher | undefined;
  #launchOptions: LaunchOptions | undefined;
  /** Rises with every start and stop: what an older launcher still says is not about the present one. */
  #generation = 0;
  #retry: NodeJS.Timeout | undefined;
  #stopping: Promise<void> | undefined;
  #waiting = new Set<() => void>();

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#budget = options.budget ?? new RestartBudget();
    this.#workspace = options.workspace;
    this.#state = restingState(options.workspace);
  }

  get state(): RuntimeState {
    return this.#state;
  }

  /** What the running system was started with; undefined if it was never started. */
  get launchOptions(): LaunchOptions | undefined {
    return this.#launchOptions;
  }

  setWorkspace(workspace: Workspace): void {
    this.#workspace = workspace;
    this.#apply({ type: 'workspace', workspace });
  }

  /**
   * Starts the runtime and waits until it is ready or has failed. While one is starting or running this changes nothing.
   * @throws Error if the folder may not be run
   */
  async start(options: LaunchOptions, signal?: AbortSignal): Promise<RuntimeState> {
    await this.#stopping;
    const resting = restingState(this.#workspace);
    if (!isActive(this.#state)) {
      if (resting.kind !== 'stopped') throw new Error(refusal(resting.kind));
      // A launcher that has just said why it failed may still hold ports and the data folder.
      if (this.#launcher) await this.stop();
      this.#budget.reset();
      this.#launchOptions = options;
      this.#apply({ type: 'start', folder: options.folder, at: this.#now() });
      await this.#launch();
    }
    return this.#settled(signal);
  }

  /** Stops the runtime; resolves when all its processes have ended. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop().finally(() => {
      this.#stopping = undefined;
    });
    return this.#stopping;
  }

  dispose(): Promise<void> {
    return this.stop();
  }

  async #stop(): Promise<void> {
    this.#generation++;
    clearTimeout(this.#retry);
    const launcher = this.#launcher;
    this.#launcher = undefined;
    if (!isActive(this.#state) && !launcher) return;
    this.#apply({ type: 'stop' });
    await launcher?.stop();
    if (this.#state.kind !== 'failed') this.#apply({ type: 'ended', workspace: this.#workspace });
  }

  async #launch(): Promise<void> {
    const generation = ++this.#generation;
    const current = () => generation === this.#generation;
    const handlers: LauncherHandlers = {
      onLog: this.#options.onLog,
      onEvent: (event) => {
        if (!current()) return;
        this.#apply({ type: 'launcher', event, at: this.#now() });
        this.#options.onEvent(event);
      },
      onExit: (exit) => {
        if (current()) this.#onExit(exit);
      },
    };
    try {
      const launcher = await this.#options.launch(this.#launchOptions!, handlers);
      if (current()) this.#launcher = launcher;
      else await launcher.stop();
    } catch (error) {
      if (current()) this.#fail('nodeMissing', messageOf(error));
    }
  }

  #onExit(exit: { code: number | null; signal: string | null }): void {
    this.#launcher = undefined;
    // It said why before it left: the state is `failed` already.
    if (!isActive(this.#state)) return;
    if (exit.code === null && exit.signal === null) {
      this.#fail('nodeMissing', 'The runtime could not be started: Node cannot be executed.');
      return;
    }
    const what = describeExit({ exit_code: exit.code, signal: exit.signal });
    const delayMs = this.#options.restarts() ? this.#budget.take(this.#now()) : undefined;
    if (delayMs === undefined) {
      this.#fail('crashed', `The runtime stopped unexpectedly (${what}).`);
      return;
    }
    this.#options.onLog({
      time: new Date(this.#now()).toISOString(),
      level: 'error',
      scope: 'extension.supervisor',
      message: `The runtime stopped unexpectedly (${what}). It is started again in ${delayMs} ms.`,
    });
    this.#apply({ type: 'relaunch', at: this.#now() });
    this.#retry = setTimeout(() => void this.#launch(), delayMs);
  }

  #fail(failure: Failure, message: string): void {
    this.#apply({ type: 'fail', failure, message });
  }

  #apply(input: Input): void {
    const before = this.#state;
    this.#state = reduce(before, input);
    if (this.#state === before) return;
    for (const wake of [...this.#waiting]) wake();
    this.#options.onChange(this.#state, before);
  }

  /** Resolves with the first state that is neither starting nor stopping. */
  #settled(signal: AbortSignal | undefined): Promise<RuntimeState> {
    return new Promise((resolve, reject) => {
      const check = () => {
        if (!signal?.aborted && (this.#state.kind === 'starting' || this.#state.kind === 'stopping')) return;
        this.#waiting.delete(check);
        signal?.removeEventListener('abort', check);
        if (signal?.aborted) reject(signal.reason);
        else resolve(this.#state);
      };
      this.#waiting.add(check);
      signal?.addEventListener('abort', check, { once: true });
      check();
    });
  }
}

function refusal(kind: RuntimeState['kind']): string {
  switch (kind) {
    case 'noFolder':
      return 'No folder is open. Open a folder with an aos.json to run its agents.';
    case 'noConfig':
      return 'This folder has no aos.json. Create one with AOS: Create aos.json.';
    case 'untrusted':
      return 'Agents run code from this folder, so the runtime starts only after you trust it (Manage Workspace Trust).';
    default:
      return 'The runtime cannot be started now.';
  }
}
