import path from 'node:path';
import * as vscode from 'vscode';
import { type AskOptions, askPanelContract, type Exchange } from '../../../runtime/contracts/ask-panel.ts';
import { t } from '../../l10n.ts';
import { commands, panels, settings } from '../../manifest.ts';
import { onSettingChange, setting } from '../../settings.ts';
import type { Studio } from '../../studio.ts';
import { RpcServer } from '../rpc-server.ts';
import { webviewHtml, webviewRoot } from '../webview-html.ts';
import { toJson, toMarkdown } from './ask-export.ts';
import { AskHistory } from './ask-history.ts';
import { askRuntime } from './ask-runtime.ts';
import { AskSession } from './ask-session.ts';

/** One window has one Ask panel; its exchanges outlive it. */
let panel: AskPanel | undefined;
let session: Promise<AskSession> | undefined;

/** Shows the panel, with an agent chosen if one is given. */
export async function openAsk(studio: Studio, agentId: unknown): Promise<void> {
  const chosen = typeof agentId === 'string' ? agentId : null;
  // First: nothing may be awaited between looking for the panel and making it, or two calls make two.
  const opened = await openSession(studio);
  if (panel) {
    panel.reveal(chosen);
    return;
  }
  const created = vscode.window.createWebviewPanel(panels.ask, t('Ask an agent'), vscode.ViewColumn.Active, {
    enableFindWidget: true,
    ...webviewOptions(studio),
  });
  panel = new AskPanel(studio, created, opened, chosen);
}

/** Takes over a panel that VS Code kept over a reload. */
export async function restoreAsk(studio: Studio, restored: vscode.WebviewPanel): Promise<void> {
  restored.webview.options = webviewOptions(studio);
  const opened = await openSession(studio);
  panel?.close();
  panel = new AskPanel(studio, restored, opened, null);
}

function webviewOptions(studio: Studio): vscode.WebviewOptions {
  return { enableScripts: true, localResourceRoots: [webviewRoot(studio.context.extensionUri)] };
}

function openSession(studio: Studio): Promise<AskSession> {
  session ??= createSession(studio);
  return session;
}

async function createSession(studio: Studio): Promise<AskSession> {
  const { storageUri } = studio.context;
  const history = new AskHistory({
    file: storageUri && path.join(storageUri.fsPath, 'ask-history.json'),
    onError: (message, error) => studio.log.error('ask', message, error),
  });
  const created = new AskSession({
    history,
    client: () => studio.client(),
    agent: (id) => runtimeOf(studio).agents.find((agent) => agent.id === id),
    engine: () => studio.live.status?.engine ?? 'simulated',
    limits: () => ({
      deadlineMs: setting(settings.askDeadlineSeconds) * 1000,
      retriesWhenBusy: setting(settings.askRetriesWhenBusy),
      historyLimit: setting(settings.askHistoryLimit),
    }),
    onExchange: (exchange) => panel?.rpc.emit('exchange', exchange),
    onToken: (token) => panel?.rpc.emit('token', token),
    onRemoved: (ids) => panel?.rpc.emit('removed', { ids }),
  });
  await created.load();
  studio.context.subscriptions.push({ dispose: () => void created.dispose() });
  return created;
}

function runtimeOf(studio: Studio) {
  return askRuntime(studio.state, studio.live, studio.stoppedAt);
}

function defaults(): AskOptions {
  return {
    useCache: setting(settings.askUseCache),
    maxTokens: setting(settings.askMaxTokens),
    temperature: setting(settings.askTemperature),
  };
}

class AskPanel {
  readonly rpc: RpcServer<typeof askPanelContract>;
  readonly #studio: Studio;
  readonly #panel: vscode.WebviewPanel;
  readonly #session: AskSession;
  /** Chosen by a command, and not yet told to a webview. */
  #agentId: string | null;

  constructor(studio: Studio, webviewPanel: vscode.WebviewPanel, asks: AskSession, agentId: string | null) {
    this.#studio = studio;
    this.#panel = webviewPanel;
    this.#session = asks;
    this.#agentId = agentId;
    const { webview } = webviewPanel;
    const { extensionUri } = studio.context;
    webviewPanel.iconPath = {
      light: vscode.Uri.joinPath(extensionUri, 'media', 'panel-light.svg'),
      dark: vscode.Uri.joinPath(extensionUri, 'media', 'panel-dark.svg'),
    };
    if (agentId !== null) this.#setTitle(agentId);
    this.rpc = new RpcServer({
      contract: askPanelContract,
      webview,
      handlers: this.#handlers(),
      onError: (message, error) => studio.log.error('ask', message, error),
    });
    const emitRuntime = () => this.rpc.emit('runtime', runtimeOf(studio));
    const subscriptions = [
      this.rpc,
      studio.onStateChange(emitRuntime),
      studio.onLiveChange(emitRuntime),
      onSettingChange([settings.askUseCache, settings.askMaxTokens, settings.askTemperature], () =>
        this.rpc.emit('defaults', defaults()),
      ),
    ];
    webviewPanel.onDidDispose(() => {
      for (const subscription of subscriptions) subscription.dispose();
      if (panel === this) panel = undefined;
    });
    webview.html = webviewHtml({ webview, extensionUri, name: 'ask', title: webviewPanel.title });
  }

  reveal(agentId: string | null): void {
    this.#panel.reveal();
    if (agentId === null) return;
    // A webview that is drawn hears the event; one that was hidden gets it with its `open`.
    this.#agentId = agentId;
    this.rpc.emit('select', { agentId });
    this.#setTitle(agentId);
  }

  close(): void {
    this.#panel.dispose();
  }

  #setTitle(agentId: string): void {
    // A three-letter title is drawn without its icon, so the tab names the agent.
    this.#panel.title = t('Ask {0}', agentId);
  }

  #handlers(): ConstructorParameters<typeof RpcServer<typeof askPanelContract>>[0]['handlers'] {
    const run =
      (command: string, ...args: unknown[]) =>
      () => {
        void vscode.commands.executeCommand(command, ...args);
        return {};
      };
    return {
      open: () => ({
        runtime: runtimeOf(this.#studio),
        exchanges: this.#session.exchanges,
        defaults: defaults(),
        agentId: this.#agentId,
      }),
      ask: ({ agentId, prompt, options }) => ({ id: this.#session.ask(agentId, prompt, options) }),
      stop: ({ id }) => {
        this.#session.stop(id);
        return {};
      },
      copy: async ({ id }) => {
        const exchange = this.#session.get(id);
        if (exchange) await vscode.env.clipboard.writeText(textOf(exchange));
        return {};
      },
      clear: async () => {
        await this.#clear();
        return {};
      },
      export: async () => {
        await this.#export();
        return {};
      },
      startRuntime: run(commands.start),
      showLog: run(commands.showLog),
      openConfig: run(commands.openConfig),
      openSetting: ({ key }) => run('workbench.action.openSettings', key)(),
      selected: ({ agentId }) => {
        this.#agentId = agentId;
        this.#setTitle(agentId);
        return {};
      },
    };
  }

  async #clear(): Promise<void> {
    const count = this.#session.exchanges.length;
    if (count === 0) return;
    const message = count === 1 ? t('Delete this exchange?') : t('Delete these {0} exchanges?', count);
    const detail = t('They are kept in this workspace only. Answers in the response cache stay.');
    const chosen = await vscode.window.showWarningMessage(message, { modal: true, detail }, t('Delete'));
    if (chosen !== undefined) await this.#session.clear();
  }

  async #export(): Promise<void> {
    const folder = this.#studio.folder.workspace.folder;
    const name = folder ? path.basename(folder) : 'aos';
    const target = await vscode.window.showSaveDialog({
      title: t('Export the Exchanges'),
      filters: { Markdown: ['md'], JSON: ['json'] },
      ...(folder ? { defaultUri: vscode.Uri.file(path.join(folder, `${name}-ask.md`)) } : {}),
    });
    if (!target) return;
    const { exchanges } = this.#session;
    const text = target.path.endsWith('.json') ? toJson(exchanges) : toMarkdown(exchanges, t('Asked in {0}', name));
    await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(text));
    await vscode.window.showTextDocument(target);
  }
}

function textOf({ progress }: Exchange): string {
  if (progress.kind === 'done') return progress.result.response;
  return progress.kind === 'waiting' ? '' : progress.text;
}
