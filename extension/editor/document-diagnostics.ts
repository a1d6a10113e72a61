import { stat } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { t } from '../l10n.ts';

const DELAY_MS = 300;

/** Shows what is wrong with an open aos.json while it is typed: the same checks that the runtime makes. */
export class ConfigDiagnostics implements vscode.Disposable {
  readonly #collection = vscode.languages.createDiagnosticCollection('aos');
  readonly #subscriptions: vscode.Disposable;
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor() {
    this.#subscriptions = vscode.Disposable.from(
      this.#collection,
      vscode.workspace.onDidOpenTextDocument((document) => this.#schedule(document, 0)),
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.#schedule(document, DELAY_MS)),
      vscode.workspace.onDidCloseTextDocument((document) => this.#forget(document)),
    );
    for (const document of vscode.workspace.textDocuments) this.#schedule(document, 0);
  }

  dispose(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#subscriptions.dispose();
  }

  #schedule(document: vscode.TextDocument, delayMs: number): void {
    if (!isConfig(document)) return;
    const key = document.uri.toString();
    clearTimeout(this.#timers.get(key));
    this.#timers.set(
      key,
      setTimeout(() => void this.#check(document), delayMs),
    );
  }

  async #check(document: vscode.TextDocument): Promise<void> {
    const { version } = document;
    const { configDiagnostics } = await import('./config-issues.ts');
    const issues = await configDiagnostics(document.getText(), path.dirname(document.uri.fsPath), fileExists);
    if (document.isClosed || document.version !== version) return;
    this.#collection.set(
      document.uri,
      issues.map(({ offset, length, message, severity }) => {
        const range = new vscode.Range(document.positionAt(offset), document.positionAt(offset + length));
        const level = severity === 'error' ? vscode.DiagnosticSeverity.Error : vscode.DiagnosticSeverity.Warning;
        const diagnostic = new vscode.Diagnostic(range, message, level);
        diagnostic.source = t('AOS');
        return diagnostic;
      }),
    );
  }

  #forget(document: vscode.TextDocument): void {
    if (!isConfig(document)) return;
    clearTimeout(this.#timers.get(document.uri.toString()));
    this.#collection.delete(document.uri);
  }
}

function isConfig(document: vscode.TextDocument): boolean {
  return document.uri.scheme === 'file' && path.basename(document.uri.fsPath) === 'aos.json';
}

function fileExists(file: string): Promise<boolean> {
  return stat(file).then(
    (entry) => entry.isFile(),
    () => false,
  );
}
