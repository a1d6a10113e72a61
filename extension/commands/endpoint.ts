import * as vscode from 'vscode';
import type { EndpointReport } from '../../runtime/contracts/http.ts';
import { t } from '../l10n.ts';
import { commands } from '../manifest.ts';
import type { Studio } from '../studio.ts';
import { abortSignalOf } from './cancellation.ts';
import { reportLines, reportVerdict } from './endpoint-report.ts';

/** Asks the model endpoint what it is and whether it works. The log gets what was called and found, a person the verdict. */
export async function testEndpoint(studio: Studio, target: unknown): Promise<EndpointReport> {
  const client = await studio.runtimeOf(target).client();
  const report = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: t('Testing the inference endpoint'),
      cancellable: true,
    },
    (_progress, token) => client.testEndpoint({ signal: abortSignalOf(token) }),
  );
  studio.log.info('endpoint', reportLines(report).join('\n'));
  const show = report.ok ? vscode.window.showInformationMessage : vscode.window.showWarningMessage;
  // Not awaited by the command: a notification may stay for minutes.
  void show(reportVerdict(report), t('Show Log')).then(
    (chosen) => chosen !== undefined && vscode.commands.executeCommand(commands.showLog),
  );
  return report;
}
