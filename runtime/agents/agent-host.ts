import { SpanKind, SpanStatusCode, type Tracer } from '@opentelemetry/api';
import type { AgentMessage, Outcome, PublishedEvent, WorkflowSignal } from '../contracts/messages.ts';
import { allowsTool, serverOfTool } from '../contracts/tools.ts';
import { type Clock, sleep } from '../core/clock.ts';
import { AosError, messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { MAX_DELIVERY_COUNT } from '../messaging/entities.ts';
import type { ShardDelivery } from '../messaging/service-bus-manager.ts';
import { deadline } from '../reliability/deadline.ts';
import { agentSpanName, spanAttributes } from '../telemetry/spans.ts';
import { contextOver, type HostedContext, type InferOptions } from './agent-context.ts';
import type { AgentGoalTable } from './agent-goals.ts';
import type { AgentMemoryTable } from './agent-memory.ts';
import type { AgentStateTable } from './agent-state.ts';
import type { AgentSwitch } from './agent-switch.ts';
import type { AgentCatalog, AgentEntry } from './catalog.ts';
import type { HandledLog } from './handled-log.ts';
import type { HandlerThreads } from './handlers/handler-threads.ts';
import type { LifeBook } from './life-book.ts';
import type { MailboxResult } from './mailbox.ts';
import { PurposeDrivenAgent } from './purpose-driven-agent.ts';
import type { Ownership } from './shard-worker.ts';
import type { ToolServers } from './tools/tool-servers.ts';

/** What agents can reach through their context; the AgentManager provides it. */
export interface AgentServices {
  /** @param options `ofItself`: an agent that is stopped may still ask its own model, to finish its event */
  infer(
    agentId: string,
    prompt: string,
    options: InferOptions & { signal: AbortSignal; ofItself?: boolean },
  ): Promise<string>;
  send(agentId: string, type: string, data: unknown, signal: AbortSignal): Promise<string>;
  schedule(agentId: string, type: string, data: unknown, at: Date, signal: AbortSignal): Promise<string>;
  cancelScheduled(scheduled: string, signal: AbortSignal): Promise<void>;
  publish(event: PublishedEvent, signal: AbortSignal): Promise<void>;
  publishOutcome(outcome: Outcome, signal: AbortSignal): Promise<void>;
}

export interface AgentHostOptions {
  handlers: HandlerThreads;
  catalog: AgentCatalog;
  lives: LifeBook;
  switches: Pick<AgentSwitch, 'isStopped'>;
  services: AgentServices;
  states: AgentStateTable;
  memories: AgentMemoryTable;
  goals: AgentGoalTable;
  tools: ToolServers;
  /** Longest time of one handler. */
  handlerDeadlineMs: () => number;
  newEventId: () => string;
  /** Brings a signal to a run of a workflow. */
  signalRun: (message: AgentMessage & { workflow: WorkflowSignal }) => Promise<void>;
  tracer: Tracer;
  clock: Clock;
  logger: Logger;
}

/** First pause before a failed event is given back; doubled with every further attempt. */
const RETRY_BASE_MS = 50;
const RETRY_CAP_MS = 1000;

/** Handles messages with the agents they are for. One message of an agent at a time: the mailbox sees to that. */
export class AgentHost {
  readonly #options: AgentHostOptions;

  constructor(options: AgentHostOptions) {
    this.#options = options;
  }

  /**
   * Handles a message and settles it: completed when its outcome is published; given back when the handler failed, after a
   * pause; dead-lettered with the error after the last attempt. One that was handled already is only completed. Never throws.
   * @param handled the events of this shard that were handled
   */
  async handle(delivery: ShardDelivery, handled: HandledLog, owned: Ownership): Promise<MailboxResult> {
    const { logger } = this.#options;
    const shardSignal = owned.signal;
    const { message } = delivery;
    try {
      if (handled.has(message.event_id)) {
        logger.info('an event that was handled already is not handled again', {
          event: message.event_id,
          agent: message.agent_id,
        });
        await delivery.complete();
        return 'done';
      }
      if (message.workflow) return await this.#signal({ ...message, workflow: message.workflow }, delivery);
      const entry = await this.#options.catalog.find(message.agent_id);
      if (!entry) {
        await delivery.deadLetter('AgentNotFound', `There is no agent ${message.agent_id}.`);
        return 'done';
      }
      return await this.#traced(entry, delivery, () => this.#handleWith(entry, delivery, handled, owned));
    } catch (error) {
      // Settling or publishing failed: the broker delivers the message again, here or to the shard's next owner.
      if (!shardSignal.aborted) {
        logger.warn('a message could not be settled', { event: message.event_id, agent: message.agent_id, error });
      }
      return shardSignal.aborted ? 'done' : this.#giveBack(delivery, shardSignal);
    }
  }

  /**
   * An agent of this replica was stopped, started or restarted. One that begins anew is well again, and its handlers are loaded
   * afresh.
   */
  async turned(agentId: string): Promise<void> {
    const { catalog, handlers, lives, switches } = this.#options;
    const entry = await catalog.find(agentId);
    if (!entry) return;
    const life = await lives.get(agentId);
    const begins = !switches.isStopped(agentId);
    if (begins && entry.handler !== undefined) handlers.renew(entry.handler);
    if (life.state === 'running') return;
    lives.set(agentId, begins ? { ...life, state: 'asleep', lastError: null } : life);
  }

  /** A message for a run of a workflow. Its state remembers what it has taken, so it needs no other record. */
  async #signal(message: AgentMessage & { workflow: WorkflowSignal }, delivery: ShardDelivery): Promise<MailboxResult> {
    await this.#options.signalRun(message);
    await delivery.complete();
    return 'done';
  }

  /** The handling as a span of the trace that the event came with. */
  #traced(
    { agentId }: AgentEntry,
    { message, deliveryCount, sequenceNumber, trace }: ShardDelivery,
    handle: () => Promise<MailboxResult>,
  ): Promise<MailboxResult> {
    const attributes = {
      [spanAttributes.agentId]: agentId,
      'messaging.system': 'servicebus',
      'messaging.message.id': message.event_id,
      'aos.event.type': message.type,
      'aos.event.attempt': deliveryCount + 1,
      'aos.event.waited_ms': Math.max(0, this.#options.clock.now() - Date.parse(message.sent_at)),
      'messaging.servicebus.message.sequence_number': String(sequenceNumber),
    };
    const options = { kind: SpanKind.CONSUMER, attributes };
    return this.#options.tracer.startActiveSpan(
      agentSpanName('handle_event', agentId),
      options,
      trace,
      async (span) => {
        try {
          const result = await handle();
          if (result === 'again') span.setStatus({ code: SpanStatusCode.ERROR, message: 'given back to the bus' });
          return result;
        } finally {
          span.end();
        }
      },
    );
  }

  async #handleWith(
    entry: AgentEntry,
    delivery: ShardDelivery,
    handled: HandledLog,
    owned: Ownership,
  ): Promise<MailboxResult> {
    const { message } = delivery;
    const { signal: shardSignal } = owned;
    const finalAttempt = delivery.deliveryCount + 1 >= MAX_DELIVERY_COUNT;
    const failure = await this.#run(entry, delivery, finalAttempt, owned);
    if (shardSignal.aborted) return 'done';
    if (!failure) {
      await handled.add(message.event_id);
      await delivery.complete();
      return 'done';
    }
    this.#options.logger.warn('an event was not handled', {
      event: message.event_id,
      agent: entry.agentId,
      type: message.type,
      attempt: delivery.deliveryCount + 1,
      finalAttempt,
      error: failure,
    });
    if (!finalAttempt) return this.#giveBack(delivery, shardSignal);
    await this.#options.services.publishOutcome({ ...outcomeOf(message), error: failure.message }, shardSignal);
    await delivery.deadLetter('HandlerFailed', failure.message.slice(0, 4096));
    return 'done';
  }

  /** @returns the error if the handler failed; a handled event's outcome is published before this resolves */
  async #run(entry: AgentEntry, delivery: ShardDelivery, finalAttempt: boolean, owned: Ownership) {
    const { lives, clock, services, handlerDeadlineMs } = this.#options;
    const { message } = delivery;
    const limit = deadline(handlerDeadlineMs(), owned.signal, clock);
    const { handler } = entry;
    const load = handler === undefined ? undefined : () => this.#options.handlers.load(handler);
    const agent = new PurposeDrivenAgent({ ...entry, load }, await lives.get(entry.agentId));
    const event = { id: message.event_id, type: message.type, data: message.data, attempt: delivery.deliveryCount + 1 };
    try {
      const handled = agent.handleEvent(
        event,
        this.#context(entry, { signal: limit.signal, confirm: owned.confirm }),
        finalAttempt,
        () => iso(clock),
      );
      lives.set(entry.agentId, agent.life);
      const result = await handled.finally(() => lives.set(entry.agentId, agent.life));
      await services.publishOutcome({ ...outcomeOf(message), result: toJson(result, entry.agentId) }, owned.signal);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error : new AosError('AOS_HANDLER_FAILED', messageOf(error));
    } finally {
      limit.dispose();
    }
  }

  async #giveBack(delivery: ShardDelivery, signal: AbortSignal): Promise<MailboxResult> {
    const { clock, logger } = this.#options;
    const pauseMs = Math.min(RETRY_CAP_MS, RETRY_BASE_MS * 2 ** delivery.deliveryCount);
    try {
      await sleep(pauseMs, { clock, signal });
      await delivery.abandon();
    } catch (error) {
      // A lost shard needs no giving back: its next owner gets the message.
      if (signal.aborted) return 'done';
      logger.warn('a message could not be given back', { event: delivery.message.event_id, error });
    }
    return 'again';
  }

  /** What others can see waits until the bus has confirmed that the shard is still this replica's. */
  #context(entry: AgentEntry, { signal, confirm }: Ownership): HostedContext {
    const { services, states, memories, goals, tools, logger, newEventId, clock } = this.#options;
    const { agentId, purpose } = entry;
    const owned =
      <A extends unknown[], R>(act: (...args: A) => Promise<R>) =>
      async (...args: A): Promise<R> => {
        await confirm();
        return act(...args);
      };
    const calls: HostedContext['calls'] = {
      infer: (prompt, options) => services.infer(agentId, prompt, { ...options, signal, ofItself: true }),
      ask: (other, prompt, options) => services.infer(other, prompt, { ...options, signal }),
      send: owned((to, type, data) => services.send(to, type, data, signal)),
      schedule: owned((type, data, when) => {
        const at = 'at' in when ? when.at : new Date(clock.now() + when.afterMs);
        return services.schedule(agentId, type, data, at, signal);
      }),
      cancel: owned((scheduled) => services.cancelScheduled(scheduled, signal)),
      publish: owned(async (type, data) => {
        const id = newEventId();
        await services.publish({ event_id: id, agent_id: agentId, type, data }, signal);
        return id;
      }),
      readState: (key) => states.read(agentId, key, signal),
      writeState: owned((key, value, version) => states.write(agentId, key, value, version, signal)),
      deleteState: owned((key) => states.delete(agentId, key, signal)),
      listState: () => states.keys(agentId, signal),
      addMemory: owned((content) => memories.add(agentId, content, signal)),
      listMemories: (limit) => memories.list(agentId, limit, signal),
      clearMemory: owned(() => memories.clear(agentId)),
      listGoals: () => goals.list(agentId, entry.goals, signal),
      reportGoal: owned((goalId, progress, note) =>
        goals.report(agentId, entry.goals, { goalId, progress, note }, signal),
      ),
      callTool: owned((tool, args) => {
        const server = serverOfTool(tool);
        const name = tool.slice(server.length + 1);
        if (allowsTool(entry.tools, server, name)) return tools.call(server, name, args, { signal });
        throw new AosError(
          'AOS_BAD_REQUEST',
          `Agent ${agentId} may not call ${tool}. Add "${tool}" to its tools in aos.json.`,
        );
      }),
      listTools: (server) => tools.listTools(server, { signal }),
    };
    return contextOver(calls, { agentId, purpose, signal, log: logger.child(`agent.${agentId}`) });
  }
}

const outcomeOf = ({ event_id, agent_id, type }: AgentMessage) => ({ event_id, agent_id, type });
const iso = (clock: Clock) => new Date(clock.now()).toISOString();

function toJson(result: unknown, agentId: string): unknown {
  try {
    return result === undefined ? undefined : JSON.parse(JSON.stringify(result));
  } catch (cause) {
    throw new AosError(
      'AOS_HANDLER_FAILED',
      `The handler of ${agentId} returned something that is not JSON: ${messageOf(cause)}`,
      { cause },
    );
  }
}
