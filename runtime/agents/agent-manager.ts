import { trace } from '@opentelemetry/api';
import type {
  AgentAction,
  AgentState,
  GenerateParameters,
  InferResponse,
  RegisterAgentRequest,
  SendEventResponse,
} from '../contracts/http.ts';
import type { Outcome, PublishedEvent } from '../contracts/messages.ts';
import { type Clock, sleep } from '../core/clock.ts';
import { AosError } from '../core/errors.ts';
import { newId } from '../core/ids.ts';
import type { ServiceBusManager } from '../messaging/service-bus-manager.ts';
import { getShardId } from '../sharding/shard-id.ts';
import type { Meters } from '../telemetry/telemetry.ts';
import type { AgentServices } from './agent-host.ts';
import type { AgentSwitch } from './agent-switch.ts';
import type { Asker, InferCall } from './asker.ts';
import type { AgentCatalog, AgentEntry } from './catalog.ts';
import { NEW_LIFE, PurposeDrivenAgent } from './purpose-driven-agent.ts';
import type { StateStore } from './state-store.ts';
import type { UsageBook } from './usage-book.ts';

export interface AgentManagerOptions {
  /** Shards of the system; fixed while it runs, since an agent's shard follows from it. */
  numShards: number;
  catalog: AgentCatalog;
  switches: AgentSwitch;
  lives: Pick<StateStore, 'getLife'>;
  /** False where this process does not receive by itself (Azure Functions): what came could only be handled or given back. */
  canPutAside: boolean;
  bus: ServiceBusManager;
  asker: Asker;
  usage: UsageBook;
  /** Hear what comes of events, and what agents publish, after the bus has taken it: workflows wait for both. */
  onOutcome?: (outcome: Outcome) => Promise<void>;
  onPublished?: (event: PublishedEvent) => Promise<void>;
  meters: Pick<Meters, 'agentRegistrations' | 'messagesBridged'>;
  clock: Clock;
}

/** How long an order may take to reach the replica that holds the agent's shard: it looks with its heartbeat. */
const TURN_MS = 3000;
const LOOK_MS = 50;

/** Registers agents and works with them, whichever replica they live on. */
export class AgentManager implements AgentServices {
  readonly #options: AgentManagerOptions;

  constructor(options: AgentManagerOptions) {
    this.#options = options;
  }

  /**
   * Registers an agent; the same one again is fine. Its events reach it on the replica that holds its shard (R11, R12).
   * @returns whether it is new, and its shard
   * @throws AosError AOS_AGENT_EXISTS if the id belongs to an agent with another purpose, adapter or lane
   */
  async registerAgent(agent: PurposeDrivenAgent | RegisterAgentRequest): Promise<{ created: boolean; shard: number }> {
    const request = agent instanceof PurposeDrivenAgent ? toRequest(agent) : agent;
    const { created } = await this.#options.catalog.register(request);
    if (created) this.#options.meters.agentRegistrations.add(1);
    return { created, shard: this.shardOf(request.agent_id) };
  }

  /** @throws AosError AOS_AGENT_NOT_FOUND; AOS_BAD_REQUEST for an agent of aos.json */
  async deregisterAgent(agentId: string): Promise<void> {
    await this.#options.catalog.deregister(agentId);
    this.#options.usage.forget(agentId);
    // What waited for a stopped agent is dead-lettered now.
    await this.#options.switches.look();
  }

  /**
   * Stops an agent, starts it, or both; as often as one likes. The events of a stopped agent wait in its shard, whichever
   * replica holds that; what it handles it may finish. One that is started begins anew: well, and with its handlers as they
   * are now. Resolves when the replica that holds its shard has acted, or after three seconds.
   * @returns the agent's state by then
   * @throws AosError AOS_AGENT_NOT_FOUND, AOS_STORAGE; AOS_BAD_REQUEST on Azure Functions
   */
  async turn(agentId: string, action: AgentAction, signal?: AbortSignal): Promise<AgentState> {
    const { catalog, switches, canPutAside, clock } = this.#options;
    await catalog.get(agentId);
    if (!canPutAside) {
      throw new AosError(
        'AOS_BAD_REQUEST',
        'On Azure Functions no agent can be stopped: its events cannot wait there. Deploy to Container Apps instead.',
      );
    }
    const before = await this.#stateOf(agentId);
    await switches.turn(agentId, action);
    const begins = action === 'restart' || (action === 'start' && before === 'stopped');
    const acted = (state: AgentState) =>
      action === 'stop' ? state === 'stopped' : !begins || (state !== 'stopped' && state !== 'failed');
    const end = clock.monotonic() + TURN_MS;
    let state = await this.#stateOf(agentId);
    while (!acted(state) && clock.monotonic() < end) {
      await sleep(LOOK_MS, { clock, ...(signal ? { signal } : {}) });
      state = await this.#stateOf(agentId);
    }
    return state;
  }

  async #stateOf(agentId: string): Promise<AgentState> {
    return (await this.#options.lives.getLife(agentId))?.state ?? NEW_LIFE.state;
  }

  listAgents(): Promise<AgentEntry[]> {
    return this.#options.catalog.list();
  }

  shardOf(agentId: string): number {
    return getShardId(agentId, this.#options.numShards);
  }

  /** Asks an agent's model; see {@link Asker.ask}. */
  ask(call: InferCall): Promise<InferResponse> {
    return this.#options.asker.ask(call);
  }

  async infer(
    agentId: string,
    prompt: string,
    options: { parameters?: GenerateParameters; cache?: boolean; ofItself?: boolean; signal?: AbortSignal } = {},
  ) {
    return (await this.ask({ agentId, prompt, ...options })).response;
  }

  /**
   * Puts an event into the agent's mailbox. Resolves when the bus has taken it: from then on it is handled, if need be by
   * another replica.
   * @throws AosError AOS_AGENT_NOT_FOUND, AOS_MESSAGE_TOO_LARGE, AOS_SERVICE_BUS
   */
  async sendEvent(
    agentId: string,
    event: { type: string; data?: unknown; id?: string | undefined },
    signal?: AbortSignal,
  ): Promise<SendEventResponse> {
    const { shard, message } = await this.#address(agentId, event);
    await this.#options.bus.sendToShard(shard, message, { signal });
    return { event_id: message.event_id, agent_id: agentId, shard };
  }

  /** What an agent sends to another one. */
  async send(agentId: string, type: string, data: unknown, signal?: AbortSignal): Promise<string> {
    const { event_id } = await this.sendEvent(agentId, { type, data }, signal);
    this.#options.meters.messagesBridged.add(1);
    return event_id;
  }

  /** As `sendEvent`, but the bus keeps it back until `at`. @returns what `cancelScheduled` takes */
  async schedule(agentId: string, type: string, data: unknown, at: Date, signal?: AbortSignal): Promise<string> {
    const { shard, message } = await this.#address(agentId, { type, data });
    return this.#options.bus.scheduleToShard(shard, message, at, signal);
  }

  /** @throws AosError AOS_SERVICE_BUS if it was delivered or cancelled already */
  async cancelScheduled(scheduled: string, signal?: AbortSignal): Promise<void> {
    await this.#options.bus.cancelScheduled(scheduled, signal);
  }

  /** Publishes an event of an agent on `agent-events`. */
  async publish(event: PublishedEvent, signal?: AbortSignal): Promise<void> {
    await this.#options.bus.publishEvent({ subject: event.type, body: event, messageId: event.event_id, signal });
    await this.#options.onPublished?.(event);
  }

  /** Publishes what came of an event. Its message id is made of the event's, so that a repeated outcome is one outcome. */
  async publishOutcome(outcome: Outcome, signal?: AbortSignal): Promise<void> {
    const how = outcome.error === undefined ? 'handled' : 'failed';
    await this.#options.bus.publishEvent({
      subject: `${outcome.type}.${how}`,
      body: outcome,
      messageId: outcomeId(outcome.event_id, how),
      correlationId: outcome.event_id,
      signal,
    });
    await this.#options.onOutcome?.(outcome);
  }

  async #address(agentId: string, event: { type: string; data?: unknown; id?: string | undefined }) {
    const { catalog, clock } = this.#options;
    await catalog.get(agentId);
    const message = {
      event_id: event.id ?? newId('evt'),
      agent_id: agentId,
      type: event.type,
      data: event.data,
      sent_at: new Date(clock.now()).toISOString(),
    };
    return { shard: this.shardOf(agentId), message };
  }
}

function toRequest(agent: PurposeDrivenAgent): RegisterAgentRequest {
  return { agent_id: agent.agentId, purpose: agent.purpose, adapter_name: agent.adapterName, priority: agent.priority };
}

/** At most 128 characters (the limit of a Service Bus message id), different for different events. */
function outcomeId(eventId: string, how: string): string {
  const id = `${eventId}.${how}`;
  return id.length <= 128 ? id : `${id.slice(0, 100)}~${getShardId(eventId, 2 ** 30)}.${how}`;
}

/** Trace id of the span that is active here, for logs and errors. */
export function activeTraceId(): string | undefined {
  return trace.getActiveSpan()?.spanContext().traceId;
}
