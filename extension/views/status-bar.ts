import * as vscode from 'vscode';
import { t } from '../l10n.ts';
import { commands, settings } from '../manifest.ts';
import { onSettingChange, setting } from '../settings.ts';
import type { Studio } from '../studio.ts';
import { isConnected } from '../studio-state.ts';
import { type StatusBarFace, statusBarFace, statusBarFacts } from './status-bar-model.ts';
import { commandLink, markdownText } from './trusted-markdown.ts';

const CLICKS: Record<StatusBarFace['click'], string> = {
  start: commands.start,
  log: commands.showLog,
  ask: commands.openAsk,
};

/** The item at the left of the status bar: is it running, and how well. */
export class StatusBar implements vscode.Disposable {
  readonly #studio: Studio;
  readonly #item = vscode.window.createStatusBarItem('aos.runtime', vscode.StatusBarAlignment.Left, 100);
  readonly #subscriptions: vscode.Disposable;

  constructor(studio: Studio) {
    this.#studio = studio;
    this.#item.name = t('AOS runtime');
    const draw = () => this.#draw();
    this.#subscriptions = vscode.Disposable.from(
      this.#item,
      studio.onStateChange(draw),
      studio.onLiveChange(draw),
      studio.folder.onChange(draw),
      onSettingChange([settings.statusBarEnabled], draw),
    );
    draw();
  }

  get text(): string {
    return this.#item.text;
  }

  dispose(): void {
    this.#subscriptions.dispose();
  }

  #draw(): void {
    const face = statusBarFace(this.#studio.state, this.#studio.live);
    if (!face || !setting(settings.statusBarEnabled)) {
      this.#item.hide();
      return;
    }
    this.#item.text = face.text;
    this.#item.command = CLICKS[face.click];
    this.#item.tooltip = this.#tooltip(face);
    this.#item.accessibilityInformation = { label: face.label, role: 'button' };
    this.#item.backgroundColor = face.background && new vscode.ThemeColor(`statusBarItem.${face.background}Background`);
    this.#item.show();
  }

  #tooltip(face: StatusBarFace): vscode.MarkdownString | string {
    const { state, live } = this.#studio;
    if (state.kind === 'failed') return state.message;
    if (state.kind !== 'running') return face.label;
    const text = new vscode.MarkdownString(undefined, true);
    text.isTrusted = { enabledCommands: [commands.openAsk, commands.restart, commands.stop, commands.useLocal] };
    const name = isConnected(state) ? state.deployed.name : state.ready.name;
    text.appendMarkdown(`**${t('AOS runtime')}** · ${markdownText(name)}\n\n| | |\n|:--|:--|\n`);
    for (const { icon, name, value } of statusBarFacts(live))
      text.appendMarkdown(`| $(${icon}) ${name} | ${markdownText(value)} |\n`);
    const links = [
      commandLink(`$(comment-discussion) ${t('Ask')}`, commands.openAsk),
      ...(isConnected(state)
        ? [commandLink(`$(vm) ${t('Use the Local Runtime')}`, commands.useLocal)]
        : [
            commandLink(`$(debug-restart) ${t('Restart')}`, commands.restart),
            commandLink(`$(debug-stop) ${t('Stop')}`, commands.stop),
          ]),
    ];
    text.appendMarkdown(`\n${links.join(' · ')}`);
    return text;
  }
}
