import type { AgentView, ReplicaView } from '../../runtime/contracts/http.ts';

export type GroupBy = 'replica' | 'lane' | 'adapter' | 'none';

/** A row above agents. `id` is stable over updates; `agents` are in the order of the tree. */
export interface AgentGroup {
  id: string;
  kind: 'replica' | 'unplaced' | 'lane' | 'adapter';
  /** `replica-1`, `critical`, `ceo`; empty for agents without an adapter. */
  name: string;
  /** Of a replica that answers. */
  replica: ReplicaView | undefined;
  agents: AgentView[];
}

/** Critical agents first, then by name. */
export function compareAgents(a: AgentView, b: AgentView): number {
  if (a.priority !== b.priority) return a.priority === 'critical' ? -1 : 1;
  return a.agent_id.localeCompare(b.agent_id, 'en', { numeric: true });
}

/**
 * The agents in groups. No groups (undefined) for `none`, and for `replica` while there is only one replica and it holds
 * every agent: a single group says nothing.
 */
export function groupAgents(
  agents: Iterable<AgentView>,
  replicas: readonly ReplicaView[],
  groupBy: GroupBy,
): AgentGroup[] | undefined {
  const sorted = [...agents].sort(compareAgents);
  switch (groupBy) {
    case 'none':
      return undefined;
    case 'replica':
      return byReplica(sorted, replicas);
    case 'lane':
      return (['critical', 'normal'] as const)
        .map((lane) =>
          group(
            'lane',
            lane,
            sorted.filter((agent) => agent.priority === lane),
          ),
        )
        .filter(({ agents: members }) => members.length > 0);
    case 'adapter': {
      const names = [...new Set(sorted.map((agent) => agent.adapter ?? ''))].sort((a, b) =>
        a === '' ? 1 : b === '' ? -1 : a.localeCompare(b, 'en'),
      );
      return names.map((name) =>
        group(
          'adapter',
          name,
          sorted.filter((agent) => (agent.adapter ?? '') === name),
        ),
      );
    }
  }
}

function byReplica(agents: readonly AgentView[], replicas: readonly ReplicaView[]): AgentGroup[] | undefined {
  const unplaced = agents.filter((agent) => !replicas.some(({ replica }) => replica === agent.replica));
  if (replicas.length <= 1 && (unplaced.length === 0 || replicas.length === 0)) return undefined;
  const groups = [...replicas]
    .sort((a, b) => a.replica.localeCompare(b.replica, 'en', { numeric: true }))
    .map((replica) => ({
      ...group(
        'replica',
        replica.replica,
        agents.filter((agent) => agent.replica === replica.replica),
      ),
      replica,
    }));
  return unplaced.length > 0 ? [...groups, group('unplaced', 'unplaced', unplaced)] : groups;
}

function group(kind: AgentGroup['kind'], name: string, agents: AgentView[]): AgentGroup {
  return { id: `group:${kind}:${name}`, kind, name, replica: undefined, agents };
}
