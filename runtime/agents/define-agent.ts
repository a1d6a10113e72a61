import type { GenerateParameters } from '../contracts/http.ts';
import type { Logger } from '../core/logger.ts';

/** What an agent's handler is called with. */
export interface AgentEvent<Data = unknown> {
  /** The id the sender gave; a redelivered event has the same. */
  readonly id: string;
  readonly type: string;
  readonly data: Data;
  /** 1 on the first delivery, then one more each time a handler failed or a replica was lost. */
  readonly attempt: number;
}

export interface InferOptions {
  parameters?: GenerateParameters;
  /** false: neither read from nor written to the response cache. Default true. */
  cache?: boolean;
}

/** What a handler can do. Everything here stops when `signal` aborts. */
export interface AgentContext {
  readonly agentId: string;
  readonly purpose: string;
  /** Aborts at the handler's deadline, or when this replica loses the agent's shard. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Asks this agent's own model; resolves with the text. */
  infer(prompt: string, options?: InferOptions): Promise<string>;
  /** Asks another agent's model; resolves with the text. */
  ask(agentId: string, prompt: string, options?: InferOptions): Promise<string>;
  /** Sends an event to an agent's mailbox; resolves with the event's id when the bus has taken it. */
  send(agentId: string, type: string, data?: unknown): Promise<string>;
  /** Publishes an event on the topic `agent-events`; resolves with its id when the bus has taken it. */
  publish(type: string, data?: unknown): Promise<string>;
}

/**
 * Handles one event. What it returns becomes `result` of the outcome on `agent-events`. When it throws, the event is
 * delivered again, and dead-lettered with the error after its last attempt.
 */
// biome-ignore lint/suspicious/noExplicitAny: a handler names the type of its own event's data; it is checked by nobody else
export type EventHandler<Data = any> = (event: AgentEvent<Data>, context: AgentContext) => unknown | Promise<unknown>;

export interface AgentDefinition {
  /** Handlers by event type; `*` takes every type that has none of its own. */
  on: Record<string, EventHandler>;
}

/** Says what an agent does. Export the result as `agent` (or as default) from the file that `handler` of aos.json names. */
export function defineAgent(definition: AgentDefinition): AgentDefinition {
  return definition;
}
