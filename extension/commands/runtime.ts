import { rm } from 'node:fs/promises';
import * as vscode from 'vscode';
import { t } from '../l10n.ts';
import { views } from '../manifest.ts';
import type { Studio } from '../studio.ts';
import { dataFolder } from '../supervisor/launch-settings.ts';
import { isActive, type RuntimeState } from '../supervisor/state.ts';
import { processLabel } from '../views/process-rows.ts';
import { answered } from './register.ts';

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
      progress.report({ message: progressMessage(studio.state) });
      const told = studio.onStateChange((state) => progress.report({ message: progressMessage(state) }));
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
  const memoryOnly = isActive(studio.state) && launched !== undefined && launched.dataDir === undefined;
  await stopRuntime(studio);
  return startRuntime(studio, { memoryOnly });
}

/** Deletes what the local cloud keeps of this folder, after a question. */
export async function resetData(studio: Studio): Promise<void> {
  if (isActive(studio.state)) throw new Error(t('The runtime is running and uses its data. Stop it first.'));
  const { folder } = studio.folder.workspace;
  if (folder === undefined) throw new Error(t('No folder is open.'));
  const data = dataFolder(studio.context, folder);
  const name = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(folder))?.name ?? folder;
  const verb = t('Delete');
  const detail = t('Messages, tables and blobs of the local cloud in {0} are deleted. This cannot be undone.', data);
  answered(await vscode.window.showWarningMessage(t('Delete local data of {0}?', name), { modal: true, detail }, verb));
  await rm(data, { recursive: true, force: true });
}
