import { type AgentConfig, type AosConfig, adapterOf } from '../contracts/config.ts';
import type { RegisterAgentRequest } from '../contracts/http.ts';
import type { Priority } from '../contracts/ids.ts';
import { type GoalConfig, instructionsOf } from '../contracts/purpose.ts';
import type { Clock } from '../core/clock.ts';
import { AosError } from '../core/errors.ts';
import type { AgentRecord, StateStore } from './state-store.ts';

/** What an agent is: from aos.json, or registered while the runtime runs. */
export interface AgentEntry {
  agentId: string;
  purpose: string;
  adapterName: string | undefined;
  priority: Priority;
  origin: 'config' | 'api';
  /** File with its handlers, relative to the workspace. */
  handler: string | undefined;
  subscribes: readonly string[];
  /** What its model is told besides its purpose; undefined: nothing. */
  instructions: string | undefined;
  /** MCP tools it may call. */
  tools: readonly string[];
  examples: readonly string[];
  goals: readonly GoalConfig[];
}

/** How long a looked-up registration may be stale: another replica may have removed it meanwhile. */
const FRESH_MS = 1000;

/** All agents of the system: those of aos.json, and those in storage that any replica registered. */
export class AgentCatalog {
  readonly #store: StateStore;
  readonly #clock: Clock;
  #configured = new Map<string, AgentEntry>();
  readonly #registered = new Map<string, { entry: AgentEntry; readAt: number }>();

  constructor(options: { store: StateStore; clock: Clock }) {
    this.#store = options.store;
    this.#clock = options.clock;
  }

  setConfig(config: AosConfig): void {
    this.#configured = new Map(config.agents.map((agent) => [agent.id, fromConfig(agent)]));
  }

  async find(agentId: string): Promise<AgentEntry | undefined> {
    const configured = this.#configured.get(agentId);
    if (configured) return configured;
    const known = this.#registered.get(agentId);
    if (known && this.#clock.monotonic() - known.readAt < FRESH_MS) return known.entry;
    const record = await this.#store.getAgent(agentId);
    if (!record) {
      this.#registered.delete(agentId);
      return undefined;
    }
    return this.#remember(record);
  }

  /** @throws AosError AOS_AGENT_NOT_FOUND */
  async get(agentId: string): Promise<AgentEntry> {
    const entry = await this.find(agentId);
    if (entry) return entry;
    throw new AosError('AOS_AGENT_NOT_FOUND', `There is no agent ${agentId}. Register it, or add it to aos.json.`);
  }

  /** Every agent, those of aos.json first; of two with the same id aos.json has the word. */
  async list(): Promise<AgentEntry[]> {
    const registered = (await this.#store.listAgents()).map((record) => this.#remember(record));
    return [...this.#configured.values(), ...registered.filter((entry) => !this.#configured.has(entry.agentId))];
  }

  /**
   * Idempotent: the same agent again changes nothing.
   * @returns whether the agent is new
   * @throws AosError AOS_AGENT_EXISTS if the id belongs to an agent with another purpose, adapter or lane
   */
  async register(request: RegisterAgentRequest): Promise<{ created: boolean; entry: AgentEntry }> {
    const record: AgentRecord = {
      agentId: request.agent_id,
      purpose: request.purpose,
      adapterName: request.adapter_name,
      priority: request.priority,
      registeredAt: new Date(this.#clock.now()).toISOString(),
    };
    const configured = this.#configured.get(record.agentId);
    if (!configured && (await this.#store.createAgent(record))) return { created: true, entry: this.#remember(record) };
    const existing = configured ?? (await this.get(record.agentId));
    const difference = firstDifference(existing, record);
    if (difference) {
      throw new AosError(
        'AOS_AGENT_EXISTS',
        `Agent ${record.agentId} exists with another ${difference}. Take another id, or remove that agent first.`,
        { details: { differs: difference } },
      );
    }
    return { created: false, entry: existing };
  }

  /** @throws AosError AOS_AGENT_NOT_FOUND; AOS_BAD_REQUEST for an agent of aos.json */
  async deregister(agentId: string): Promise<void> {
    const entry = await this.get(agentId);
    if (entry.origin === 'config') {
      throw new AosError('AOS_BAD_REQUEST', `Agent ${agentId} stands in aos.json. Remove it there.`);
    }
    await this.#store.deleteAgent(agentId);
    this.#registered.delete(agentId);
  }

  #remember(record: AgentRecord): AgentEntry {
    const { registeredAt: _, ...rest } = record;
    const entry: AgentEntry = { ...rest, origin: 'api', handler: undefined, ...NOTHING_MORE };
    this.#registered.set(record.agentId, { entry, readAt: this.#clock.monotonic() });
    return entry;
  }
}

/** What an agent that was registered over the API does not have. */
const NOTHING_MORE = { subscribes: [], examples: [], goals: [], tools: [], instructions: undefined };

function fromConfig(agent: AgentConfig): AgentEntry {
  return {
    agentId: agent.id,
    purpose: agent.purpose,
    adapterName: adapterOf(agent),
    priority: agent.priority,
    origin: 'config',
    handler: agent.handler,
    subscribes: agent.subscribes,
    instructions: instructionsOf(agent),
    tools: agent.tools,
    examples: agent.examples,
    goals: agent.goals,
  };
}

function firstDifference(existing: AgentEntry, wanted: AgentRecord): string | undefined {
  if (existing.purpose !== wanted.purpose) return 'purpose';
  if (existing.adapterName !== wanted.adapterName) return 'adapter';
  return existing.priority !== wanted.priority ? 'priority' : undefined;
}
