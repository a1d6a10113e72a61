import * as vscode from 'vscode';
import { setHasPythonAos } from './context-keys.ts';
import type { WorkspaceFolder } from './supervisor/workspace-folder.ts';

/** Files that only a Python AOS has, by the names of all its eras; `aos import` reads more, and looks into them. */
const FILES = '**/{agent_registry,mcp_server_registry,app_registry,aos_config}.json';
const ELSEWHERE = '**/{node_modules,__pycache__,venv,.venv,env,site-packages,dist,build}/**';

/** Follows whether a folder without an aos.json holds a Python AOS, which its agents may be imported from. */
export function followPythonAos(folder: WorkspaceFolder): vscode.Disposable {
  const look = async () => {
    const { folder: path, hasConfig } = folder.workspace;
    const mayHave = path !== undefined && !hasConfig;
    const found = mayHave
      ? await vscode.workspace.findFiles(new vscode.RelativePattern(path, FILES), ELSEWHERE, 1)
      : [];
    setHasPythonAos(found.length > 0);
  };
  const lookAgain = () => void look();
  const watcher = vscode.workspace.createFileSystemWatcher(FILES, false, true, false);
  lookAgain();
  return vscode.Disposable.from(
    watcher,
    watcher.onDidCreate(lookAgain),
    watcher.onDidDelete(lookAgain),
    folder.onChange(lookAgain),
  );
}
