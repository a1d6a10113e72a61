import * as vscode from 'vscode';
import type { Fix } from '../../../runtime/contracts/capacity.ts';
import { capacityPanelContract } from '../../../runtime/contracts/capacity-panel.ts';
import { isCancelled } from '../../client/runtime-error.ts';
import { t } from '../../l10n.ts';
import { commands, panels } from '../../manifest.ts';
import type { Studio } from '../../studio.ts';
import { type RpcHandlers, RpcServer } from '../rpc-server.ts';
import { webviewHtml, webviewRoot } from '../webview-html.ts';
import { type CapacityDesk, openDesk } from './capacity-desk.ts';
import { fixConfig } from './config-fix.ts';
import { enterPrice, pickCompared, pickPlan } from './plan-picks.ts';

type Handlers = RpcHandlers<typeof capacityPanelContract>;

/** One window has one planner panel; the plans outlive it. */
let panel: CapacityPanel | undefined;

export async function openCapacity(studio: Studio): Promise<void> {
  const desk = await openDesk(studio);
  if (panel) {
    panel.reveal();
    return;
  }
  const created = vscode.window.createWebviewPanel(panels.capacity, t('Capacity Planner'), vscode.ViewColumn.Active, {
    enableFindWidget: true,
    ...webviewOptions(studio),
  });
  panel = new CapacityPanel(studio, desk, created);
}

/** Takes over a panel that VS Code kept over a reload. */
export async function restoreCapacity(studio: Studio, restored: vscode.WebviewPanel): Promise<void> {
  restored.webview.options = webviewOptions(studio);
  const desk = await openDesk(studio);
  panel?.close();
  panel = new CapacityPanel(studio, desk, restored);
}

/** Whether a person sees what the panel says. */
export const isCapacityVisible = () => panel?.visible ?? false;

function webviewOptions(studio: Studio): vscode.WebviewOptions {
  return { enableScripts: true, localResourceRoots: [webviewRoot(studio.context.extensionUri)] };
}

/** What a person does here instead of typing the command. */
const inVsCode = { 'aos bench': commands.openBenchmark, 'aos load test-plan.yaml': commands.loadTestRun } as const;

class CapacityPanel {
  readonly #desk: CapacityDesk;
  readonly #panel: vscode.WebviewPanel;

  constructor(studio: Studio, desk: CapacityDesk, webviewPanel: vscode.WebviewPanel) {
    this.#desk = desk;
    this.#panel = webviewPanel;
    const { webview } = webviewPanel;
    const { extensionUri } = studio.context;
    const icon = (theme: string) => vscode.Uri.joinPath(extensionUri, 'media', `panel-${theme}.svg`);
    webviewPanel.iconPath = { light: icon('light'), dark: icon('dark') };
    const rpc = new RpcServer({
      contract: capacityPanelContract,
      webview,
      handlers: { ...this.#inputHandlers(), ...this.#planHandlers() },
      onError: (message, error) => studio.log.error('capacity', message, error),
    });
    const subscriptions = [
      rpc,
      desk.onState((state) => rpc.emit('state', state)),
      webviewPanel.onDidChangeViewState(() => webviewPanel.active && void desk.lookAgain()),
    ];
    webviewPanel.onDidDispose(() => {
      for (const subscription of subscriptions) subscription.dispose();
      if (panel === this) panel = undefined;
    });
    webview.html = webviewHtml({ webview, extensionUri, name: 'capacity', title: webviewPanel.title });
  }

  get visible(): boolean {
    return this.#panel.visible;
  }

  reveal(): void {
    this.#panel.reveal();
  }

  close(): void {
    this.#panel.dispose();
  }

  #inputHandlers() {
    const { session } = this.#desk;
    return {
      open: async () => {
        await this.#desk.lookForResults();
        return session.state;
      },
      setInput: ({ plan, key, value }) => {
        session.setInput(plan, key, value);
        return {};
      },
      reset: ({ plan, key }) => {
        session.reset(plan, key);
        return {};
      },
      applyFix: async ({ plan, check }) => {
        const fix = session.applyFix(plan, check);
        if (fix) await this.#asked(() => this.#apply(plan, fix));
        return {};
      },
      undo: async () => {
        await session.undo();
        return {};
      },
      dismissNotice: () => {
        session.tell(null);
        return {};
      },
    } satisfies Partial<Handlers>;
  }

  #planHandlers() {
    const { session } = this.#desk;
    const then = (work: () => void | Promise<void>) => async () => {
      await this.#asked(work);
      session.tell(null);
      return {};
    };
    return {
      choosePlan: then(() => pickPlan(session)),
      compare: then(() => pickCompared(session)),
      edit: ({ side }) => {
        session.plans.edit(side);
        session.refresh();
        return {};
      },
      keep: ({ plan }) => then(() => session.plans.show(plan))(),
      useBenchmark: async () => {
        await this.#desk.useBenchmark();
        return {};
      },
      refreshPrices: () => {
        void vscode.commands.executeCommand(commands.pricesRefresh);
        return {};
      },
      useForDeployment: async ({ plan }) => {
        await session.useForDeployment(plan);
        return {};
      },
    } satisfies Partial<Handlers>;
  }

  /** A question that a person left with Esc changes nothing. */
  async #asked(work: () => void | Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!isCancelled(error)) throw error;
    }
  }

  async #apply(plan: string, fix: Exclude<Fix, { kind: 'inputs' }>): Promise<void> {
    const { session, folder } = this.#desk;
    if (fix.kind === 'price') return enterPrice(session, plan);
    if (fix.kind === 'config' && folder !== undefined) {
      const revert = await fixConfig(folder, [...fix.path], fix.value);
      return session.did(t('aos.json: {0}.', fix.label), revert);
    }
    if (fix.kind === 'command') await vscode.commands.executeCommand(inVsCode[fix.command]);
  }
}
