import path from 'node:path';
import * as vscode from 'vscode';
import { formatBytes } from '../../runtime/contracts/units.ts';
import { t } from '../l10n.ts';
import { commands } from '../manifest.ts';
import type { Studio } from '../studio.ts';
import { INSTALL_SIZE, type InstallProgress, installLlama } from '../supervisor/engine-install.ts';
import { llamaFolder } from '../supervisor/launch-environment.ts';
import { abortSignalOf } from './cancellation.ts';
import { answered } from './register.ts';

/** Installs the llama engine outside the extension, after a question that names the size; then offers the restart it needs. */
export async function installEngine(studio: Studio): Promise<void> {
  const into = llamaFolder(studio.context);
  const detail = t(
    'llama.cpp runs GGUF models on this machine. npm downloads about {0} of prebuilt binaries; about {1} stay on disk, in {2}. No model is downloaded: name your own in aos.json (model.file) or in the settings.',
    INSTALL_SIZE.download,
    INSTALL_SIZE.disk,
    into,
  );
  const question = t('Install the local inference engine?');
  answered(await vscode.window.showInformationMessage(question, { modal: true, detail }, t('Install')));
  await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: t('Installing the local inference engine'),
      cancellable: true,
    },
    (progress, token) => {
      let percent = 0;
      return installLlama({
        cli: path.join(studio.context.extensionPath, 'dist', 'runtime', 'cli.js'),
        into,
        signal: abortSignalOf(token),
        onProgress(step) {
          const next = percentOf(step) ?? percent;
          progress.report({ message: progressText(step), increment: Math.max(0, next - percent) });
          percent = Math.max(percent, next);
        },
        onLog: (line) => studio.log.info('engine', line),
      });
    },
  );
  void offerRestart(studio);
}

function progressText({ message, received_bytes: received, total_bytes: total }: InstallProgress): string {
  if (received === undefined) return message ?? '';
  return total ? t('{0} of {1}', formatBytes(received), formatBytes(total)) : formatBytes(received);
}

function percentOf({ received_bytes: received, total_bytes: total }: InstallProgress): number | undefined {
  return received === undefined || !total ? undefined : Math.min(100, (received / total) * 100);
}

async function offerRestart(studio: Studio): Promise<void> {
  if (studio.local.state.kind !== 'running') {
    await vscode.window.showInformationMessage(t('The llama engine is installed.'));
    return;
  }
  const restart = t('Restart');
  const message = t('The llama engine is installed. Restart the runtime to use it.');
  const chosen = await vscode.window.showInformationMessage(message, restart);
  if (chosen === restart) await vscode.commands.executeCommand(commands.restart);
}
