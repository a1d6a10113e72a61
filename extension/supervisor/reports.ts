import * as vscode from 'vscode';
import type { LauncherEvent } from '../../runtime/contracts/launcher.ts';
import { t } from '../l10n.ts';
import { commands } from '../manifest.ts';
import type { Studio } from '../studio.ts';
import { processLabel } from '../views/process-rows.ts';
import { describeExit, type RuntimeState } from './state.ts';

const run = (command: string) => () => vscode.commands.executeCommand(command);

/** Tells what a person could not have seen where they look: another port, a process that ended by itself, a failure. */
export function reportRuntime(studio: Studio): vscode.Disposable {
  return vscode.Disposable.from(
    studio.local.onLauncherEvent((event) => reportEvent(studio, event)),
    studio.local.onStateChange(() => {
      const { state } = studio.local;
      if (state.kind === 'failed') reportFailure(studio, state);
    }),
  );
}

function reportEvent({ notifications }: Studio, event: LauncherEvent): void {
  if (event.type === 'port' && event.service === 'http') {
    notifications.info({
      cause: 'port',
      message: t('Port {0} is in use. The runtime listens on {1}.', event.wanted, event.taken),
    });
  }
  if (event.type === 'process' && (event.state === 'restarting' || event.state === 'exited')) {
    const name = processLabel(event.name).toLowerCase();
    const what = t('AOS: {0} stopped ({1}).', name, describeExit(event));
    const next = event.state === 'restarting' ? t('It is started again.') : t('It is not started again.');
    notifications.error({
      cause: `exit:${event.name}:${event.state}`,
      message: `${what} ${next}`,
      actions: { [t('Show Log')]: run(commands.showLog) },
    });
  }
}

/** Why a start failed, or a running system stopped, with the ways on. */
function reportFailure({ notifications }: Studio, state: Extract<RuntimeState, { kind: 'failed' }>): void {
  const { failure } = state;
  notifications.error({
    cause: `failed:${failure}:${state.message}`,
    message: state.message,
    actions: {
      ...(failure === 'config' ? { [t('Open aos.json')]: run(commands.openConfig) } : {}),
      ...(failure === 'dataLocked' ? { [t('Use Memory Only')]: run(commands.startMemoryOnly) } : {}),
      [t('Show Log')]: run(commands.showLog),
      ...(failure === 'crashed' ? { [t('Copy Diagnostics')]: run(commands.copyDiagnostics) } : {}),
    },
  });
}
