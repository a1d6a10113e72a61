import * as vscode from 'vscode';
import { contextKeys } from './manifest.ts';
import { isConnected, type StudioState } from './studio-state.ts';

/** The one place that sets the context keys of `when` clauses. */
export function updateContextKeys(state: StudioState, hasConfig: boolean): void {
  void set(contextKeys.state, state.kind);
  void set(contextKeys.failure, state.kind === 'failed' ? state.failure : undefined);
  void set(contextKeys.target, isConnected(state) ? 'azure' : 'local');
  void set(contextKeys.hasConfig, hasConfig);
}

/** Whether the runtime keeps a benchmark of a real engine. */
export function setHasBenchmark(has: boolean): void {
  void set(contextKeys.hasBenchmark, has);
}

export function setBenchmarkRunning(running: boolean): void {
  void set(contextKeys.benchmarkRunning, running);
}

export function setLoadTestRunning(running: boolean): void {
  void set(contextKeys.loadTestRunning, running);
}

/** Whether a deployment of this workspace is known. */
export function setHasDeployment(has: boolean): void {
  void set(contextKeys.hasDeployment, has);
}

export function setDeploying(deploying: boolean): void {
  void set(contextKeys.deploying, deploying);
}

function set(key: string, value: unknown): Thenable<unknown> {
  return vscode.commands.executeCommand('setContext', key, value);
}
