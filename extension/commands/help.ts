import * as vscode from 'vscode';
import { t } from '../l10n.ts';
import { walkthrough } from '../manifest.ts';
import type { Studio } from '../studio.ts';

const NEW_ISSUE = 'https://github.com/ASISaga/AgentOperatingSystem/issues/new';
/** GitHub refuses longer addresses. */
const MAX_URL_CHARS = 6000;

/** Facts for someone who helps: versions, states, counts. No prompts, no answers, no keys, no paths of the person. */
export function diagnostics(studio: Studio): string {
  const { state, live } = studio;
  const { version } = studio.context.extension.packageJSON as { version: string };
  const status = live.status;
  const lines = [
    ['AOS Studio', version],
    ['VS Code', `${vscode.version} (${vscode.env.appName}, ${vscode.env.appHost})`],
    ['Platform', `${process.platform} ${process.arch}, Node ${process.versions.node}`],
    ['Remote', vscode.env.remoteName === undefined ? 'no' : 'yes'],
    ['Runtime', state.kind === 'failed' ? `failed: ${state.failure}` : state.kind],
    ...('processes' in state
      ? state.processes.map((process) => [process.name, `${process.state}${process.exit ? ` (${process.exit})` : ''}`])
      : []),
    ...(status
      ? [
          ['Engine', `${status.engine}, ${status.model}`],
          [
            'Replicas',
            status.replicas
              .map(({ replica, state: at, shards }) => `${replica} ${at}, ${shards.length} shards`)
              .join('; '),
          ],
          ['Agents', String(live.agents.size)],
          ['Adapters', String(live.adapters.size)],
          ['Requests', `${status.usage.requests}, ${status.usage.errors} errors`],
          [
            'Breakers',
            status.replicas
              .flatMap(({ breakers }) => breakers.map(({ name, state: at }) => `${name} ${at}`))
              .join('; ') || 'none',
          ],
          ['aos.json', status.config_error === null ? 'in use' : 'has an error'],
        ]
      : []),
  ];
  return lines.map(([name, value]) => `${name}: ${value}`).join('\n');
}

export async function copyDiagnostics(studio: Studio): Promise<string> {
  const text = diagnostics(studio);
  await vscode.env.clipboard.writeText(text);
  vscode.window.setStatusBarMessage(t('Diagnostics are on the clipboard.'), 5000);
  return text;
}

/** Opens a new issue in the browser, with the diagnostics in it; the person sends it. */
export async function reportIssue(studio: Studio): Promise<void> {
  const body = `${t('What happened, and what did you expect?')}\n\n\n${t('How can it be seen again?')}\n\n\n---\n${diagnostics(studio)}`;
  const query = new URLSearchParams({ body }).toString().slice(0, MAX_URL_CHARS);
  await vscode.env.openExternal(vscode.Uri.parse(`${NEW_ISSUE}?${query}`));
}

export async function openWalkthrough(studio: Studio): Promise<void> {
  await vscode.commands.executeCommand(
    'workbench.action.openWalkthrough',
    `${studio.context.extension.id}#${walkthrough}`,
    false,
  );
}
