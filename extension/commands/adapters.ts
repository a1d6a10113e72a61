import path from 'node:path';
import * as vscode from 'vscode';
import { registerAdapterRequestSchema } from '../../runtime/contracts/http.ts';
import { idSchema } from '../../runtime/contracts/ids.ts';
import type { RegisteredAdapter } from '../client/runtime-client.ts';
import { t } from '../l10n.ts';
import type { Studio } from '../studio.ts';
import { askSteps } from './multi-step.ts';

const SOURCES = ['local', 'hub', 's3', 'pbase'] as const;

/** Asks for name, source and path of a LoRA adapter, and registers it. With a preset it does not ask. */
export async function registerAdapter(studio: Studio, preset: unknown): Promise<RegisteredAdapter> {
  const client = await studio.client();
  const given = registerAdapterRequestSchema.safeParse(preset);
  if (given.success) return client.registerAdapter(given.data);
  const choose = t('Choose a folder…');
  const [name, source, place] = await askSteps(t('Register Adapter'), [
    () => ({
      kind: 'text',
      prompt: t('Name of the adapter'),
      placeholder: 'ceo',
      check: (value) => idSchema.safeParse(value).error?.issues[0]?.message,
    }),
    () => ({
      kind: 'pick',
      placeholder: t('Where the adapter is'),
      items: SOURCES.map((label) => ({ label, description: sourceText(label) })),
    }),
    ([, where]) =>
      where === 'local'
        ? {
            kind: 'pick',
            placeholder: t('Its folder, relative to aos.json; type it, or choose it'),
            items: [{ label: choose }],
            other: true,
          }
        : {
            kind: 'text',
            prompt: t('Its id there'),
            placeholder: 'organization/adapter',
            check: (value) => (value ? undefined : t('must not be empty')),
          },
  ]);
  const chosen = place === choose ? await chooseFolder(studio) : place;
  if (!chosen) throw new vscode.CancellationError();
  return client.registerAdapter(registerAdapterRequestSchema.parse({ name, source, path: chosen }));
}

function sourceText(source: (typeof SOURCES)[number]): string {
  return {
    local: t('a folder of this workspace'),
    hub: t('Hugging Face Hub'),
    s3: t('an S3 bucket'),
    pbase: t('Predibase'),
  }[source];
}

/** A folder as aos.json writes it: relative to the workspace folder, with forward slashes. */
async function chooseFolder(studio: Studio): Promise<string | undefined> {
  const { folder } = studio.folder.workspace;
  const chosen = await vscode.window.showOpenDialog({
    canSelectFiles: false,
    canSelectFolders: true,
    openLabel: t('Register Adapter'),
    ...(folder === undefined ? {} : { defaultUri: vscode.Uri.file(folder) }),
  });
  const picked = chosen?.[0]?.fsPath;
  return picked && folder ? path.relative(folder, picked).split(path.sep).join('/') : picked;
}
