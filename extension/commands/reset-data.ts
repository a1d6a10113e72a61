import { readFile, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { t } from '../l10n.ts';
import type { Studio } from '../studio.ts';
import { dataFolder } from '../supervisor/launch-settings.ts';
import { isActive } from '../supervisor/state.ts';
import { answered } from './register.ts';

const LOCK_FILE = 'aos.lock';
/** What the local cloud writes. The setting may name any folder, so nothing else in there is touched. */
const OWN_ENTRIES = ['storage', LOCK_FILE];

/** Deletes what the local cloud keeps of this folder, after a question. */
export async function resetData(studio: Studio): Promise<void> {
  if (isActive(studio.supervisor.state)) throw new Error(t('The runtime is running and uses its data. Stop it first.'));
  const { folder } = studio.folder.workspace;
  if (folder === undefined) throw new Error(t('No folder is open.'));
  const data = dataFolder(studio.context, folder);
  const owner = await livingOwner(data);
  if (owner !== undefined) {
    throw new Error(t('Another runtime (process {0}) uses the data in {1}. Stop it first.', owner, data));
  }
  const name = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(folder))?.name ?? folder;
  const verb = t('Delete');
  const detail = t('Tables and blobs of the local cloud in {0} are deleted. This cannot be undone.', data);
  answered(await vscode.window.showWarningMessage(t('Delete local data of {0}?', name), { modal: true, detail }, verb));
  for (const entry of OWN_ENTRIES) await rm(path.join(data, entry), { recursive: true, force: true });
  await rmdir(data).catch((error: NodeJS.ErrnoException) => {
    // Somebody else keeps files there, or nothing was ever kept.
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(error.code ?? '')) throw error;
  });
}

/** The process whose local cloud has the folder open; undefined: none, or one that crashed. */
async function livingOwner(data: string): Promise<number | undefined> {
  const text = await readFile(path.join(data, LOCK_FILE), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  const pid = Number(/"pid":\s*(\d+)/.exec(text ?? '')?.[1]);
  return Number.isInteger(pid) && isAlive(pid) ? pid : undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, and belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
