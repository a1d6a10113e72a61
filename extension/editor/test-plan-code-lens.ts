import * as vscode from 'vscode';
import { t } from '../l10n.ts';
import { commands, settings } from '../manifest.ts';
import { onSettingChange, setting } from '../settings.ts';
import type { Studio } from '../studio.ts';

/** Run Load Test · Export above a test plan; the first while the runtime runs. */
export class TestPlanCodeLens implements vscode.CodeLensProvider, vscode.Disposable {
  readonly #studio: Studio;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #subscriptions: vscode.Disposable;

  readonly onDidChangeCodeLenses = this.#changed.event;

  constructor(studio: Studio) {
    this.#studio = studio;
    const plans = { scheme: 'file', pattern: '**/*test{-,}plan*.{yaml,yml}' };
    this.#subscriptions = vscode.Disposable.from(
      this.#changed,
      vscode.languages.registerCodeLensProvider(plans, this),
      studio.onStateChange(() => this.#changed.fire()),
      onSettingChange([settings.codeLensEnabled], () => this.#changed.fire()),
    );
  }

  provideCodeLenses({ uri }: vscode.TextDocument): vscode.CodeLens[] {
    if (!setting(settings.codeLensEnabled)) return [];
    const top = new vscode.Range(0, 0, 0, 0);
    const lens = (title: string, command: string) => new vscode.CodeLens(top, { title, command, arguments: [uri] });
    const running = this.#studio.state.kind === 'running';
    return [
      ...(running ? [lens(t('Run Load Test'), commands.loadTestRun)] : []),
      lens(t('Export for Azure Load Testing…'), commands.loadTestExport),
    ];
  }

  dispose(): void {
    this.#subscriptions.dispose();
  }
}
