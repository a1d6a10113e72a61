import { type AgentAction, agentActionResponseSchema } from '../contracts/http.ts';
import { call, print, type TalkOptions } from './talk.ts';

/** `aos agents start`, `aos agents stop`, `aos agents restart` */
export async function turnAgent(agent: string, action: AgentAction, options: TalkOptions): Promise<void> {
  const path = `/api/agents/${encodeURIComponent(agent)}/${action}`;
  const answer = await call(options, 'POST', path, agentActionResponseSchema);
  print(options, answer, () => [`${agent} is ${answer.state}${hint(action, answer.state)}`]);
}

function hint(action: AgentAction, state: string): string {
  if (action === 'stop') return state === 'stopped' ? '; its events wait' : '; it stops when it has handled its event';
  return state === 'stopped' ? '; it begins when a replica holds its shard' : '';
}
