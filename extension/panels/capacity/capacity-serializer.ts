import * as vscode from 'vscode';
import { panels } from '../../manifest.ts';
import type { Studio } from '../../studio.ts';

/** Brings the planner back after a reload of the window. */
export function registerCapacitySerializer(studio: Studio): vscode.Disposable {
  return vscode.window.registerWebviewPanelSerializer(panels.capacity, {
    async deserializeWebviewPanel(panel: vscode.WebviewPanel) {
      const { restoreCapacity } = await import('./capacity-panel.ts');
      await restoreCapacity(studio, panel);
    },
  });
}
