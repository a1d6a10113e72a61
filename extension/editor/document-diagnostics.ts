import * as vscode from 'vscode';
import { t } from '../l10n.ts';

/** One squiggle. */
export interface EditorIssue {
  /** Offsets into the text. */
  offset: number;
  length: number;
  message: string;
  severity: 'error' | 'warning';
}

export interface DocumentCheck {
  applies(document: vscode.TextDocument): boolean;
  issues(document: vscode.TextDocument): Promise<EditorIssue[]>;
}

const DELAY_MS = 300;

/** Shows what is wrong with open documents while they are typed. */
export class DocumentDiagnostics implements vscode.Disposable {
  readonly #checks: readonly DocumentCheck[];
  readonly #collection = vscode.languages.createDiagnosticCollection('aos');
  readonly #subscriptions: vscode.Disposable;
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(checks: readonly DocumentCheck[]) {
    this.#checks = checks;
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
    const check = this.#checks.find((one) => document.uri.scheme === 'file' && one.applies(document));
    if (!check) return;
    const key = document.uri.toString();
    clearTimeout(this.#timers.get(key));
    this.#timers.set(
      key,
      setTimeout(() => void this.#run(check, document), delayMs),
    );
  }

  async #run(check: DocumentCheck, document: vscode.TextDocument): Promise<void> {
    const { version } = document;
    const issues = await check.issues(document);
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

  #forget({ uri }: vscode.TextDocument): void {
    clearTimeout(this.#timers.get(uri.toString()));
    this.#timers.delete(uri.toString());
    this.#collection.delete(uri);
  }
}
