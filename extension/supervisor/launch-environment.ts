import path from 'node:path';
import type * as vscode from 'vscode';
import { settings } from '../manifest.ts';
import { setting } from '../settings.ts';
import { readEnvironmentFile } from './environment-file.ts';
import { inferenceEnvironment } from './inference-environment.ts';
import { WorkspaceSecrets } from './workspace-secrets.ts';

/** Variables for the runtime's processes: the person's file, the settings of the engine, the folder's secrets. */
export async function launchVariables(
  context: vscode.ExtensionContext,
  folder: string,
): Promise<Record<string, string>> {
  const file = setting(settings.environmentFile, folder);
  const [ofFile, secrets] = await Promise.all([
    file === '' ? {} : readEnvironmentFile(path.resolve(folder, file)),
    new WorkspaceSecrets(context.secrets, folder).environment(),
  ]);
  const inference = {
    engine: setting(settings.inferenceEngine, folder),
    modelFile: setting(settings.inferenceModelFile, folder),
    threads: setting(settings.inferenceThreads, folder),
  };
  return {
    ...inferenceEnvironment(inference, { folder, llamaFolder: llamaFolder(context) }),
    ...ofFile,
    ...secrets,
  };
}

/** Where the llama engine is installed on demand: outside the extension, shared by all windows. */
export function llamaFolder(context: vscode.ExtensionContext): string {
  return path.join(context.globalStorageUri.fsPath, 'engines');
}
