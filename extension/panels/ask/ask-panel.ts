import path from 'node:path';
import * as vscode from 'vscode';
import {
  type AskChoice,
  type AskOptions,
  askPanelContract,
  type ComparisonColumn,
  type Exchange,
} from '../../../runtime/contracts/ask-panel.ts';
import { messageOf } from '../../client/runtime-error.ts';
import { t } from '../../l10n.ts';
import { commands, panels, settings } from '../../manifest.ts';
import { onSettingChange, setting } from '../../settings.ts';
import type { Studio } from '../../studio.ts';
import { type RpcHandlers, RpcServer } from '../rpc-server.ts';
import { webviewHtml, webviewRoot } from '../webview-html.ts';
import { toJson, toMarkdown } from './ask-export.ts';
import { askRuntime } from './ask-runtime.ts';
import { type AskSessions, createSessions } from './ask-sessions.ts';
import { useAdapter } from './use-adapter.ts';

/** An agent to ask, or adapters to compare; null: the base model. */
export type AskTarget = { agentId: string } | { adapters: readonly (string | null)[] };

/** One window has one Ask panel; what was asked outlives it. */
let panel: AskPanel | undefined;
let sessions: Promise<AskSessions> | undefined;

/** Shows the panel, with an agent or adapters chosen if they are given. */
export async function openAsk(studio: Studio, target?: AskTarget): Promise<void> {
  const choice = choiceOf(target);
  // First: nothing may be awaited between looking for the panel and making it, or two calls make two.
  const opened = await openSessions(studio);
  if (panel) {
    panel.reveal(choice);
    return;
  }
  const created = vscode.window.createWebviewPanel(panels.ask, t('Ask an agent'), vscode.ViewColumn.Active, {
    enableFindWidget: true,
    ...webviewOptions(studio),
  });
  panel = new AskPanel(studio, created, opened, choice);
}

/** Takes over a panel that VS Code kept over a reload. */
export async function restoreAsk(studio: Studio, restored: vscode.WebviewPanel): Promise<void> {
  restored.webview.options = webviewOptions(studio);
  const opened = await openSessions(studio);
  panel?.close();
  panel = new AskPanel(studio, restored, opened, choiceOf());
}

function choiceOf(target?: AskTarget): AskChoice {
  return {
    agentId: target && 'agentId' in target ? target.agentId : null,
    adapters: target && 'adapters' in target ? [...target.adapters] : null,
  };
}

function webviewOptions(studio: Studio): vscode.WebviewOptions {
  return { enableScripts: true, localResourceRoots: [webviewRoot(studio.context.extensionUri)] };
}

function openSessions(studio: Studio): Promise<AskSessions> {
  sessions ??= createSessions(studio, {
    onExchange: (exchange) => panel?.rpc.emit('exchange', exchange),
    onToken: (token) => panel?.rpc.emit('token', token),
    onComparison: (comparison) => panel?.rpc.emit('comparison', comparison),
    onRemoved: (ids) => panel?.rpc.emit('removed', { ids }),
  });
  return sessions;
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
  readonly #sessions: AskSessions;
  /** Made by a command, and not yet told to a webview. */
  #choice: AskChoice;

  constructor(studio: Studio, webviewPanel: vscode.WebviewPanel, opened: AskSessions, choice: AskChoice) {
    this.#studio = studio;
    this.#panel = webviewPanel;
    this.#sessions = opened;
    this.#choice = choice;
    const { webview } = webviewPanel;
    const { extensionUri } = studio.context;
    webviewPanel.iconPath = {
      light: vscode.Uri.joinPath(extensionUri, 'media', 'panel-light.svg'),
      dark: vscode.Uri.joinPath(extensionUri, 'media', 'panel-dark.svg'),
    };
    this.#setTitle(choice);
    this.rpc = new RpcServer({
      contract: askPanelContract,
      webview,
      handlers: { ...this.#askHandlers(), ...this.#historyHandlers(), ...this.#commandHandlers() },
      onError: (message, error) => studio.log.error('ask', message, error),
    });
    const emitRuntime = () => this.rpc.emit('runtime', askRuntime(studio));
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

  reveal(choice: AskChoice): void {
    this.#panel.reveal();
    if (choice.agentId === null && choice.adapters === null) return;
    // A webview that is drawn hears the event; one that was hidden gets it with its `open`.
    this.#choice = choice;
    this.rpc.emit('select', choice);
    this.#setTitle(choice);
  }

  close(): void {
    this.#panel.dispose();
  }

  /** A three-letter title is drawn without its icon, so the tab says more. */
  #setTitle({ agentId, adapters }: AskChoice): void {
    if (adapters !== null) this.#panel.title = t('Ask: {0} adapters', adapters.length);
    else if (agentId !== null) this.#panel.title = t('Ask {0}', agentId);
  }

  #askHandlers() {
    const { asks, comparisons } = this.#sessions;
    return {
      open: () => ({
        runtime: askRuntime(this.#studio),
        exchanges: asks.exchanges,
        comparisons: comparisons.comparisons,
        defaults: defaults(),
        choice: this.#choice,
      }),
      ask: ({ agentId, prompt, options }) => ({ id: asks.ask(agentId, prompt, options) }),
      compare: ({ agentId, adapters, prompt, options }) => {
        const current = agentId === null ? undefined : this.#studio.live.agents.get(agentId)?.adapter;
        return { id: comparisons.compare({ prompt, adapters, agentId, current, options }) };
      },
      stop: ({ id }) => {
        asks.stop(id);
        comparisons.stop(id);
        return {};
      },
      selected: (choice) => {
        this.#choice = choice;
        this.#setTitle(choice);
        return {};
      },
    } satisfies Partial<Handlers>;
  }

  #historyHandlers() {
    const { asks, comparisons } = this.#sessions;
    return {
      copy: async ({ id }) => {
        await copy(answerOf(asks.get(id)));
        return {};
      },
      copyColumn: async ({ id, adapter }) => {
        await copy(answerOfColumn(comparisons.column(id, adapter)));
        return {};
      },
      closeColumn: ({ id, adapter }) => {
        comparisons.closeColumn(id, adapter);
        return {};
      },
      useAdapter: async ({ id, adapter }) => {
        const agentId = comparisons.get(id)?.agentId;
        const { folder } = this.#studio.folder.workspace;
        if (agentId && adapter !== null && folder) await useAdapter(folder, agentId, adapter);
        return {};
      },
      forgetEntry: async ({ id }) => {
        try {
          await asks.forgetEntry(id);
        } catch (error) {
          void vscode.window.showErrorMessage(t('The entry was not forgotten: {0}', messageOf(error)));
        }
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
    } satisfies Partial<Handlers>;
  }

  #commandHandlers() {
    const run =
      (command: string, ...args: unknown[]) =>
      () => {
        void vscode.commands.executeCommand(command, ...args);
        return {};
      };
    return {
      startRuntime: run(commands.start),
      showLog: run(commands.showLog),
      showTrace: ({ traceId }) => run(commands.tracesOpen, traceId)(),
      openConfig: run(commands.openConfig),
      resetBreaker: run(commands.breakerReset),
      openSetting: ({ key }) => run('workbench.action.openSettings', key)(),
    } satisfies Partial<Handlers>;
  }

  async #clear(): Promise<void> {
    const { asks, comparisons } = this.#sessions;
    const count = asks.exchanges.length + comparisons.comparisons.length;
    if (count === 0) return;
    const message = count === 1 ? t('Delete this exchange?') : t('Delete these {0} exchanges?', count);
    const detail = t('They are kept in this workspace only. Answers in the response cache stay.');
    const chosen = await vscode.window.showWarningMessage(message, { modal: true, detail }, t('Delete'));
    if (chosen !== undefined) await Promise.all([asks.clear(), comparisons.clear()]);
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
    const { exchanges } = this.#sessions.asks;
    const { comparisons } = this.#sessions.comparisons;
    const text = target.path.endsWith('.json')
      ? toJson(exchanges, comparisons)
      : toMarkdown(exchanges, comparisons, t('Asked in {0}', name));
    await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(text));
    await vscode.window.showTextDocument(target);
  }
}

type Handlers = RpcHandlers<typeof askPanelContract>;

async function copy(text: string): Promise<void> {
  if (text !== '') await vscode.env.clipboard.writeText(text);
}

function answerOf(exchange: Exchange | undefined): string {
  const progress = exchange?.progress;
  if (progress?.kind === 'done') return progress.result.response;
  return progress && progress.kind !== 'waiting' ? progress.text : '';
}

function answerOfColumn(column: ComparisonColumn | undefined): string {
  return column?.progress.kind === 'done' ? (column.progress.answer.response ?? '') : '';
}
