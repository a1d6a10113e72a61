import * as vscode from 'vscode';
import type { Ready } from '../../runtime/contracts/launcher.ts';
import { t } from '../l10n.ts';
import { settings } from '../manifest.ts';
import { setting } from '../settings.ts';
import type { Studio } from '../studio.ts';
import { dataFolder } from '../supervisor/launch-settings.ts';
import { answered } from './register.ts';

interface InfoItem extends vscode.QuickPickItem {
  value: string;
}

/** What runs, or would run: processes, addresses, data folder. Choosing a line copies it. */
export async function showRuntimeInfo(studio: Studio): Promise<void> {
  const { state } = studio.supervisor;
  const items = state.kind === 'running' ? running(state.ready) : planned(studio);
  const chosen = answered(
    await vscode.window.showQuickPick(items, {
      title: state.kind === 'running' ? t('What Runs on This Machine') : t('What Starts on This Machine'),
      placeHolder: t('No Docker, no account, nothing to install. Choose a line to copy it.'),
      matchOnDetail: true,
    }),
  );
  await vscode.env.clipboard.writeText(chosen.value);
}

function running(ready: Ready): InfoItem[] {
  const { pids } = ready;
  return [
    separator(t('Processes')),
    item('vm-running', t('Launcher'), t('process {0}', pids.launcher), String(pids.launcher)),
    item('cloud', t('Local cloud'), t('process {0}', pids.cloud), String(pids.cloud)),
    ...pids.replicas.map((pid, index) =>
      item('server-process', t('Replica {0}', index + 1), t('process {0}', pid), String(pid)),
    ),
    separator(t('Addresses')),
    item('globe', t('HTTP API'), ready.http),
    item('mail', 'Service Bus', addressOf(ready.serviceBus)),
    item('archive', t('Blobs'), ready.blob),
    item('table', t('Tables'), ready.table),
    item('chip', 'LoRAX', `${ready.lorax} · ${ready.engine}`, ready.lorax),
    separator(t('Data')),
    item('folder', t('Data folder'), ready.dataDir ?? t('none, in memory only')),
  ];
}

function planned(studio: Studio): InfoItem[] {
  const { folder } = studio.folder.workspace;
  const replicas = setting(settings.replicas, folder);
  const memoryOnly = setting(settings.memoryOnly, folder);
  const data = memoryOnly ? t('none, in memory only') : folder === undefined ? '' : dataFolder(studio.context, folder);
  return [
    separator(t('Processes')),
    item('cloud', t('Local cloud'), t('one process: Service Bus, Azure Storage and LoRAX, on 127.0.0.1')),
    item('server-process', t('Replicas'), replicas > 0 ? String(replicas) : t('as many as aos.json says')),
    separator(t('Addresses')),
    item('globe', t('HTTP API'), `127.0.0.1:${setting(settings.port, folder)}`),
    ...(data ? [separator(t('Data')), item('folder', t('Data folder'), data)] : []),
  ];
}

/** Copies one of the addresses, with its key. */
export async function copyConnection(studio: Studio): Promise<void> {
  const { state } = studio.supervisor;
  if (state.kind !== 'running') return;
  const { ready } = state;
  const choices: InfoItem[] = [
    item('mail', t('Service Bus connection string'), addressOf(ready.serviceBus), ready.serviceBus),
    item('database', t('Storage connection string'), `${ready.blob}, ${ready.table}`, ready.storage),
    item('globe', t('HTTP API address'), ready.http),
    item('key', t('HTTP API token'), t('of this run only'), ready.token),
    item('chip', t('LoRAX address'), ready.lorax),
  ].filter(({ value }) => value !== '');
  const title = t('Copy Connection Strings');
  const chosen = answered(
    await vscode.window.showQuickPick(choices, { title, placeHolder: t('They hold keys of this machine.') }),
  );
  await vscode.env.clipboard.writeText(chosen.value);
}

function item(icon: string, label: string, description: string, value = description): InfoItem {
  return { label: `$(${icon}) ${label}`, description, value };
}

function separator(label: string): InfoItem {
  return { label, kind: vscode.QuickPickItemKind.Separator, value: '' };
}

/** `sb://127.0.0.1:5672/` of a connection string: keys are not for showing. */
function addressOf(connectionString: string): string {
  return /Endpoint=([^;]+)/i.exec(connectionString)?.[1] ?? '';
}
