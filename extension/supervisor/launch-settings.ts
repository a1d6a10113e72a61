import { createHash } from 'node:crypto';
import path from 'node:path';
import type * as vscode from 'vscode';
import { settings } from '../manifest.ts';
import { setting } from '../settings.ts';
import type { LaunchOptions } from './launch-options.ts';

/** What the settings of `folder` say about a start. Reads the environment file, if one is set, and the folder's secrets. */
export async function launchOptions(
  context: vscode.ExtensionContext,
  folder: string,
  options: { memoryOnly: boolean },
): Promise<LaunchOptions> {
  const inMemory = options.memoryOnly || setting(settings.memoryOnly, folder);
  const { launchVariables } = await import('./launch-environment.ts');
  return {
    main: path.join(context.extensionPath, 'dist', 'runtime', 'main.js'),
    folder,
    dataDir: inMemory ? undefined : dataFolder(context, folder),
    replicas: setting(settings.replicas, folder),
    port: setting(settings.port, folder),
    restart: setting(settings.restart) === 'onCrash',
    nodeArguments: setting(settings.nodeArguments, folder),
    logLevel: setting(settings.logLevel),
    environment: await launchVariables(context, folder),
  };
}

/**
 * Where the local cloud keeps the data of `folder`: the setting, else the workspace's storage of VS Code, else (no
 * workspace) its global storage. One folder per workspace folder, so that two of them never share a queue.
 */
export function dataFolder(context: vscode.ExtensionContext, folder: string): string {
  const chosen = setting(settings.dataFolder, folder);
  if (chosen) return path.resolve(folder, chosen);
  const storage = (context.storageUri ?? context.globalStorageUri).fsPath;
  const hash = createHash('sha256').update(folder).digest('hex').slice(0, 8);
  return path.join(storage, 'data', `${path.basename(folder)}-${hash}`);
}
