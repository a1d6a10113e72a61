import type { HostedContext } from './agent-context.ts';

/** What an agent's handler is called with. */
export interface AgentEvent<Data = unknown> {
  /** The id the sender gave; a redelivered event has the same. */
  readonly id: string;
  readonly type: string;
  readonly data: Data;
  /** 1 on the first delivery, then one more each time a handler failed or a replica was lost. */
  readonly attempt: number;
}

/**
 * Handles one event. What it returns becomes `result` of the outcome on `agent-events`. When it throws, the event is
 * delivered again, and dead-lettered with the error after its last attempt.
 */
// biome-ignore lint/suspicious/noExplicitAny: a handler names the type of its own event's data; it is checked by nobody else
export type EventHandler<Data = any> = (event: AgentEvent<Data>, context: HostedContext) => unknown | Promise<unknown>;

export interface AgentDefinition {
  /** Handlers by event type; `*` takes every type that has none of its own. */
  on: Record<string, EventHandler>;
}

/** Says what an agent does. Export the result as `agent` (or as default) from the file that `handler` of aos.json names. */
export function defineAgent(definition: AgentDefinition): AgentDefinition {
  return definition;
}
