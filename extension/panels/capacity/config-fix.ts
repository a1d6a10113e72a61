import path from 'node:path';
import type { JSONPath } from 'jsonc-parser';
import * as vscode from 'vscode';
import { t } from '../../l10n.ts';
import { CONFIG_FILE } from '../../manifest.ts';
import { configChange } from './config-edit.ts';

/**
 * Sets a value in the folder's aos.json through an edit that VS Code can undo as well. The file is saved unless it held
 * changes that nobody has saved yet.
 * @returns what takes it back
 */
export async function fixConfig(folder: string, at: JSONPath, value: unknown): Promise<() => Promise<void>> {
  const document = await vscode.workspace.openTextDocument(path.join(folder, CONFIG_FILE));
  const wasDirty = document.isDirty;
  const { changes, before } = configChange(document.getText(), at, value);
  const edit = new vscode.WorkspaceEdit();
  for (const { offset, length, content } of changes) {
    const range = new vscode.Range(document.positionAt(offset), document.positionAt(offset + length));
    edit.replace(document.uri, range, content);
  }
  if (!(await vscode.workspace.applyEdit(edit))) throw new Error(t('aos.json could not be changed.'));
  if (!wasDirty) await document.save();
  return async () => void (await fixConfig(folder, at, before));
}
