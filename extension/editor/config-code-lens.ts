import * as vscode from 'vscode';
import { t } from '../l10n.ts';
import { commands, settings } from '../manifest.ts';
import { onSettingChange, setting } from '../settings.ts';
import type { Studio } from '../studio.ts';

/** Ask · Send Event · Benchmark · Go to Handler above each agent of aos.json; the last one always, the others while the runtime runs. */
export class ConfigCodeLens implements vscode.CodeLensProvider, vscode.Disposable {
  readonly #studio: Studio;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #subscriptions: vscode.Disposable;

  readonly onDidChangeCodeLenses = this.#changed.event;

  constructor(studio: Studio) {
    this.#studio = studio;
    this.#subscriptions = vscode.Disposable.from(
      this.#changed,
      vscode.languages.registerCodeLensProvider({ scheme: 'file', pattern: '**/aos.json' }, this),
      studio.onStateChange(() => this.#changed.fire()),
      onSettingChange([settings.codeLensEnabled], () => this.#changed.fire()),
    );
  }

  async provideCodeLenses(document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
    if (!setting(settings.codeLensEnabled)) return [];
    const { agentsIn } = await import('./config-places.ts');
    const running = this.#studio.state.kind === 'running';
    return agentsIn(document.getText()).flatMap(({ id, offset, handler }) => {
      const at = document.positionAt(offset);
      const lens = (title: string, command: string) =>
        new vscode.CodeLens(new vscode.Range(at, at), { title, command, arguments: [id] });
      return [
        ...(running
          ? [
              lens(t('Ask'), commands.agentAsk),
              lens(t('Send Event'), commands.agentSendEvent),
              lens(t('Benchmark'), commands.agentBenchmark),
            ]
          : []),
        ...(handler === undefined ? [] : [lens(t('Go to Handler'), commands.agentGoToHandler)]),
      ];
    });
  }

  dispose(): void {
    this.#subscriptions.dispose();
  }
}
