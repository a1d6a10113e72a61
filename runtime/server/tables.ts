import { AGENT_STATE_TABLE } from '../agents/agent-state.ts';
import { ANSWERS_TABLE } from '../agents/answer-store.ts';
import { CONVERSATIONS_TABLE } from '../agents/conversation-log.ts';
import { STATE_TABLE } from '../agents/state-store.ts';
import { TableManager, type TableManagerOptions } from '../storage/table-manager.ts';
import { WORKFLOW_TABLE } from '../workflow/table-store.ts';
import { METRICS_TABLE } from './metrics-store.ts';
import { TRACES_TABLE } from './trace-store.ts';

/** The tables of a replica; each is created when it is first ensured. */
export function openTables(options: Omit<TableManagerOptions, 'table'>) {
  const table = (name: string) => new TableManager({ ...options, table: name });
  return {
    state: table(STATE_TABLE),
    conversations: table(CONVERSATIONS_TABLE),
    answers: table(ANSWERS_TABLE),
    agentState: table(AGENT_STATE_TABLE),
    workflows: table(WORKFLOW_TABLE),
    traces: table(TRACES_TABLE),
    metrics: table(METRICS_TABLE),
  };
}
