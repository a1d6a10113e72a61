import * as vscode from 'vscode';
import { t } from './l10n.ts';

/** The same cause is told at most once in this time. */
const QUIET_MS = 10 * 60_000;

export interface Notice {
  /** What it is about; notices of one cause are merged. */
  cause: string;
  message: string;
  /** Label of a button, and what it does. */
  actions?: Record<string, () => unknown>;
}

/** Notifications that do not repeat themselves. */
export class Notifications {
  readonly #memory: vscode.Memento;
  readonly #told = new Map<string, number>();

  constructor(memory: vscode.Memento) {
    this.#memory = memory;
  }

  /** With "Don't Show Again". */
  info(notice: Notice): void {
    const hidden = `aos.hidden.${notice.cause}`;
    if (this.#memory.get(hidden)) return;
    const actions = { ...notice.actions, [t("Don't Show Again")]: () => this.#memory.update(hidden, true) };
    this.#show({ ...notice, actions }, vscode.window.showInformationMessage);
  }

  warn(notice: Notice): void {
    this.#show(notice, vscode.window.showWarningMessage);
  }

  error(notice: Notice): void {
    this.#show(notice, vscode.window.showErrorMessage);
  }

  /** What starts with `prefix` may be told again: a person has just asked for it anew. */
  forget(prefix: string): void {
    for (const cause of this.#told.keys()) if (cause.startsWith(prefix)) this.#told.delete(cause);
  }

  #show(notice: Notice, show: (message: string, ...items: string[]) => Thenable<string | undefined>): void {
    const now = Date.now();
    if (now - (this.#told.get(notice.cause) ?? Number.NEGATIVE_INFINITY) < QUIET_MS) return;
    this.#told.set(notice.cause, now);
    const actions = notice.actions ?? {};
    void show(notice.message, ...Object.keys(actions)).then((chosen) => chosen !== undefined && actions[chosen]?.());
  }
}
