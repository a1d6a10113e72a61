import * as vscode from 'vscode';
import { t } from '../l10n.ts';
import { views } from '../manifest.ts';
import type { Studio } from '../studio.ts';
import { isActive, type RuntimeState } from '../supervisor/state.ts';
import { processLabel } from '../views/process-rows.ts';

/** A start that takes longer than this gets a notification that can cancel it; a short one shows in the view only. */
const LONG_START_MS = 5000;

/** Starts the runtime. A failure is told by the supervisor's own report. */
export async function startRuntime(studio: Studio, options: { memoryOnly?: boolean } = {}): Promise<RuntimeState> {
  const settled = vscode.window.withProgress({ location: { viewId: views.agents } }, () => studio.start(options));
  const timer = setTimeout(() => void showLongStart(studio, settled), LONG_START_MS);
  try {
    return await settled;
  } finally {
    clearTimeout(timer);
  }
}

function showLongStart(studio: Studio, settled: Thenable<RuntimeState>): Thenable<unknown> {
  const location = vscode.ProgressLocation.Notification;
  return vscode.window.withProgress(
    { location, title: t('Starting the runtime'), cancellable: true },
    async (progress, token) => {
      progress.report({ message: progressMessage(studio.supervisor.state) });
      const told = studio.local.onStateChange(() =>
        progress.report({ message: progressMessage(studio.supervisor.state) }),
      );
      const cancelled = token.onCancellationRequested(() => void studio.supervisor.stop());
      try {
        await settled;
      } finally {
        told.dispose();
        cancelled.dispose();
      }
    },
  );
}

function progressMessage(state: RuntimeState): string {
  if (state.kind !== 'starting') return '';
  const waiting = state.processes
    .filter((process) => process.state !== 'ready')
    .map((process) => processLabel(process.name));
  return waiting.join(', ');
}

export async function stopRuntime(studio: Studio): Promise<void> {
  const location = { location: vscode.ProgressLocation.Window, title: t('Stopping the runtime…') };
  await vscode.window.withProgress(location, () => studio.supervisor.stop());
}

/** Stops and starts with the settings as they are now; in memory only if it was. */
export async function restartRuntime(studio: Studio): Promise<RuntimeState> {
  const launched = studio.supervisor.launchOptions;
  const memoryOnly = isActive(studio.supervisor.state) && launched !== undefined && launched.dataDir === undefined;
  await stopRuntime(studio);
  return startRuntime(studio, { memoryOnly });
}
