import * as vscode from 'vscode';
import { t } from '../l10n.ts';
import { commands } from '../manifest.ts';
import type { Studio } from '../studio.ts';
import { WorkspaceSecrets } from '../supervisor/workspace-secrets.ts';
import { askSteps } from './multi-step.ts';

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const MESSAGE_MS = 5000;

/** Asks for name and value of a secret of this folder, and keeps it in the keychain. With both given it does not ask. */
export async function setSecret(studio: Studio, presetName: unknown, presetValue: unknown): Promise<void> {
  const { folder } = studio.folder.workspace;
  if (folder === undefined) throw new Error(t('No folder is open. Open a folder first.'));
  const secrets = new WorkspaceSecrets(studio.context.secrets, folder);
  const given = typeof presetName === 'string' && typeof presetValue === 'string';
  const [name = '', value = ''] = given ? [presetName, presetValue] : await askForSecret(secrets);
  const problem = nameProblem(name);
  if (problem) throw new Error(t('The name of a secret {0}.', problem));
  await secrets.set(name, value);
  const done = value === '' ? t('The secret {0} is deleted.', name) : t('The secret {0} is set.', name);
  if (studio.local.state.kind === 'running') void offerRestartFor(done);
  else vscode.window.setStatusBarMessage(done, MESSAGE_MS);
}

async function askForSecret(secrets: WorkspaceSecrets): Promise<string[]> {
  const names = await secrets.referenced();
  const items = await Promise.all(
    names.map(async (label) => ({ label, description: (await secrets.has(label)) ? t('set') : t('not set yet') })),
  );
  const typed = t('Name of the secret: NAME in "secret:NAME" of aos.json');
  return askSteps(t('Set Secret'), [
    () =>
      items.length > 0
        ? { kind: 'pick', placeholder: typed, items, other: true }
        : { kind: 'text', prompt: typed, placeholder: 'OPENAI_API_KEY', check: nameProblem },
    ([name = '']) => ({
      kind: 'text',
      prompt: t('Value of {0}, kept in the keychain of this machine for this folder; empty: delete it', name),
      password: true,
    }),
  ]);
}

function nameProblem(name: string): string | undefined {
  return NAME.test(name) ? undefined : t('may hold letters, digits and "_", and does not start with a digit');
}

async function offerRestartFor(done: string): Promise<void> {
  const restart = t('Restart');
  const message = `${done} ${t('It applies when the runtime starts again.')}`;
  const chosen = await vscode.window.showInformationMessage(message, restart, t('Later'));
  if (chosen === restart) await vscode.commands.executeCommand(commands.restart);
}
