import * as vscode from 'vscode';
import type { AdapterView, AgentState, AgentView, RuntimeStatus } from '../../runtime/contracts/http.ts';
import { formatPlural } from '../../runtime/contracts/units.ts';
import { t } from '../l10n.ts';
import { commands } from '../manifest.ts';
import type { RuntimeId } from '../runtimes/studio-runtime.ts';
import {
  adapterText,
  agentDescription,
  agentFacts,
  type Fact,
  placeInError,
  replicaDescription,
} from './agent-facts.ts';
import type { AgentGroup } from './agent-groups.ts';
import type { ProcessRow } from './process-rows.ts';
import { commandLink, markdownText } from './trusted-markdown.ts';
import { stateWord } from './words.ts';

const { Collapsed, Expanded, None } = vscode.TreeItemCollapsibleState;

const STATE_ICONS: Record<AgentState, { icon: string; color: string | undefined; meaning(): string }> = {
  running: { icon: 'circle-filled', color: 'charts.green', meaning: () => t('handles an event or a prompt now') },
  asleep: { icon: 'circle-outline', color: undefined, meaning: () => t('waits for an event') },
  failed: {
    icon: 'error',
    color: 'testing.iconFailed',
    meaning: () => t('its last event was dead-lettered, or its handler could not load'),
  },
  stopped: {
    icon: 'circle-slash',
    color: 'disabledForeground',
    meaning: () => t('takes no events; they wait in its shard'),
  },
};

export function icon(id: string, color?: string): vscode.ThemeIcon {
  return new vscode.ThemeIcon(id, color === undefined ? undefined : new vscode.ThemeColor(color));
}

export function processItem(row: ProcessRow): vscode.TreeItem {
  const item = new vscode.TreeItem(row.label, None);
  item.description = row.description;
  item.iconPath = icon(
    row.icon,
    row.icon === 'check' ? 'charts.green' : row.icon === 'error' ? 'testing.iconFailed' : undefined,
  );
  item.accessibilityInformation = { label: `${row.label}, ${row.description}` };
  return item;
}

export function groupItem(group: AgentGroup): vscode.TreeItem {
  const item = new vscode.TreeItem(groupLabel(group), Expanded);
  const { replica } = group;
  item.description = replica
    ? replicaDescription(replica.state, replica.shards, group.agents.length)
    : formatPlural(group.agents.length, 'agent');
  item.tooltip = replica
    ? `${item.label}: ${item.description}\n${t('process {0}', replica.pid)}`
    : `${item.label}: ${item.description}`;
  item.iconPath = groupIcon(group);
  item.contextValue = replica ? `replica:${replica.state}` : undefined;
  item.accessibilityInformation = { label: `${item.label}, ${item.description}` };
  return item;
}

function groupLabel({ kind, name }: AgentGroup): string {
  if (kind === 'unplaced') return t('unplaced');
  if (kind === 'lane') return name === 'critical' ? t('Critical lane') : t('Normal lane');
  return kind === 'adapter' && name === '' ? t('base model') : name;
}

function groupIcon({ kind, replica }: AgentGroup): vscode.ThemeIcon {
  if (kind === 'lane') return icon('split-horizontal');
  if (kind === 'adapter') return icon('layers');
  if (!replica) return icon('question');
  const color = { running: 'charts.green', draining: 'list.warningForeground', stopped: 'testing.iconFailed' }[
    replica.state
  ];
  return icon('server-process', color);
}

export function agentItem(
  agent: AgentView,
  status: RuntimeStatus | undefined,
  adapters: ReadonlyMap<string, AdapterView>,
  runtimeId: RuntimeId,
): vscode.TreeItem {
  const item = new vscode.TreeItem(agent.agent_id, Collapsed);
  const face = STATE_ICONS[agent.state];
  item.description = agentDescription(agent);
  item.iconPath = icon(face.icon, face.color);
  item.contextValue = `agent:${agent.state}`;
  item.tooltip = agentTooltip(agent, status, adapters, runtimeId);
  item.accessibilityInformation = { label: `${t('agent {0}', agent.agent_id)}, ${item.description}, ${agent.purpose}` };
  return item;
}

export function factItem(fact: Fact, agent: AgentView | undefined): vscode.TreeItem {
  const item = new vscode.TreeItem(fact.label, None);
  item.description = fact.description;
  item.iconPath = icon(fact.icon, fact.id === 'error' ? 'testing.iconFailed' : undefined);
  item.tooltip = fact.id === 'error' ? (agent?.last_error ?? fact.label) : `${fact.label}: ${fact.description}`;
  item.accessibilityInformation = { label: `${fact.label} ${fact.description}` };
  if (fact.id === 'error' && agent) item.command = openError(agent);
  return item;
}

/** Opens the file at the line that the error names; else the handler. */
function openError(agent: AgentView): vscode.Command {
  const place = placeInError(agent.last_error ?? '');
  const title = t('Go to Handler');
  if (!place) return { command: commands.agentGoToHandler, title, arguments: [agent.agent_id] };
  const at = new vscode.Position(place.line - 1, place.column - 1);
  return {
    command: 'vscode.open',
    title,
    arguments: [vscode.Uri.file(place.file), { selection: new vscode.Range(at, at) }],
  };
}

function agentTooltip(
  agent: AgentView,
  status: RuntimeStatus | undefined,
  adapters: ReadonlyMap<string, AdapterView>,
  runtimeId: RuntimeId,
): vscode.MarkdownString {
  const face = STATE_ICONS[agent.state];
  const facts = agentFacts(agent, status, adapters, Date.now()).filter((fact) => fact.id !== 'error');
  const rows = [
    { icon: face.icon, label: t('State'), description: `${stateWord(agent.state)}: ${face.meaning()}` },
    ...facts,
    ...(agent.handler ? [{ icon: 'code', label: t('Handler'), description: agent.handler }] : []),
  ];
  const text = new vscode.MarkdownString(undefined, true);
  text.isTrusted = { enabledCommands: [commands.agentAsk, commands.agentSendEvent, commands.agentGoToDefinition] };
  text.appendMarkdown(`**${markdownText(agent.agent_id)}** · ${markdownText(adapterText(agent, adapters))}\n\n`);
  text.appendMarkdown(`${markdownText(agent.purpose)}\n\n`);
  text.appendMarkdown(`| | |\n|:--|:--|\n`);
  for (const row of rows)
    text.appendMarkdown(`| $(${row.icon}) ${markdownText(row.label)} | ${markdownText(row.description)} |\n`);
  const target = { agentId: agent.agent_id, runtimeId };
  const links = [
    commandLink(t('Ask'), commands.agentAsk, [target]),
    commandLink(t('Send event'), commands.agentSendEvent, [target]),
    ...(agent.origin === 'config'
      ? [commandLink(t('Open in aos.json'), commands.agentGoToDefinition, [agent.agent_id])]
      : []),
  ];
  text.appendMarkdown(`\n${links.join(' · ')}`);
  return text;
}
