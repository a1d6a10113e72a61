import type { Failure, LauncherEvent, Ready } from '../../runtime/contracts/launcher.ts';

/** The folder whose agents run, and what decides whether they may. */
export interface Workspace {
  /** Path on disk; undefined: no folder is open, or it is not on this machine's disk. */
  folder: string | undefined;
  hasConfig: boolean;
  trusted: boolean;
}

/** One process of the running system as the launcher tells it. */
export interface ProcessStatus {
  /** `cloud`, `replica-1`, … */
  name: string;
  role: 'cloud' | 'replica';
  state: 'starting' | 'ready' | 'exited' | 'restarting';
  pid: number | undefined;
  /** When this state began, epoch ms. */
  since: number;
  /** From its start to ready, ms. */
  readyMs: number | undefined;
  exit: string | undefined;
}

/** Where the runtime of this window is; the context key `aos.state` has the same words. */
export type RuntimeState =
  | { kind: 'noFolder' }
  | { kind: 'noConfig'; folder: string }
  | { kind: 'untrusted'; folder: string }
  | { kind: 'stopped'; folder: string }
  | { kind: 'starting'; folder: string; since: number; processes: readonly ProcessStatus[] }
  | { kind: 'running'; folder: string; ready: Ready; processes: readonly ProcessStatus[] }
  | { kind: 'stopping'; folder: string }
  | { kind: 'failed'; folder: string; failure: Failure; message: string };

export type StateKind = RuntimeState['kind'];

export type Input =
  | { type: 'workspace'; workspace: Workspace }
  | { type: 'start'; folder: string; at: number }
  | { type: 'stop' }
  | { type: 'launcher'; event: LauncherEvent; at: number }
  /** The launcher ended by itself and is started again. */
  | { type: 'relaunch'; at: number }
  | { type: 'fail'; failure: Failure; message: string }
  /** The launcher is gone, as it should be. */
  | { type: 'ended'; workspace: Workspace };

/** What the state is while nothing runs. */
export function restingState(workspace: Workspace): RuntimeState {
  const { folder, hasConfig, trusted } = workspace;
  if (folder === undefined) return { kind: 'noFolder' };
  if (!hasConfig) return { kind: 'noConfig', folder };
  return trusted ? { kind: 'stopped', folder } : { kind: 'untrusted', folder };
}

/** True while a launcher process belongs to the state. */
export function isActive(
  state: RuntimeState,
): state is Extract<RuntimeState, { kind: 'starting' | 'running' | 'stopping' }> {
  return state.kind === 'starting' || state.kind === 'running' || state.kind === 'stopping';
}

/** The next state. An input that means nothing in a state leaves it as it is (the same object). */
export function reduce(state: RuntimeState, input: Input): RuntimeState {
  switch (input.type) {
    case 'workspace':
      return onWorkspace(state, input.workspace);
    case 'start':
      return isActive(state) ? state : { kind: 'starting', folder: input.folder, since: input.at, processes: [] };
    case 'stop':
      return state.kind === 'starting' || state.kind === 'running' ? { kind: 'stopping', folder: state.folder } : state;
    case 'launcher':
      return onLauncher(state, input.event, input.at);
    case 'relaunch':
      if (state.kind !== 'starting' && state.kind !== 'running') return state;
      return { kind: 'starting', folder: state.folder, since: input.at, processes: [] };
    case 'fail':
      if (!('folder' in state)) return state;
      return { kind: 'failed', folder: state.folder, failure: input.failure, message: input.message };
    case 'ended':
      return restingState(input.workspace);
  }
}

function onWorkspace(state: RuntimeState, workspace: Workspace): RuntimeState {
  if (isActive(state)) return state;
  const resting = restingState(workspace);
  // A failure stays to be read until it is started again, or until there is nothing left that could be started.
  if (state.kind === 'failed' && resting.kind === 'stopped' && resting.folder === state.folder) return state;
  const same =
    resting.kind === state.kind &&
    ('folder' in resting ? resting.folder : '') === ('folder' in state ? state.folder : '');
  return same ? state : resting;
}

function onLauncher(state: RuntimeState, event: LauncherEvent, at: number): RuntimeState {
  if (state.kind !== 'starting' && state.kind !== 'running') return state;
  switch (event.type) {
    case 'process':
      return { ...state, processes: withProcess(state.processes, event, at) };
    case 'ready':
      return { kind: 'running', folder: state.folder, ready: event.ready, processes: state.processes };
    case 'failed':
      return { kind: 'failed', folder: state.folder, failure: event.failure, message: event.message };
    // The port is a notification, and the end of the launcher decides what "stopped" means.
    case 'port':
    case 'stopped':
      return state;
  }
}

type ProcessEvent = Extract<LauncherEvent, { type: 'process' }>;

function withProcess(known: readonly ProcessStatus[], event: ProcessEvent, at: number): readonly ProcessStatus[] {
  const before = known.find((process) => process.name === event.name);
  const next: ProcessStatus = {
    name: event.name,
    role: event.role,
    state: event.state,
    pid: event.pid ?? (event.state === 'exited' || event.state === 'restarting' ? undefined : before?.pid),
    since: at,
    readyMs: event.state === 'ready' ? (event.ms ?? before?.readyMs) : undefined,
    exit: event.state === 'exited' || event.state === 'restarting' ? describeExit(event) : undefined,
  };
  const others = known.filter((process) => process !== before);
  return [...others, next].sort(byRoleAndNumber);
}

/** `exit code 137: out of memory`, `signal SIGKILL`. */
export function describeExit(event: {
  exit_code?: number | null | undefined;
  signal?: string | null | undefined;
}): string {
  if (event.signal) return `signal ${event.signal}`;
  // 134 is V8's abort when the heap is full, 137 the kernel's SIGKILL when the machine is.
  const why = event.exit_code === 137 || event.exit_code === 134 ? ': out of memory' : '';
  return `exit code ${event.exit_code ?? 'unknown'}${why}`;
}

function byRoleAndNumber(a: ProcessStatus, b: ProcessStatus): number {
  if (a.role !== b.role) return a.role === 'cloud' ? -1 : 1;
  return a.name.localeCompare(b.name, 'en', { numeric: true });
}
