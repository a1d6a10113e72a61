import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { AgentMessage, Outcome, PublishedEvent } from '../contracts/messages.ts';
import { type Clock, sleep } from '../core/clock.ts';
import { AosError, messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { MAX_DELIVERY_COUNT } from '../messaging/entities.ts';
import type { ShardDelivery } from '../messaging/service-bus-manager.ts';
import { deadline } from '../reliability/deadline.ts';
import type { AgentCatalog, AgentEntry } from './catalog.ts';
import type { AgentContext, AgentDefinition, InferOptions } from './define-agent.ts';
import { loadHandlers } from './handler-loader.ts';
import type { LifeBook } from './life-book.ts';
import type { MailboxResult } from './mailbox.ts';
import { PurposeDrivenAgent } from './purpose-driven-agent.ts';

/** What agents can reach through their context; the AgentManager provides it. */
export interface AgentServices {
  infer(agentId: string, prompt: string, options: InferOptions & { signal: AbortSignal }): Promise<string>;
  send(agentId: string, type: string, data: unknown, signal: AbortSignal): Promise<string>;
  publish(event: PublishedEvent, signal: AbortSignal): Promise<void>;
  publishOutcome(outcome: Outcome, signal: AbortSignal): Promise<void>;
}

export interface AgentHostOptions {
  /** The workspace; handlers are relative to it. */
  folder: string;
  catalog: AgentCatalog;
  lives: LifeBook;
  services: AgentServices;
  /** Longest time of one handler. */
  handlerDeadlineMs: () => number;
  newEventId: () => string;
  clock: Clock;
  logger: Logger;
}

/** First pause before a failed event is given back; doubled with every further attempt. */
const RETRY_BASE_MS = 50;
const RETRY_CAP_MS = 1000;

/** Handles messages with the agents they are for. One message of an agent at a time: the mailbox sees to that. */
export class AgentHost {
  readonly #options: AgentHostOptions;
  readonly #handlers = new Map<string, { modifiedMs: number; definition: Promise<AgentDefinition> }>();

  constructor(options: AgentHostOptions) {
    this.#options = options;
  }

  /**
   * Handles a message and settles it: completed when its outcome is published; given back when the handler failed, after a
   * pause; dead-lettered with the error after the last attempt. Never throws.
   * @param shardSignal aborts when this replica loses the shard: then the message is the next owner's
   */
  async handle(delivery: ShardDelivery, shardSignal: AbortSignal): Promise<MailboxResult> {
    const { logger } = this.#options;
    const { message } = delivery;
    try {
      const entry = await this.#options.catalog.find(message.agent_id);
      if (!entry) {
        await delivery.deadLetter('AgentNotFound', `There is no agent ${message.agent_id}.`);
        return 'done';
      }
      return await this.#handleWith(entry, delivery, shardSignal);
    } catch (error) {
      // Settling or publishing failed: the broker delivers the message again, here or to the shard's next owner.
      if (!shardSignal.aborted) {
        logger.warn('a message could not be settled', { event: message.event_id, agent: message.agent_id, error });
      }
      return shardSignal.aborted ? 'done' : this.#giveBack(delivery, shardSignal);
    }
  }

  async #handleWith(entry: AgentEntry, delivery: ShardDelivery, shardSignal: AbortSignal): Promise<MailboxResult> {
    const { message } = delivery;
    const finalAttempt = delivery.deliveryCount + 1 >= MAX_DELIVERY_COUNT;
    const failure = await this.#run(entry, delivery, finalAttempt, shardSignal);
    if (shardSignal.aborted) return 'done';
    if (!failure) {
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
  async #run(entry: AgentEntry, delivery: ShardDelivery, finalAttempt: boolean, shardSignal: AbortSignal) {
    const { lives, clock, services, handlerDeadlineMs } = this.#options;
    const { message } = delivery;
    const limit = deadline(handlerDeadlineMs(), shardSignal, clock);
    const { handler } = entry;
    const load = handler === undefined ? undefined : () => this.#load(handler);
    const agent = new PurposeDrivenAgent({ ...entry, load }, await lives.get(entry.agentId));
    const event = { id: message.event_id, type: message.type, data: message.data, attempt: delivery.deliveryCount + 1 };
    try {
      const handled = agent.handleEvent(event, this.#context(entry, limit.signal), finalAttempt, () => iso(clock));
      lives.set(entry.agentId, agent.life);
      const result = await handled.finally(() => lives.set(entry.agentId, agent.life));
      await services.publishOutcome({ ...outcomeOf(message), result: toJson(result, entry.agentId) }, shardSignal);
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

  /** The handlers of a file; loaded anew when the file has changed. */
  async #load(file: string): Promise<AgentDefinition> {
    const { folder } = this.#options;
    const modifiedMs = (await stat(path.resolve(folder, file)).catch(() => undefined))?.mtimeMs ?? 0;
    const known = this.#handlers.get(file);
    if (known && known.modifiedMs === modifiedMs) return known.definition;
    const definition = loadHandlers(folder, file, modifiedMs);
    this.#handlers.set(file, { modifiedMs, definition });
    return definition;
  }

  #context(entry: AgentEntry, signal: AbortSignal): AgentContext {
    const { services, logger, newEventId } = this.#options;
    const { agentId, purpose } = entry;
    return {
      agentId,
      purpose,
      signal,
      log: logger.child(`agent.${agentId}`),
      infer: (prompt, options) => services.infer(agentId, prompt, { ...options, signal }),
      ask: (other, prompt, options) => services.infer(other, prompt, { ...options, signal }),
      send: (to, type, data) => services.send(to, type, data, signal),
      publish: async (type, data) => {
        const id = newEventId();
        await services.publish({ event_id: id, agent_id: agentId, type, data }, signal);
        return id;
      },
    };
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
