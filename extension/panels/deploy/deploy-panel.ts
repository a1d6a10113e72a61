import * as vscode from 'vscode';
import { type DeployAction, deployPanelContract } from '../../../runtime/contracts/deploy-panel.ts';
import { isCancelled } from '../../client/runtime-error.ts';
import { type WindowDeployment, windowDeployment } from '../../deploy/window-deployment.ts';
import { t } from '../../l10n.ts';
import { commands, panels } from '../../manifest.ts';
import type { Studio } from '../../studio.ts';
import { type RpcHandlers, RpcServer } from '../rpc-server.ts';
import { webviewHtml, webviewRoot } from '../webview-html.ts';
import { actionsOf } from './deploy-actions.ts';

/** One window has one panel; the deployment outlives it. */
let panel: DeployPanel | undefined;

export function showDeployment(studio: Studio): void {
  if (panel) {
    panel.reveal();
    return;
  }
  const created = vscode.window.createWebviewPanel(panels.deploy, t('Deploy to Azure'), vscode.ViewColumn.Active, {
    enableFindWidget: true,
    ...webviewOptions(studio),
  });
  panel = new DeployPanel(studio, created);
}

/** Takes over a panel that VS Code kept over a reload. */
export function restoreDeployment(studio: Studio, restored: vscode.WebviewPanel): void {
  restored.webview.options = webviewOptions(studio);
  panel?.close();
  panel = new DeployPanel(studio, restored);
}

function webviewOptions(studio: Studio): vscode.WebviewOptions {
  return { enableScripts: true, localResourceRoots: [webviewRoot(studio.context.extensionUri)] };
}

class DeployPanel {
  readonly #studio: Studio;
  readonly #panel: vscode.WebviewPanel;
  readonly #deployment: WindowDeployment;
  readonly #actions: Record<DeployAction, () => unknown>;

  constructor(studio: Studio, webviewPanel: vscode.WebviewPanel) {
    this.#studio = studio;
    this.#panel = webviewPanel;
    this.#deployment = windowDeployment(studio);
    this.#actions = actionsOf(this.#deployment, () => this.close());
    const { webview } = webviewPanel;
    const { extensionUri } = studio.context;
    const icon = (theme: string) => vscode.Uri.joinPath(extensionUri, 'media', `panel-${theme}.svg`);
    webviewPanel.iconPath = { light: icon('light'), dark: icon('dark') };
    const rpc = new RpcServer({
      contract: deployPanelContract,
      webview,
      handlers: this.#handlers(),
      onError: (message, error) => studio.log.error('deploy', message, error),
    });
    this.#deployment.isSeen = () => webviewPanel.visible;
    const subscriptions = [rpc, this.#deployment.onState((state) => rpc.emit('state', state))];
    webviewPanel.onDidDispose(() => {
      for (const subscription of subscriptions) subscription.dispose();
      if (panel !== this) return;
      panel = undefined;
      this.#deployment.isSeen = () => false;
    });
    webview.html = webviewHtml({ webview, extensionUri, name: 'deploy', title: webviewPanel.title });
  }

  reveal(): void {
    this.#panel.reveal();
  }

  close(): void {
    this.#panel.dispose();
  }

  #handlers(): RpcHandlers<typeof deployPanelContract> {
    const { session } = this.#deployment;
    return {
      open: () => session.state,
      deploy: ({ confirmed }) =>
        this.#begin(async () => {
          await this.#deployment.confirmCost();
          await session.deploy(confirmed);
        }),
      act: ({ action }) => this.#begin(() => this.#actions[action]()),
      copy: async ({ text }) => {
        await vscode.env.clipboard.writeText(text);
        return {};
      },
      openLink: async ({ url }) => {
        await vscode.env.openExternal(vscode.Uri.parse(url, true));
        return {};
      },
    };
  }

  /** The webview does not wait for what takes minutes: it hears of it by its state, and a failure is told like that of a command. */
  #begin(act: () => unknown): Record<string, never> {
    Promise.resolve()
      .then(act)
      .catch((error: unknown) => {
        if (isCancelled(error)) return;
        this.#studio.log.error('deploy', 'An action of the panel failed.', error);
        const message = error instanceof Error ? error.message : String(error);
        void vscode.window.showErrorMessage(message, t('Show Log')).then((chosen) => {
          if (chosen) void vscode.commands.executeCommand(commands.showLog);
        });
      });
    return {};
  }
}
