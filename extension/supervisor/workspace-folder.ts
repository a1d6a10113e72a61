import { statSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { CONFIG_FILE } from '../manifest.ts';
import type { Workspace } from './state.ts';

/**
 * Follows which folder the runtime belongs to: the one of the active editor if it has an aos.json, else the first one that
 * has, else the first one.
 */
export class WorkspaceFolder {
  readonly #changed = new vscode.EventEmitter<Workspace>();
  readonly #subscriptions: vscode.Disposable[];
  #workspace: Workspace = look();

  readonly onChange = this.#changed.event;

  constructor() {
    const refresh = () => this.refresh();
    const watcher = vscode.workspace.createFileSystemWatcher(`**/${CONFIG_FILE}`, false, true, false);
    this.#subscriptions = [
      this.#changed,
      watcher,
      watcher.onDidCreate(refresh),
      watcher.onDidDelete(refresh),
      vscode.workspace.onDidChangeWorkspaceFolders(refresh),
      vscode.workspace.onDidGrantWorkspaceTrust(refresh),
      vscode.window.onDidChangeActiveTextEditor(() => {
        if ((vscode.workspace.workspaceFolders ?? []).length > 1) refresh();
      }),
    ];
  }

  get workspace(): Workspace {
    return this.#workspace;
  }

  /** Looks again; tells listeners if something changed. */
  refresh(): Workspace {
    const next = look();
    const before = this.#workspace;
    this.#workspace = next;
    if (before.folder !== next.folder || before.hasConfig !== next.hasConfig || before.trusted !== next.trusted) {
      this.#changed.fire(next);
    }
    return next;
  }

  dispose(): void {
    vscode.Disposable.from(...this.#subscriptions).dispose();
  }
}

function look(): Workspace {
  const trusted = vscode.workspace.isTrusted;
  const folders = localFolders();
  const active = vscode.window.activeTextEditor?.document.uri;
  const activeFolder = active && vscode.workspace.getWorkspaceFolder(active);
  const ordered = [
    ...folders.filter((folder) => folder === activeFolder),
    ...folders.filter((folder) => folder !== activeFolder),
  ];
  for (const { uri } of ordered) if (hasConfig(uri.fsPath)) return { folder: uri.fsPath, hasConfig: true, trusted };
  return { folder: firstFolder()?.uri.fsPath, hasConfig: false, trusted };
}

/** Folders on this machine's disk: processes cannot run in others. */
function localFolders(): vscode.WorkspaceFolder[] {
  return (vscode.workspace.workspaceFolders ?? []).filter((folder) => folder.uri.scheme === 'file');
}

function firstFolder(): vscode.WorkspaceFolder | undefined {
  return localFolders()[0];
}

/** One look at the disk a folder; a wait for it would let all other extensions go first while VS Code starts. */
function hasConfig(folder: string): boolean {
  try {
    return statSync(path.join(folder, CONFIG_FILE), { throwIfNoEntry: false })?.isFile() ?? false;
  } catch {
    // A folder that may not be looked into has nothing that could be run.
    return false;
  }
}
