import * as vscode from 'vscode';
import { contextKeys } from './manifest.ts';
import type { StudioRuntime } from './runtimes/studio-runtime.ts';
import { isConnected, type StudioState } from './studio-state.ts';

export interface StudioFacts {
  /** What `aos.state`, `aos.failure` and `aos.target` are about. */
  inUse: StudioRuntime;
  hasRemote: boolean;
  hasConfig: boolean;
}

/** The one place that sets the context keys of `when` clauses. */
export function updateContextKeys({ inUse, hasRemote, hasConfig }: StudioFacts): void {
  const { state, live } = inUse;
  const unreachable = isConnected(state) && live.problem !== undefined;
  set(contextKeys.state, state.kind);
  set(contextKeys.failure, state.kind === 'failed' ? state.failure : unreachable ? 'unreachable' : undefined);
  set(contextKeys.target, targetOf(state));
  set(contextKeys.hasRemote, hasRemote);
  set(contextKeys.hasConfig, hasConfig);
}

function targetOf(state: StudioState): 'local' | 'azure' | 'url' {
  if (!isConnected(state)) return 'local';
  return state.deployed.signIn ? 'azure' : 'url';
}

/** Whether the folder has no aos.json, but files that one can be made of. */
export function setHasPythonAos(has: boolean): void {
  set(contextKeys.hasPythonAos, has);
}

/** Whether the runtime keeps a benchmark of a real engine. */
export function setHasBenchmark(has: boolean): void {
  set(contextKeys.hasBenchmark, has);
}

export function setBenchmarkRunning(running: boolean): void {
  set(contextKeys.benchmarkRunning, running);
}

export function setLoadTestRunning(running: boolean): void {
  set(contextKeys.loadTestRunning, running);
}

/** Whether a deployment of this workspace is known. */
export function setHasDeployment(has: boolean): void {
  set(contextKeys.hasDeployment, has);
}

export function setDeploying(deploying: boolean): void {
  set(contextKeys.deploying, deploying);
}

const told = new Map<string, unknown>();

/** Only what has changed: a runtime tells of itself twice a second. */
function set(key: string, value: unknown): void {
  if (told.has(key) && told.get(key) === value) return;
  told.set(key, value);
  void vscode.commands.executeCommand('setContext', key, value);
}
