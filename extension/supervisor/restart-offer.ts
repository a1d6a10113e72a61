import * as vscode from 'vscode';
import { t } from '../l10n.ts';
import { commands } from '../manifest.ts';
import { onSettingChange, RESTART_SETTINGS } from '../settings.ts';
import type { Studio } from '../studio.ts';

/** A setting changed that a running runtime does not read again: offers a restart, once until it was answered. */
export function offerRestart(studio: Studio): vscode.Disposable {
  let open = false;
  return onSettingChange(RESTART_SETTINGS, () => {
    const { kind } = studio.local.state;
    if (open || (kind !== 'running' && kind !== 'starting')) return;
    open = true;
    const restart = t('Restart');
    const message = t('The changed settings apply when the runtime starts again.');
    void vscode.window.showInformationMessage(message, restart, t('Later')).then((chosen) => {
      open = false;
      return chosen === restart ? vscode.commands.executeCommand(commands.restart) : undefined;
    });
  });
}
