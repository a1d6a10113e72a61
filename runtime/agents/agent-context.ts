import type { GenerateParameters, GoalView } from '../contracts/http.ts';
import type { Logger } from '../core/logger.ts';
import type { AgentGoals } from './agent-goals.ts';
import type { AgentMemory, Memory } from './agent-memory.ts';
import { type AgentState, type StateCalls, stateOver } from './agent-state.ts';
import type { ToolResult } from './tools/tool-result.ts';
import type { Tool } from './tools/tool-server.ts';

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
  /** What this agent keeps, by key. */
  readonly state: AgentState;
  /** What this agent remembers, newest first. */
  readonly memory: AgentMemory;
  /** What this agent is to reach, and how far it has come. */
  readonly goals: AgentGoals;
  /** MCP tools that `tools` of aos.json lets this agent call. */
  readonly tools: {
    /** @param tool `server/tool` @param args what the tool asks for */
    call(tool: string, args?: Record<string, unknown>): Promise<ToolResult>;
    /** The tools of a server. */
    list(server: string): Promise<Tool[]>;
  };
  /** Asks this agent's own model; resolves with the text. */
  infer(prompt: string, options?: InferOptions): Promise<string>;
  /** Asks another agent's model; resolves with the text. */
  ask(agentId: string, prompt: string, options?: InferOptions): Promise<string>;
  /** Sends an event to an agent's mailbox; resolves with the event's id when the bus has taken it. */
  send(agentId: string, type: string, data?: unknown): Promise<string>;
  /**
   * Sends an event to this agent later. The bus keeps it: it comes even if every replica was restarted meanwhile.
   * @returns what `cancel` takes
   */
  schedule(type: string, data: unknown, when: { afterMs: number } | { at: Date }): Promise<string>;
  /** Takes a scheduled event back. @throws AosError AOS_SERVICE_BUS if it has come already */
  cancel(scheduled: string): Promise<void>;
  /** Publishes an event on the topic `agent-events`; resolves with its id when the bus has taken it. */
  publish(type: string, data?: unknown): Promise<string>;
}

/** What the context is made of: plain calls, which also travel to the thread that a handler runs in. */
export interface ContextCalls
  extends Pick<AgentContext, 'infer' | 'ask' | 'send' | 'schedule' | 'cancel' | 'publish'>,
    StateCalls {
  addMemory(content: unknown): Promise<void>;
  listMemories(limit: number): Promise<Memory[]>;
  clearMemory(): Promise<void>;
  listGoals(): Promise<GoalView[]>;
  reportGoal(goalId: string, progress: number, note: string | undefined): Promise<void>;
  callTool(tool: string, args: Record<string, unknown>): Promise<ToolResult>;
  listTools(server: string): Promise<Tool[]>;
}

/** A context and the calls under it. */
export interface HostedContext extends AgentContext {
  readonly calls: ContextCalls;
}

const DEFAULT_MEMORIES = 20;

export function contextOver(
  calls: ContextCalls,
  facts: Pick<AgentContext, 'agentId' | 'purpose' | 'signal' | 'log'>,
): HostedContext {
  const { infer, ask, send, schedule, cancel, publish } = calls;
  return {
    ...facts,
    calls,
    ...{ infer, ask, send, schedule, cancel, publish },
    state: stateOver(calls),
    tools: { call: (tool, args = {}) => calls.callTool(tool, args), list: (server) => calls.listTools(server) },
    memory: {
      add: (content) => calls.addMemory(content),
      list: ({ limit = DEFAULT_MEMORIES } = {}) => calls.listMemories(limit),
      clear: () => calls.clearMemory(),
    },
    goals: {
      list: () => calls.listGoals(),
      report: (goalId, progress, note) => calls.reportGoal(goalId, progress, note),
    },
  };
}
