import type { AskAgent, AskRuntime } from '../../../runtime/contracts/ask-panel.ts';
import type { LiveState } from '../../client/live-state.ts';
import type { StudioState } from '../../studio-state.ts';
import { compareAgents } from '../../views/agent-groups.ts';

export interface AskRuntimeParts {
  state: StudioState;
  live: LiveState;
  stoppedAt: number | null;
}

/** What the panel must know of the runtime. */
export function askRuntime({ state, live, stoppedAt }: AskRuntimeParts): AskRuntime {
  return {
    state: state.kind,
    stoppedAt,
    engine: live.status?.engine ?? null,
    endpoint: live.status ? hostOf(live.status.endpoint) : '',
    agents: askAgents(live),
    adapters: [...live.adapters.values()]
      .sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))
      .map(({ name, revision }) => ({ name, revision })),
    breakerOpen: live.status?.replicas.some(({ breakers }) => breakers.some(({ state: at }) => at === 'open')) ?? false,
  };
}

/** Critical ones first, then by name; those that cannot answer now last. */
function askAgents(live: LiveState): AskAgent[] {
  const last = (state: AskAgent['state']) => (state === 'failed' || state === 'stopped' ? 1 : 0);
  return [...live.agents.values()]
    .sort((a, b) => last(a.state) - last(b.state) || compareAgents(a, b))
    .map((agent) => ({
      id: agent.agent_id,
      priority: agent.priority,
      state: agent.state,
      adapter: agent.adapter,
      revision: agent.adapter === null ? null : (live.adapters.get(agent.adapter)?.revision ?? null),
      examples: agent.examples,
    }));
}

function hostOf(endpoint: string): string {
  return URL.canParse(endpoint) ? new URL(endpoint).host : endpoint;
}
