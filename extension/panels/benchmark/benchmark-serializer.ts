import * as vscode from 'vscode';
import { panels } from '../../manifest.ts';
import type { Studio } from '../../studio.ts';

/** Brings the Benchmark panel back after a reload of the window. */
export function registerBenchmarkSerializer(studio: Studio): vscode.Disposable {
  return vscode.window.registerWebviewPanelSerializer(panels.benchmark, {
    async deserializeWebviewPanel(panel: vscode.WebviewPanel) {
      const { restoreBenchmark } = await import('./benchmark-panel.ts');
      restoreBenchmark(studio, panel);
    },
  });
}
