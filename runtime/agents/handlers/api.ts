/** What `import … from 'aos-studio'` gives to a handler: light, since every handler file is loaded in a thread of its own. */
export { AosError, isAosError } from '../../core/errors.ts';
export { getShardId } from '../../sharding/shard-id.ts';
export type { AgentContext } from '../agent-context.ts';
export {
  type AgentDefinition,
  type AgentEvent,
  defineAgent,
  type EventHandler,
} from '../define-agent.ts';
export { PurposeDrivenAgent } from '../purpose-driven-agent.ts';
