import * as vscode from 'vscode';
import { setHasDeployment } from '../../context-keys.ts';
import { DEPLOYMENT_KEY } from '../../deploy/kept-deployment.ts';
import { panels } from '../../manifest.ts';
import type { Studio } from '../../studio.ts';

/** Brings the panel back after a reload of the window, and takes up a deployment that went on meanwhile. */
export function registerDeploySerializer(studio: Studio): vscode.Disposable {
  const kept = studio.context.workspaceState.get(DEPLOYMENT_KEY) !== undefined;
  setHasDeployment(kept);
  if (kept && vscode.workspace.isTrusted) void resume(studio);
  return vscode.window.registerWebviewPanelSerializer(panels.deploy, {
    async deserializeWebviewPanel(panel: vscode.WebviewPanel) {
      const { restoreDeployment } = await import('./deploy-panel.ts');
      restoreDeployment(studio, panel);
    },
  });
}

async function resume(studio: Studio): Promise<void> {
  const { windowDeployment } = await import('../../deploy/window-deployment.ts');
  const { session } = windowDeployment(studio);
  if (session.record?.state !== 'running') return;
  await session.follow({ interactive: false }).catch((error: unknown) => {
    studio.log.error('deploy', 'The deployment that was begun before could not be followed.', error);
  });
}
