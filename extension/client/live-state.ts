import type { LiveEvent } from '../../runtime/contracts/events.ts';
import type { AdapterView, AgentView, RuntimeStatus, ShardView } from '../../runtime/contracts/http.ts';

/** What changed since the last report. */
export interface LiveChange {
  /** Agents were added or removed, or moved to another replica, adapter or lane: the tree's shape changed. */
  structure: boolean;
  agents: ReadonlySet<string>;
  adapters: boolean;
  status: boolean;
}

export interface LiveStateOptions {
  onChange(change: LiveChange): void;
  /** Shortest time between two reports, ms. Default 500: at most two a second. */
  intervalMs?: number;
  now?: () => number;
}

/** The runtime as the stream of events last told it. Changes are merged before they are reported. */
export class LiveState {
  readonly #options: LiveStateOptions;
  #agents = new Map<string, AgentView>();
  #adapters = new Map<string, AdapterView>();
  #shards: readonly ShardView[] = [];
  #status: RuntimeStatus | undefined;
  #statusAt = 0;
  #connected = false;
  #problem: Error | undefined;
  #pending: { structure: boolean; agents: Set<string>; adapters: boolean; status: boolean } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #reportedAt = Number.NEGATIVE_INFINITY;

  constructor(options: LiveStateOptions) {
    this.#options = options;
  }

  /** Undefined until the first snapshot. */
  get status(): RuntimeStatus | undefined {
    return this.#status;
  }

  /** When the status was told, epoch ms: what it says of times to come counts from then. */
  get statusAt(): number {
    return this.#statusAt;
  }

  get agents(): ReadonlyMap<string, AgentView> {
    return this.#agents;
  }

  get adapters(): ReadonlyMap<string, AdapterView> {
    return this.#adapters;
  }

  get shards(): readonly ShardView[] {
    return this.#shards;
  }

  /** Whether what is here is being kept up to date. */
  get connected(): boolean {
    return this.#connected;
  }

  /** Why what is here is not kept up to date, or nothing is here; undefined: it is, or nobody has tried yet. */
  get problem(): Error | undefined {
    return this.#problem;
  }

  /** What is here is not kept up to date any more; the next event says that it is again. */
  setDisconnected(problem: Error): void {
    if (this.#problem?.message === problem.message) return;
    this.#connected = false;
    this.#problem = problem;
    this.#mark({ status: true });
  }

  apply(event: LiveEvent): void {
    // A connection begins with a snapshot, whose report says this too.
    this.#connected = true;
    this.#problem = undefined;
    switch (event.event) {
      case 'snapshot':
        this.#setStatus(event.status);
        this.#agents = new Map(event.agents.map((agent) => [agent.agent_id, agent]));
        this.#adapters = new Map(event.adapters.map((adapter) => [adapter.name, adapter]));
        this.#shards = event.shards;
        this.#mark({ structure: true, adapters: true, status: true });
        break;
      case 'status': {
        const structure = replicaNames(this.#status) !== replicaNames(event.status);
        this.#setStatus(event.status);
        this.#mark({ status: true, structure });
        break;
      }
      case 'agents':
        this.#applyAgents(event.changed, event.removed);
        break;
      case 'adapters':
        for (const name of event.removed) this.#adapters.delete(name);
        for (const adapter of event.changed) this.#adapters.set(adapter.name, adapter);
        this.#mark({ adapters: true });
        break;
      case 'shards':
        this.#shards = event.shards;
        this.#mark({ status: true });
        break;
    }
  }

  /** Forgets everything: the runtime is gone. */
  clear(): void {
    this.#agents = new Map();
    this.#adapters = new Map();
    this.#shards = [];
    this.#status = undefined;
    this.#connected = false;
    this.#problem = undefined;
    this.#mark({ structure: true, adapters: true, status: true });
    this.#report();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#pending = undefined;
  }

  #setStatus(status: RuntimeStatus): void {
    this.#status = status;
    this.#statusAt = (this.#options.now ?? Date.now)();
  }

  #applyAgents(changed: readonly AgentView[], removed: readonly string[]): void {
    const agents = new Set<string>();
    let structure = false;
    for (const id of removed) structure = this.#agents.delete(id) || structure;
    for (const agent of changed) {
      const before = this.#agents.get(agent.agent_id);
      structure ||= !before || placeOf(before) !== placeOf(agent);
      this.#agents.set(agent.agent_id, agent);
      agents.add(agent.agent_id);
    }
    this.#mark({ structure, agents });
  }

  #mark(change: { structure?: boolean; agents?: ReadonlySet<string>; adapters?: boolean; status?: boolean }): void {
    this.#pending ??= { structure: false, agents: new Set(), adapters: false, status: false };
    this.#pending.structure ||= change.structure ?? false;
    this.#pending.adapters ||= change.adapters ?? false;
    this.#pending.status ||= change.status ?? false;
    for (const id of change.agents ?? []) this.#pending.agents.add(id);
    const { intervalMs = 500, now = Date.now } = this.#options;
    const waitMs = this.#reportedAt + intervalMs - now();
    if (waitMs <= 0) this.#report();
    else this.#timer ??= setTimeout(() => this.#report(), waitMs);
  }

  #report(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const change = this.#pending;
    if (!change) return;
    this.#pending = undefined;
    this.#reportedAt = (this.#options.now ?? Date.now)();
    this.#options.onChange(change);
  }
}

/** What decides where an agent stands in the tree, in every grouping. */
function placeOf(agent: AgentView): string {
  return `${agent.replica}\n${agent.priority}\n${agent.adapter}`;
}

function replicaNames(status: RuntimeStatus | undefined): string {
  return (status?.replicas ?? []).map((replica) => replica.replica).join('\n');
}
