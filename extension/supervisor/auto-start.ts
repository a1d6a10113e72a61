import * as vscode from 'vscode';
import { t } from '../l10n.ts';
import { commands, settings } from '../manifest.ts';
import { setting } from '../settings.ts';
import type { Studio } from '../studio.ts';

/** Starts the runtime of a folder that has just become startable, or asks once a folder whether it should. */
export function offerAutoStart(studio: Studio): vscode.Disposable {
  const offered = new Set<string>();
  const check = () => {
    const { state } = studio.local;
    if (state.kind !== 'stopped' || offered.has(state.folder)) return;
    // Once: a person who stops the runtime does not want it back.
    offered.add(state.folder);
    void offer(studio, state.folder);
  };
  check();
  return studio.local.onStateChange(check);
}

async function offer(studio: Studio, folder: string): Promise<void> {
  const mode = setting(settings.autoStart, folder);
  if (mode === 'always') {
    await vscode.commands.executeCommand(commands.start);
    return;
  }
  const asked = `aos.autoStart.asked:${folder}`;
  if (mode === 'never' || studio.context.workspaceState.get(asked)) return;
  const start = t('Start');
  const always = t('Always');
  const message = t('This folder has AOS agents. Start the local runtime?');
  const chosen = await vscode.window.showInformationMessage(message, start, always, t('Not Now'));
  if (chosen === undefined) return;
  await studio.context.workspaceState.update(asked, true);
  if (chosen === always) {
    const configuration = vscode.workspace.getConfiguration('aos', vscode.Uri.file(folder));
    await configuration.update(settings.autoStart, 'always', vscode.ConfigurationTarget.Workspace);
  }
  if (chosen === start || chosen === always) await vscode.commands.executeCommand(commands.start);
}
