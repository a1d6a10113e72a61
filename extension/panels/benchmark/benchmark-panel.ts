import { setTimeout as pause } from 'node:timers/promises';
import * as vscode from 'vscode';
import { type BenchmarkWish, benchmarkPanelContract } from '../../../runtime/contracts/benchmark-panel.ts';
import { Cancelled } from '../../commands/register.ts';
import { openTraces } from '../../commands/traces.ts';
import { t } from '../../l10n.ts';
import { commands, panels, settings } from '../../manifest.ts';
import { setting } from '../../settings.ts';
import type { Studio } from '../../studio.ts';
import { type RpcHandlers, RpcServer } from '../rpc-server.ts';
import { webviewHtml, webviewRoot } from '../webview-html.ts';
import { exportRun, showRowMenu } from './run-menu.ts';
import { noTracesOf, tracesOf, tracesOfRun } from './run-traces.ts';
import { type WindowBenchmark, windowBenchmark } from './window-benchmark.ts';

const NO_WISH: BenchmarkWish = { tab: null, scenario: null, agentId: null, compare: null };

/** One window has one Benchmark panel; the run and its results outlive it. */
let panel: BenchmarkPanel | undefined;

/** Shows the panel, with what a command wants to see in it. */
export function openBenchmark(studio: Studio, wish: Partial<BenchmarkWish> = {}): void {
  const whole = { ...NO_WISH, ...wish };
  if (panel) {
    panel.reveal(whole);
    return;
  }
  const created = vscode.window.createWebviewPanel(panels.benchmark, t('Benchmark'), vscode.ViewColumn.Active, {
    enableFindWidget: true,
    ...webviewOptions(studio),
  });
  panel = new BenchmarkPanel(studio, created, whole);
}

/** Takes over a panel that VS Code kept over a reload. */
export function restoreBenchmark(studio: Studio, restored: vscode.WebviewPanel): void {
  restored.webview.options = webviewOptions(studio);
  panel?.close();
  panel = new BenchmarkPanel(studio, restored, NO_WISH);
}

function webviewOptions(studio: Studio): vscode.WebviewOptions {
  return { enableScripts: true, localResourceRoots: [webviewRoot(studio.context.extensionUri)] };
}

type Handlers = RpcHandlers<typeof benchmarkPanelContract>;

class BenchmarkPanel {
  readonly rpc: RpcServer<typeof benchmarkPanelContract>;
  readonly #studio: Studio;
  readonly #panel: vscode.WebviewPanel;
  readonly #benchmark: WindowBenchmark;
  /** Made by a command, and not yet told to a webview. */
  #wish: BenchmarkWish;

  constructor(studio: Studio, webviewPanel: vscode.WebviewPanel, wish: BenchmarkWish) {
    this.#studio = studio;
    this.#panel = webviewPanel;
    this.#benchmark = windowBenchmark(studio);
    this.#wish = wish;
    const { webview } = webviewPanel;
    const { extensionUri } = studio.context;
    webviewPanel.iconPath = {
      light: vscode.Uri.joinPath(extensionUri, 'media', 'panel-light.svg'),
      dark: vscode.Uri.joinPath(extensionUri, 'media', 'panel-dark.svg'),
    };
    this.rpc = new RpcServer({
      contract: benchmarkPanelContract,
      webview,
      handlers: {
        ...this.#runHandlers(),
        ...this.#historyHandlers(),
        ...this.#traceHandlers(),
        ...this.#commandHandlers(),
      },
      onError: (message, error) => studio.log.error('benchmark', message, error),
    });
    this.#lookOn();
    const visibility = webviewPanel.onDidChangeViewState(() => this.#benchmark.updateSigns());
    webviewPanel.onDidDispose(() => {
      visibility.dispose();
      this.rpc.dispose();
      if (panel !== this) return;
      panel = undefined;
      this.#benchmark.show(undefined);
    });
    webview.html = webviewHtml({ webview, extensionUri, name: 'benchmark', title: webviewPanel.title });
  }

  reveal(wish: BenchmarkWish): void {
    this.#panel.reveal();
    // A webview that is drawn hears the event; one that was hidden gets it with its `open`.
    this.#wish = wish;
    this.rpc.emit('wish', wish);
  }

  close(): void {
    this.#panel.dispose();
  }

  #lookOn(): void {
    const { rpc } = this;
    const shown = this.#panel;
    const { target } = this.#benchmark;
    this.#benchmark.show({
      get visible() {
        return shown.visible;
      },
      onTarget: () => rpc.emit('target', target.view),
      onRun: (run) => rpc.emit('run', run),
      onProgress: (progress) => rpc.emit('progress', progress),
      onShown: (result) => rpc.emit('shown', { result }),
      onHistory: (history) => rpc.emit('history', history),
    });
  }

  async #open(shownId: string | null) {
    const { session, target, loads, config } = this.#benchmark;
    if (session.history.runs === null) await session.refresh();
    // What a webview showed before a reload of the window; it may have been deleted meanwhile.
    const kept = session.history.runs?.some(({ id }) => id === shownId);
    if (session.shown === null && shownId !== null && kept) await session.show(shownId);
    const wish = this.#wish;
    this.#wish = NO_WISH;
    const { run, shown, history } = session;
    return { target: target.view, run, shown, history, loads, mode: setting(settings.benchmarkLoad), config, wish };
  }

  #runHandlers() {
    const benchmark = this.#benchmark;
    const { session } = benchmark;
    return {
      open: ({ shownId }) => this.#open(shownId),
      run: (plan) => quietly(() => benchmark.run(plan)),
      cancel: () => quietly(() => session.cancel()),
      keep: () => quietly(() => session.keep()),
      configured: (config) => {
        benchmark.config = config;
        return {};
      },
      pickTarget: () => quietly(() => benchmark.pickTarget()),
    } satisfies Partial<Handlers>;
  }

  #historyHandlers() {
    const { session } = this.#benchmark;
    return {
      show: ({ id }) => quietly(() => session.show(id)),
      compare: ({ before, after }) => session.compare(before, after),
      annotate: ({ id, note }) => quietly(() => session.annotate(id, note)),
      rowMenu: ({ id }) =>
        quietly(() => showRowMenu(this.#studio, this.#benchmark, id, (compare) => this.rpc.emit('wish', compare))),
      export: ({ id }) => quietly(() => exportRun(this.#studio, this.#benchmark, id)),
      copyReport: async () => {
        const report = session.shown?.measurements.find(({ guide_report }) => guide_report !== null)?.guide_report;
        if (report) await vscode.env.clipboard.writeText(report);
        return {};
      },
    } satisfies Partial<Handlers>;
  }

  #traceHandlers() {
    const { session, target } = this.#benchmark;
    return {
      traces: async ({ id, scenario }) =>
        noTracesOf(await session.benchmark(id), scenario, {
          spans: async (query) => (await target.client()).spans(query),
          now: Date.now(),
          pause: (ms) => pause(ms),
        }),
      showTraces: ({ id, scenario, kind }) =>
        quietly(async () => {
          const query =
            id === null
              ? tracesOfRun(session.run, kind, Date.now())
              : tracesOf(await session.benchmark(id), scenario, kind);
          const title = kind === 'errors' ? t('Traces of What Failed') : t('Traces of the Slowest Requests');
          await openTraces(this.#studio, await target.client(), { query, title });
        }),
    } satisfies Partial<Handlers>;
  }

  #commandHandlers() {
    const run = (command: string) => () => {
      void vscode.commands.executeCommand(command);
      return {};
    };
    return {
      useModel: run(commands.adapterInstallEngine),
      startRuntime: run(commands.start),
      restartRuntime: run(commands.restart),
      showLog: run(commands.showLog),
    } satisfies Partial<Handlers>;
  }
}

/** A question that was left with Esc is no failure. */
async function quietly(act: () => unknown): Promise<Record<string, never>> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error;
  }
  return {};
}
