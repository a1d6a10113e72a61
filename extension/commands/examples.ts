import { cp, readdir, readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { t } from '../l10n.ts';
import { CONFIG_FILE } from '../manifest.ts';
import type { Studio } from '../studio.ts';
import { answered } from './register.ts';

interface Example {
  name: string;
  folder: string;
  description: string;
}

/** Copies an example to a folder the person chooses and opens it. @param wanted name of an example; else it is asked for */
export async function openExample(studio: Studio, wanted: unknown): Promise<void> {
  const examples = await findExamples(path.join(studio.context.extensionPath, 'examples'));
  const example = examples.find(({ name }) => name === wanted) ?? (await pickExample(examples));
  const chosen = answered(
    await vscode.window.showOpenDialog({
      canSelectFiles: false,
      canSelectFolders: true,
      defaultUri: vscode.Uri.file(homedir()),
      title: t('Where to Put a Copy of {0}', example.name),
      openLabel: t('Put It Here'),
    }),
  );
  const target = await freeFolder(path.join(chosen[0]!.fsPath, example.name));
  await cp(example.folder, target, {
    recursive: true,
    filter: (file) => !['.aos', 'node_modules'].includes(path.basename(file)),
  });
  const forceNewWindow = (vscode.workspace.workspaceFolders ?? []).length > 0;
  await vscode.commands.executeCommand('vscode.openFolder', vscode.Uri.file(target), { forceNewWindow });
}

async function findExamples(root: string): Promise<Example[]> {
  const entries = await readdir(root, { withFileTypes: true });
  const found = await Promise.all(
    entries.filter((entry) => entry.isDirectory()).map(({ name }) => readExample(root, name)),
  );
  return found.filter((example) => example !== undefined);
}

/** Undefined: a folder without an aos.json is no example. */
async function readExample(root: string, name: string): Promise<Example | undefined> {
  const folder = path.join(root, name);
  const text = await readFile(path.join(folder, CONFIG_FILE), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const { parseConfig } = await import('../../runtime/contracts/config-file.ts');
  const parsed = parseConfig(text);
  const agents = parsed.ok ? parsed.config.agents.length : 0;
  const described = parsed.ok ? (parsed.config.description ?? '') : '';
  return {
    name,
    folder,
    description: [agents > 0 ? t('{0} agents', agents) : '', described].filter(Boolean).join(' · '),
  };
}

async function pickExample(examples: readonly Example[]): Promise<Example> {
  if (examples.length === 0) throw new Error(t('This build of the extension brings no examples.'));
  const items = examples.map((example) => ({ label: example.name, detail: example.description, example }));
  return answered(await vscode.window.showQuickPick(items, { title: t('Open Example') })).example;
}

/** `boardroom`, or `boardroom-2` if that is taken. */
async function freeFolder(wanted: string): Promise<string> {
  for (let n = 1; ; n++) {
    const folder = n === 1 ? wanted : `${wanted}-${n}`;
    const taken = await stat(folder).then(
      () => true,
      () => false,
    );
    if (!taken) return folder;
  }
}
