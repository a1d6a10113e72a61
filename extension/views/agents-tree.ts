import * as vscode from 'vscode';
import type { AgentView } from '../../runtime/contracts/http.ts';
import type { LiveChange } from '../client/live-state.ts';
import { settings } from '../manifest.ts';
import type { StudioRuntime } from '../runtimes/studio-runtime.ts';
import { onSettingChange, setting } from '../settings.ts';
import { agentFacts } from './agent-facts.ts';
import { type AgentGroup, compareAgents, groupAgents } from './agent-groups.ts';
import { agentItem, factItem, groupItem, processItem } from './agent-items.ts';
import { processRows } from './process-rows.ts';
import type { RowExpansion, RuntimeNode, RuntimeTree } from './runtimes-tree.ts';

type AgentsRow =
  | { kind: 'process'; id: string }
  | { kind: 'group'; id: string }
  | { kind: 'agent'; id: string; agentId: string }
  | { kind: 'fact'; id: string; agentId: string };

/** A row. The objects are kept over updates: VS Code knows rows by identity. */
export type AgentsNode = AgentsRow & RuntimeNode;

/** How often the times of starting processes are drawn anew. */
const TICK_MS = 500;

/** A runtime in the view Agents: its processes while it starts, then its agents in groups, each with its facts. */
export class AgentsTree implements RuntimeTree<AgentsNode> {
  readonly #runtime: StudioRuntime;
  readonly #changed = new vscode.EventEmitter<AgentsNode | AgentsNode[] | undefined>();
  readonly #nodes = new Map<string, AgentsNode>();
  readonly #expanded = new Set<RuntimeNode>();
  readonly #subscriptions: vscode.Disposable;
  #groups: AgentGroup[] | undefined;
  #ticker: NodeJS.Timeout | undefined;

  readonly onDidChangeTreeData = this.#changed.event;

  constructor(runtime: StudioRuntime, rows: RowExpansion) {
    this.#runtime = runtime;
    this.#subscriptions = vscode.Disposable.from(
      this.#changed,
      rows.onDidExpandElement(({ element }) => this.#expanded.add(element)),
      rows.onDidCollapseElement(({ element }) => this.#expanded.delete(element)),
      runtime.onStateChange(() => this.#onState()),
      runtime.onLiveChange((change) => this.#onLive(change)),
      onSettingChange([settings.agentsGroupBy], () => this.#changed.fire(undefined)),
    );
    this.#onState();
  }

  getChildren(node?: AgentsNode): AgentsNode[] {
    const { state, live } = this.#runtime;
    if (state.kind === 'starting')
      return node ? [] : this.#processRows().map(({ id }) => this.#node({ kind: 'process', id: `process:${id}` }));
    if (state.kind !== 'running') return [];
    switch (node?.kind) {
      case undefined:
        this.#groups = groupAgents(live.agents.values(), live.status?.replicas ?? [], setting(settings.agentsGroupBy));
        if (this.#groups) return this.#groups.map(({ id }) => this.#node({ kind: 'group', id }));
        return [...live.agents.values()].sort(compareAgents).map((agent) => this.#agentNode(agent));
      case 'group':
        return (this.#groups?.find(({ id }) => id === node.id)?.agents ?? []).map((agent) => this.#agentNode(agent));
      case 'agent':
        return this.#facts(node.agentId).map(({ id }) =>
          this.#node({ kind: 'fact', id: `fact:${node.agentId}:${id}`, agentId: node.agentId }),
        );
      default:
        return [];
    }
  }

  getTreeItem(node: AgentsNode): vscode.TreeItem {
    const { live } = this.#runtime;
    switch (node.kind) {
      case 'process': {
        const row = this.#processRows().find(({ id }) => node.id === `process:${id}`);
        return row ? processItem(row) : new vscode.TreeItem('');
      }
      case 'group': {
        const group = this.#groups?.find(({ id }) => id === node.id);
        return group ? groupItem(group) : new vscode.TreeItem('');
      }
      case 'agent': {
        const agent = live.agents.get(node.agentId);
        return agent ? agentItem(agent, live.status, live.adapters, node.runtimeId) : new vscode.TreeItem(node.agentId);
      }
      case 'fact': {
        const fact = this.#facts(node.agentId).find(({ id }) => node.id === `fact:${node.agentId}:${id}`);
        return fact ? factItem(fact, live.agents.get(node.agentId)) : new vscode.TreeItem('');
      }
    }
  }

  getParent(node: AgentsNode): AgentsNode | undefined {
    if (node.kind === 'fact') return this.#nodes.get(`agent:${node.agentId}`);
    if (node.kind !== 'agent') return undefined;
    const group = this.#groups?.find(({ agents }) => agents.some((agent) => agent.agent_id === node.agentId));
    return group && this.#nodes.get(group.id);
  }

  dispose(): void {
    clearInterval(this.#ticker);
    this.#subscriptions.dispose();
  }

  #facts(agentId: string) {
    const { live } = this.#runtime;
    const agent = live.agents.get(agentId);
    return agent ? agentFacts(agent, live.status, live.adapters, Date.now()) : [];
  }

  #processRows() {
    const { state } = this.#runtime;
    return state.kind === 'starting' ? processRows(state.processes, state.since, Date.now()) : [];
  }

  #onState(): void {
    clearInterval(this.#ticker);
    const { state } = this.#runtime;
    if (state.kind === 'starting') this.#ticker = setInterval(() => this.#changed.fire(undefined), TICK_MS);
    if (state.kind === 'running' && !this.#runtime.live.status) return; // the rows stay until the first snapshot is here
    this.#changed.fire(undefined);
  }

  #onLive(change: LiveChange): void {
    if (this.#runtime.state.kind !== 'running') return;
    if (change.structure) {
      this.#changed.fire(undefined);
      return;
    }
    const agents = [...change.agents].map((id) => this.#nodes.get(`agent:${id}`));
    const groups = change.status ? this.#refreshGroups() : [];
    // The rows of an opened agent tell of its lane, which is the replica's.
    const opened = change.status ? this.#openedAgents() : [];
    const changed = [...new Set([...groups, ...opened, ...agents])].filter((node) => node !== undefined);
    if (changed.length > 0) this.#changed.fire(changed);
  }

  /** The replicas' rows that say something else now (a draining replica, moved shards). */
  #refreshGroups(): (AgentsNode | undefined)[] {
    const { live } = this.#runtime;
    const before = new Map((this.#groups ?? []).map((group) => [group.id, groupItem(group).description]));
    this.#groups = groupAgents(live.agents.values(), live.status?.replicas ?? [], setting(settings.agentsGroupBy));
    return (this.#groups ?? [])
      .filter((group) => before.get(group.id) !== groupItem(group).description)
      .map(({ id }) => this.#nodes.get(id));
  }

  #openedAgents(): AgentsNode[] {
    return [...this.#nodes.values()].filter((node) => node.kind === 'agent' && this.#expanded.has(node));
  }

  #agentNode(agent: AgentView): AgentsNode {
    return this.#node({ kind: 'agent', id: `agent:${agent.agent_id}`, agentId: agent.agent_id });
  }

  #node(row: AgentsRow): AgentsNode {
    const known = this.#nodes.get(row.id);
    if (known) return known;
    const node = { ...row, runtimeId: this.#runtime.id };
    this.#nodes.set(node.id, node);
    return node;
  }
}
