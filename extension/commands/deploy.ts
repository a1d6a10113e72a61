import * as vscode from 'vscode';
import { shippedPrices } from '../../runtime/capacity/shipped-prices.ts';
import { formatPlural } from '../../runtime/contracts/units.ts';
import { chooseDeployment, planDeployment } from '../../runtime/deployment/choice.ts';
import { templateFiles } from '../../runtime/deployment/files.ts';
import { connect } from '../deploy/connect.ts';
import { readAnswers } from '../deploy/deploy-answers.ts';
import { groupId, portalUrl } from '../deploy/portal-links.ts';
import { azureToken } from '../deploy/sign-in.ts';
import { windowDeployment } from '../deploy/window-deployment.ts';
import { choiceOf, readWorkspaceConfig } from '../deploy/workspace-plan.ts';
import { t } from '../l10n.ts';
import { settings } from '../manifest.ts';
import { openPage } from '../panels/deploy/deploy-actions.ts';
import { showDeployment } from '../panels/deploy/deploy-panel.ts';
import { disconnect } from '../runtimes/connection.ts';
import { setting } from '../settings.ts';
import type { Studio } from '../studio.ts';
import { answered } from './register.ts';

export { connect, showDeployment };

/** Asks where to deploy what, and shows what would change. */
export async function deploy(studio: Studio): Promise<void> {
  const deployment = windowDeployment(studio);
  if (deployment.session.busy) {
    showDeployment(studio);
    return;
  }
  await deployment.choose(undefined, () => showDeployment(studio));
}

/** The same without questions, if they were answered before. */
export async function preview(studio: Studio): Promise<void> {
  const { session } = windowDeployment(studio);
  const { target } = session.state;
  if (!target) return deploy(studio);
  showDeployment(studio);
  if (!session.busy) await session.check({ ...target, mode: setting(settings.deployMode, target.folder) });
}

export async function runSmokeTest(studio: Studio): Promise<void> {
  showDeployment(studio);
  await windowDeployment(studio).session.smokeTest();
}

export async function openPortal(studio: Studio): Promise<void> {
  const { target } = windowDeployment(studio).session.state;
  if (!target) throw new Error(t('This workspace has no deployment.'));
  await openPage(portalUrl(target, groupId(target), '/deployments'));
}

export async function signIn(): Promise<void> {
  await azureToken({ scopes: ['https://management.core.windows.net/.default'], tenantId: null, interactive: true });
}

/** Writes the template with parameters, a Bicep file and an azd project to a folder that a person chooses. */
export async function exportTemplate(studio: Studio): Promise<void> {
  const { folder } = studio.folder.workspace;
  if (folder === undefined) throw new Error(t('No folder is open.'));
  const config = await readWorkspaceConfig(folder);
  const { workspaceState } = studio.context;
  const answers = readAnswers(workspaceState);
  const choice =
    windowDeployment(studio).session.state.target?.choice ??
    (answers
      ? choiceOf(config, answers, workspaceState)
      : chooseDeployment(config, planDeployment(config, {}, shippedPrices).deployment));
  const [target] = answered(
    await vscode.window.showOpenDialog({
      ...{ canSelectFolders: true, canSelectFiles: false, defaultUri: vscode.Uri.file(folder) },
      ...{ title: t('Folder for the Template'), openLabel: t('Export Template') },
    }),
  );
  const files = Object.entries(templateFiles(config, choice));
  for (const [name, text] of files)
    await vscode.workspace.fs.writeFile(vscode.Uri.joinPath(target!, name), new TextEncoder().encode(text));
  await vscode.window.showTextDocument(vscode.Uri.joinPath(target!, 'README.md'));
}

/** Deletes what AOS deployed, after a question and the name of the resource group. */
export async function deleteDeployment(studio: Studio): Promise<void> {
  const { session } = windowDeployment(studio);
  session.refuseIfBusy();
  const location = { location: vscode.ProgressLocation.Window, title: t('Looking at what was deployed…') };
  const { resource_group, ours, others } = await vscode.window.withProgress(location, () => session.inventory());
  const verb = others.length === 0 ? t('Delete Resource Group {0}…', resource_group) : t('Delete What AOS Deployed…');
  const names = (resources: readonly { name: string }[]) => resources.map(({ name }) => name).join(', ');
  const detail = [
    t('{0} and everything in them: {1}.', formatPlural(ours.length, 'resource'), names(ours)),
    others.length > 0 && t('AOS did not create {0}: they stay.', names(others)),
    t('Messages, rows and blobs are deleted too. This cannot be undone.'),
  ].filter((line) => line !== false);
  const question = t('Delete everything AOS deployed to {0}?', resource_group);
  answered(await vscode.window.showWarningMessage(question, { modal: true, detail: detail.join('\n\n') }, verb));
  answered(
    await vscode.window.showInputBox({
      title: t('Delete Deployment'),
      prompt: t('Type {0} to delete it.', resource_group),
      ignoreFocusOut: true,
      validateInput: (text) => (text === resource_group ? undefined : t('The name is {0}.', resource_group)),
    }),
  );
  if (studio.remote && studio.remote.state.deployed.url === session.record?.result?.api) await disconnect(studio);
  showDeployment(studio);
  await session.delete();
}
