import * as vscode from 'vscode';
import { panels } from '../../manifest.ts';
import type { Studio } from '../../studio.ts';

/** Brings the Ask panel back after a reload of the window. */
export function registerAskSerializer(studio: Studio): vscode.Disposable {
  return vscode.window.registerWebviewPanelSerializer(panels.ask, {
    async deserializeWebviewPanel(panel: vscode.WebviewPanel) {
      const { restoreAsk } = await import('./ask-panel.ts');
      await restoreAsk(studio, panel);
    },
  });
}
