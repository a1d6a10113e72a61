import { existsSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { t } from '../l10n.ts';
import { commands, views } from '../manifest.ts';

interface HelpEntry {
  label: string;
  icon: string;
  description?: string;
  command: string;
  arguments?: unknown[];
}

const DISCUSSIONS = 'https://github.com/ASISaga/AgentOperatingSystem/discussions';

/** The view Help: guides that ship with the extension, and where people are. */
export class HelpTree implements vscode.TreeDataProvider<HelpEntry>, vscode.Disposable {
  readonly #view: vscode.Disposable;
  readonly #entries: HelpEntry[];

  constructor(extensionPath: string) {
    this.#entries = [
      { label: t('Get started'), icon: 'rocket', command: commands.openWalkthrough },
      ...guides(extensionPath),
      {
        label: t('Community discussions'),
        icon: 'comment-discussion',
        command: 'vscode.open',
        arguments: [vscode.Uri.parse(DISCUSSIONS)],
      },
      { label: t('Open an issue'), icon: 'bug', command: commands.reportIssue },
      {
        label: t('Copy diagnostics'),
        icon: 'copy',
        description: t('no prompts, no keys'),
        command: commands.copyDiagnostics,
      },
    ];
    this.#view = vscode.window.registerTreeDataProvider(views.help, this);
  }

  getChildren(entry?: HelpEntry): HelpEntry[] {
    return entry ? [] : this.#entries;
  }

  getTreeItem(entry: HelpEntry): vscode.TreeItem {
    const item = new vscode.TreeItem(entry.label, vscode.TreeItemCollapsibleState.None);
    item.iconPath = new vscode.ThemeIcon(entry.icon);
    item.description = entry.description;
    item.command = { command: entry.command, title: entry.label, arguments: entry.arguments ?? [] };
    return item;
  }

  dispose(): void {
    this.#view.dispose();
  }
}

/** Only guides that are on disk: an entry must lead somewhere. */
function guides(extensionPath: string): HelpEntry[] {
  const known = [
    { label: t('Deployment guide'), file: 'docs/deployment.md' },
    { label: t('Monitoring guide'), file: 'docs/monitoring.md' },
    { label: t('Cost guide'), file: 'docs/cost-optimization.md' },
    { label: t('Troubleshooting guide'), file: 'docs/troubleshooting.md' },
    { label: t('Read me'), file: 'README.md' },
  ];
  return known
    .map(({ label, file }) => ({ label, file: path.join(extensionPath, file) }))
    .filter(({ file }) => existsSync(file))
    .map(({ label, file }) => ({
      label,
      icon: 'book',
      command: 'markdown.showPreview',
      arguments: [vscode.Uri.file(file)],
    }));
}
