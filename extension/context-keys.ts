import * as vscode from 'vscode';
import { contextKeys } from './manifest.ts';
import type { RuntimeState } from './supervisor/state.ts';

/** The one place that sets the context keys of `when` clauses. */
export function updateContextKeys(state: RuntimeState, hasConfig: boolean): void {
  void set(contextKeys.state, state.kind);
  void set(contextKeys.failure, state.kind === 'failed' ? state.failure : undefined);
  void set(contextKeys.hasConfig, hasConfig);
}

function set(key: string, value: unknown): Thenable<unknown> {
  return vscode.commands.executeCommand('setContext', key, value);
}
