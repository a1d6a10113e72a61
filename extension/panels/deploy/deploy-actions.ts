import * as vscode from 'vscode';
import type { DeployAction, DeployTarget } from '../../../runtime/contracts/deploy-panel.ts';
import { answered } from '../../commands/register.ts';
import type { QuestionId } from '../../deploy/deploy-questions.ts';
import { adminRequest, groupId, portalUrl, quotaUrl } from '../../deploy/portal-links.ts';
import type { WindowDeployment } from '../../deploy/window-deployment.ts';
import { t } from '../../l10n.ts';
import { type CommandId, commands } from '../../manifest.ts';

/** What the buttons and links of the panel do. */
export function actionsOf(deployment: WindowDeployment, close: () => void): Record<DeployAction, () => unknown> {
  const { session } = deployment;
  const run = (command: CommandId) => () => vscode.commands.executeCommand(command);
  const choose = (only?: QuestionId) => () => deployment.choose(only, () => undefined);
  const target = (): DeployTarget => {
    const { target: known } = session.state;
    if (!known) throw new Error(t('This workspace has no deployment.'));
    return known;
  };
  const open = (url: (of: DeployTarget) => string | undefined) => () => openPage(url(target()));
  return {
    changeTarget: choose(),
    otherSubscription: choose('subscription'),
    otherRegion: choose('region'),
    otherName: choose('name'),
    ownEndpoint: choose('model'),
    exportTemplate: run(commands.deployExportTemplate),
    check: () => session.check(target()),
    assumptions: run(commands.openCapacity),
    close: () => {
      if (session.state.face.kind === 'checking') session.cancel();
      else if (!session.busy) session.showRecord();
      close();
    },
    stop: () => askHowToStop(deployment),
    follow: () => session.follow({ interactive: true }),
    showLog: run(commands.showLog),
    openPortal: run(commands.deployOpenPortal),
    requestQuota: open(quotaUrl),
    showPolicy: open((of) => portalUrl(of, groupId(of), '/policyCompliance')),
    copyAdminRequest: () => vscode.env.clipboard.writeText(adminRequest(target())),
    reportIssue: run(commands.reportIssue),
    delete: run(commands.deployDelete),
    smokeTest: run(commands.deploySmokeTest),
    connect: run(commands.deployConnect),
    useLocal: run(commands.useLocal),
    loadTest: run(commands.loadTestRun),
    benchmark: run(commands.openBenchmark),
  };
}

/** @throws Error for a cloud without a portal */
export async function openPage(url: string | undefined): Promise<void> {
  if (url === undefined) throw new Error(t('This cloud has no portal.'));
  await vscode.env.openExternal(vscode.Uri.parse(url, true));
}

/** Stop Waiting leaves the deployment to Azure; the other ends it there. @throws Cancelled */
async function askHowToStop({ session }: WindowDeployment): Promise<void> {
  const leave = t('Stop Waiting');
  const cancel = t('Cancel the Deployment in Azure');
  const detail = t(
    'Azure goes on with what it has begun when you only stop waiting. Cancelled, what exists by then stays and costs money.',
  );
  const chosen = answered(
    await vscode.window.showWarningMessage(t('Stop the deployment?'), { modal: true, detail }, leave, cancel),
  );
  if (chosen === leave) session.stopWaiting();
  else session.cancel();
}
