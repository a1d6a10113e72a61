import type * as vscode from 'vscode';

/** A signal that aborts, as `AbortError`, when VS Code cancels. */
export function abortSignalOf(token: vscode.CancellationToken): AbortSignal {
  const controller = new AbortController();
  token.onCancellationRequested(() => controller.abort());
  return controller.signal;
}
