import { existsSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { t } from '../l10n.ts';
import { CONFIG_FILE } from '../manifest.ts';
import { readOnlyDocument } from '../read-only-documents.ts';
import type { Studio } from '../studio.ts';
import { importPythonAos } from '../supervisor/python-import.ts';
import { abortSignalOf } from './cancellation.ts';
import { answered } from './register.ts';

/** Makes an aos.json of a Python AOS workspace, opens it, and offers the report of what was taken over and what was not. */
export async function importPython(studio: Studio): Promise<void> {
  const { folder } = studio.folder.workspace;
  if (folder === undefined) throw new Error(t('No folder is open. Open a folder first.'));
  const from = await chooseSource(folder);
  const out = path.join(folder, CONFIG_FILE);
  const overwrite = existsSync(out);
  if (overwrite) await confirmOverwrite(folder);
  const report = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: t('Importing agents'), cancellable: true },
    (_progress, token) =>
      importPythonAos({
        cli: path.join(studio.context.extensionPath, 'dist', 'runtime', 'cli.js'),
        ...{ from, out, overwrite, signal: abortSignalOf(token) },
      }),
  );
  studio.log.info('import', report);
  studio.folder.refresh();
  await vscode.window.showTextDocument(vscode.Uri.file(out), { preview: false });
  void offerReport(studio, report);
}

async function chooseSource(folder: string): Promise<string> {
  const here = { label: t('This folder'), description: folder, folder };
  const elsewhere = { label: t('Another folder…'), folder: undefined };
  const chosen = answered(
    await vscode.window.showQuickPick([here, elsewhere], { title: t('Where the Python AOS is'), ignoreFocusOut: true }),
  );
  if (chosen.folder !== undefined) return chosen.folder;
  const [picked] = answered(
    await vscode.window.showOpenDialog({
      canSelectFiles: false,
      canSelectFolders: true,
      defaultUri: vscode.Uri.file(folder),
      openLabel: t('Import Agents'),
    }),
  );
  return answered(picked).fsPath;
}

async function confirmOverwrite(folder: string): Promise<void> {
  const question = t('Replace the aos.json of {0}?', path.basename(folder));
  const detail = t('It is written anew from the Python AOS. What only stands in it is lost.');
  answered(await vscode.window.showWarningMessage(question, { modal: true, detail }, t('Replace')));
}

async function offerReport(studio: Studio, report: string): Promise<void> {
  const counts = report.split('\n', 1)[0]?.replace(/^.*: /, '') ?? '';
  const show = t('Show Report');
  const message = t(
    'Imported: {0}. The report says what was taken over, what was not, and what is to be done.',
    counts,
  );
  if ((await vscode.window.showInformationMessage(message, show)) !== show) return;
  const document = readOnlyDocument(studio.context, t('Import from Python AOS.txt'), report);
  await vscode.window.showTextDocument(document, { preview: true });
}
