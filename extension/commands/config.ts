import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { t } from '../l10n.ts';
import { CONFIG_FILE } from '../manifest.ts';
import type { Studio } from '../studio.ts';
import { answered } from './register.ts';
import { pickAgent, toAgentId } from './targets.ts';

/** Writes a small aos.json with one agent, and opens it. */
export async function createConfig(studio: Studio): Promise<void> {
  const folder = folderOf(studio);
  const file = path.join(folder, CONFIG_FILE);
  const text = `${JSON.stringify(starter(path.basename(folder)), undefined, 2)}\n`;
  // "wx": an aos.json that someone made in the meantime is opened, never overwritten.
  await writeFile(file, text, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  studio.folder.refresh();
  await openFile(file);
}

function starter(folderName: string) {
  const name = folderName.replace(/[^\w.-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '') || 'agents';
  return {
    name: name.slice(0, 100),
    agents: [
      {
        id: 'assistant',
        purpose: t('Answer questions about this workspace, briefly and with reasons.'),
        examples: [t('What should we do first?')],
      },
    ],
  };
}

/** Opens aos.json; at its first error, if it has one. */
export async function openConfig(studio: Studio): Promise<void> {
  const file = path.join(folderOf(studio), CONFIG_FILE);
  const document = await vscode.workspace.openTextDocument(file);
  const { parseConfig } = await import('../../runtime/contracts/config-file.ts');
  const parsed = parseConfig(document.getText());
  if (parsed.ok) return openFile(file);
  const { offset, length } = parsed.issues[0]!;
  await openFile(file, new vscode.Range(document.positionAt(offset), document.positionAt(offset + length)));
}

/** Shows an agent in aos.json. */
export async function goToDefinition(studio: Studio, target: unknown): Promise<void> {
  const { id, place } = await findInConfig(studio, target);
  await openFile(place.file, place.range);
  if (!place.range)
    void vscode.window.showInformationMessage(
      t('{0} is not in aos.json: it was registered while the runtime ran.', id),
    );
}

/** Opens an agent's handler. */
export async function goToHandler(studio: Studio, target: unknown): Promise<void> {
  const { id, place } = await findInConfig(studio, target);
  const handler = place.handler ?? studio.runtimeOf(target).live.agents.get(id)?.handler ?? undefined;
  if (handler === undefined) {
    void vscode.window.showInformationMessage(t('{0} has no handler: its model answers events with its purpose.', id));
    return;
  }
  await openFile(path.resolve(folderOf(studio), handler));
}

async function findInConfig(studio: Studio, target: unknown) {
  const file = path.join(folderOf(studio), CONFIG_FILE);
  const document = await vscode.workspace.openTextDocument(file);
  const { agentsIn } = await import('../editor/config-places.ts');
  const places = agentsIn(document.getText());
  const id =
    toAgentId(target) ??
    answered(
      await pickAgent(
        studio.inUse,
        places.map((place) => place.id),
      ),
    );
  const found = places.find((place) => place.id === id);
  const range =
    found && new vscode.Range(document.positionAt(found.offset), document.positionAt(found.offset + found.length));
  return { id, place: { file, range, handler: found?.handler } };
}

function folderOf(studio: Studio): string {
  const { folder } = studio.folder.workspace;
  if (folder === undefined) throw new Error(t('No folder is open. Open a folder first.'));
  return folder;
}

async function openFile(file: string, range?: vscode.Range): Promise<void> {
  const selection = range && new vscode.Range(range.start, range.start);
  const editor = await vscode.window.showTextDocument(vscode.Uri.file(file), selection ? { selection } : {});
  if (range) editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}
