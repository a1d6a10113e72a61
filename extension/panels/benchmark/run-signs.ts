import * as vscode from 'vscode';
import { type BenchmarkRun, progressShare } from '../../../runtime/contracts/benchmark-panel.ts';
import { formatPercent } from '../../../runtime/contracts/units.ts';
import { t } from '../../l10n.ts';
import { commands } from '../../manifest.ts';
import { progressText } from './progress-text.ts';

/** Shows that a run goes on: in the status bar always, in a notification while the panel is not seen. Both cancel it. */
export class RunSigns implements vscode.Disposable {
  readonly #item = vscode.window.createStatusBarItem('aos.benchmark', vscode.StatusBarAlignment.Left, 99);
  readonly #cancel: () => void;
  #notification: { report(message: string): void; close(): void } | undefined;

  constructor(cancel: () => void) {
    this.#cancel = cancel;
    this.#item.name = t('AOS benchmark');
    this.#item.command = commands.benchmarkStop;
    this.#item.tooltip = t('Cancel the benchmark');
  }

  /** @param seen whether the panel is */
  update(run: BenchmarkRun, seen: boolean): void {
    if (run.kind !== 'running') {
      this.#item.hide();
      this.#notification?.close();
      return;
    }
    this.#item.text = `$(sync~spin) ${t('AOS benchmark {0}', formatPercent(progressShare(run)))}`;
    this.#item.show();
    if (seen) this.#notification?.close();
    else {
      this.#notification ??= this.#notify();
      this.#notification.report(progressText(run));
    }
  }

  dispose(): void {
    this.#item.dispose();
    this.#notification?.close();
  }

  #notify() {
    const closed = Promise.withResolvers<void>();
    let show: ((message: string) => void) | undefined;
    let last = '';
    void vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title: t('Benchmark'), cancellable: true },
      (progress, token) => {
        show = (message) => progress.report({ message });
        show(last);
        token.onCancellationRequested(() => this.#cancel());
        return closed.promise;
      },
    );
    return {
      report: (message: string) => {
        last = message;
        show?.(message);
      },
      close: () => {
        this.#notification = undefined;
        closed.resolve();
      },
    };
  }
}
