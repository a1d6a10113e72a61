import { AosError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';

/** What a table does with a hotspot key: throws, logs a warning, or takes it (for data that stays small). */
export type HotspotPolicy = 'refuse' | 'warn' | 'allow';

/** A partition that takes all data of one agent, for ever. */
export interface HotspotKey {
  partitionKey: string;
  agentId: string;
  /** What is wrong and what to do instead, for people. */
  message: string;
}

/** At most so many partitions of a table are warned of: the log must not grow with the agents. */
const MAX_WARNINGS = 20;

/**
 * Finds a partition key that is the agent's id, alone or as `agent_<id>` (as the Python AOS documents it): one partition
 * takes 2,000 entities a second at most and cannot be split (R30; Table storage scalability targets).
 * @param entity its agent is the property `agent_id` or `agentId`; an entity of no agent has no hotspot
 */
export function findHotspotKey(entity: { partitionKey: string; [property: string]: unknown }): HotspotKey | undefined {
  const { partitionKey } = entity;
  const agentId = entity.agent_id ?? entity.agentId;
  if (typeof agentId !== 'string' || agentId === '') return undefined;
  const bare = partitionKey.replace(/^agents?[-_.]/i, '');
  if (partitionKey !== agentId && bare !== agentId) return undefined;
  return { partitionKey, agentId, message: hotspotMessage(JSON.stringify(partitionKey), agentId) };
}

function hotspotMessage(key: string, agentId: string): string {
  return (
    `The partition key ${key} is the agent's id alone: one partition would take all its data, for ever, ` +
    'at 2,000 entities a second at most. ' +
    `Use partitionKey(agentId, date), which gives one partition a month: ${agentId}_202601, ${agentId}_202602, …`
  );
}

/**
 * The check a table makes of every entity it is to write.
 * @returns a function that throws AosError AOS_HOTSPOT_KEY if the policy is `refuse`
 */
export function hotspotGuard(
  policy: HotspotPolicy,
  { table, logger }: { table: string; logger: Logger },
): (entity: { partitionKey: string; [property: string]: unknown }) => void {
  const warned = new Set<string>();
  return (entity) => {
    const hotspot = policy === 'allow' ? undefined : findHotspotKey(entity);
    if (!hotspot) return;
    if (policy === 'refuse') throw new AosError('AOS_HOTSPOT_KEY', hotspot.message);
    if (warned.has(hotspot.partitionKey) || warned.size === MAX_WARNINGS) return;
    warned.add(hotspot.partitionKey);
    logger.warn(hotspot.message, { table, partitionKey: hotspot.partitionKey });
  };
}
