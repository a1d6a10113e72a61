import * as vscode from 'vscode';
import { formatPlural } from '../../runtime/contracts/units.ts';
import { t } from '../l10n.ts';
import { commands } from '../manifest.ts';
import type { Studio } from '../studio.ts';
import type { DeployEnd } from './deploy-session.ts';

/** Tells how a deployment ended, if nobody saw it. */
export function reportEnd({ notifications }: Studio, end: DeployEnd, seen: boolean): void {
  notifications.forget('deploy:');
  if (end.kind === 'deleted') {
    const message = t('{0} deleted from {1}.', formatPlural(end.count, 'resource'), end.resourceGroup);
    notifications.info({ cause: 'deploy:deleted', message });
    return;
  }
  if (seen) return;
  const show = { [t('Show')]: () => vscode.commands.executeCommand(commands.deployShow) };
  const log = { [t('Show Log')]: () => vscode.commands.executeCommand(commands.showLog) };
  if (end.kind === 'deployed') notifications.info({ cause: 'deploy:finished', message: finished(end), actions: show });
  else
    notifications.error({
      cause: 'deploy:failed',
      message: t('Deployment failed: {0}', end.message),
      actions: { ...show, ...log },
    });
}

/** `Deployment finished: 12 changes, smoke test passed.` */
function finished({ result: { changes, smoke } }: Extract<DeployEnd, { kind: 'deployed' }>): string {
  const failed = smoke.filter(({ state }) => state === 'failed').length;
  const tested = smoke.some(({ state }) => state === 'passed' || state === 'failed');
  const parts = [
    formatPlural(changes, 'change'),
    tested &&
      (failed === 0 ? t('smoke test passed') : t('{0} of the smoke test failed', formatPlural(failed, 'check'))),
  ];
  return t('Deployment finished: {0}.', parts.filter((part) => part !== false).join(', '));
}
