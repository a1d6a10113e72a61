import * as vscode from 'vscode';
import type { AgentView } from '../../runtime/contracts/http.ts';
import { t } from '../l10n.ts';
import type { StudioRuntime } from '../runtimes/studio-runtime.ts';
import { agentDescription } from '../views/agent-facts.ts';
import { compareAgents } from '../views/agent-groups.ts';

/** The agent a command was called with: an id (CodeLens, tooltip, tests) or a row of the tree. */
export function toAgentId(target: unknown): string | undefined {
  if (typeof target === 'string') return target;
  if (target && typeof target === 'object' && 'agentId' in target && typeof target.agentId === 'string')
    return target.agentId;
  return undefined;
}

/**
 * Asks for an agent of the runtime; undefined: cancelled.
 * @param ids of aos.json, for when nothing runs
 * @param offers leaves agents out
 */
export async function pickAgent(
  { live }: StudioRuntime,
  ids: readonly string[] = [],
  offers: (agent: AgentView) => boolean = () => true,
): Promise<string | undefined> {
  const agents = [...live.agents.values()].filter(offers).sort(compareAgents);
  const items: vscode.QuickPickItem[] =
    agents.length > 0
      ? agents.map((agent) => ({ label: agent.agent_id, description: agentDescription(agent), detail: agent.purpose }))
      : ids.map((label) => ({ label }));
  if (items.length === 0) throw new Error(t('There are no agents yet. Register one, or add it to aos.json.'));
  const chosen = await vscode.window.showQuickPick(items, {
    title: t('Agent'),
    matchOnDetail: true,
    matchOnDescription: true,
  });
  return chosen?.label;
}
