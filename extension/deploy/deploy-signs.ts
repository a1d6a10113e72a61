import * as vscode from 'vscode';
import type { DeployState } from '../../runtime/contracts/deploy-panel.ts';
import { setDeploying } from '../context-keys.ts';
import { t } from '../l10n.ts';
import { commands } from '../manifest.ts';
import { progressCount } from './faces.ts';

/** Shows in the status bar that a deployment goes on, panel or not. */
export class DeploySigns implements vscode.Disposable {
  readonly #item = vscode.window.createStatusBarItem('aos.deploy', vscode.StatusBarAlignment.Left, 101);

  constructor() {
    this.#item.name = t('AOS deployment');
    this.#item.command = commands.deployShow;
    this.#item.tooltip = t('Show the deployment');
  }

  update({ face }: DeployState): void {
    const deploying = face.kind === 'progress' && face.followed;
    setDeploying(deploying);
    if (!deploying) {
      this.#item.hide();
      return;
    }
    const count = progressCount(face);
    const verb = face.phase === 'delete' ? t('AOS deleting') : t('AOS deploying');
    this.#item.text = `$(cloud-upload) ${count ? t('{0} {1} of {2}', verb, count.done, count.total) : verb}`;
    this.#item.show();
  }

  dispose(): void {
    this.#item.dispose();
  }
}
