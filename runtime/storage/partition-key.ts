import { AosError } from '../core/errors.ts';

/** Both keys of an entity: at most 1 KiB, that is 512 UTF-16 characters (Azure Table service data model). */
const MAX_KEY_CHARS = 512;

/** What a key may not hold: `/ \ # ?` and the control characters (Azure Table service data model). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
const FORBIDDEN = /[/\\#?\u0000-\u001f\u007f-\u009f]/;

/**
 * Partition of an agent's data of one month, `${agentId}_${yyyyMM}` in UTC: the load of all agents and all times spreads
 * over many partitions, and a month of one agent is read with one query (R29).
 * @param at a date, or milliseconds since the Unix epoch
 * @throws AosError AOS_BAD_REQUEST for an id that no table key can hold, or a date that is none
 */
export function partitionKey(agentId: string, at: Date | number): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) {
    throw new AosError('AOS_BAD_REQUEST', `The partition of agent ${agentId} needs a valid date.`);
  }
  if (agentId === '')
    throw new AosError('AOS_BAD_REQUEST', 'A partition key needs an agent id, and this one is empty.');
  const year = String(date.getUTCFullYear()).padStart(4, '0');
  const month = String(date.getUTCMonth() + 1).padStart(2, '0');
  const key = `${agentId}_${year}${month}`;
  checkKey('partition key', key);
  return key;
}

/**
 * Holds a key to the rules of the service, which would answer with a bare 400.
 * @throws AosError AOS_BAD_REQUEST naming the character
 */
export function checkKey(name: 'partition key' | 'row key', key: string): void {
  const forbidden = FORBIDDEN.exec(key)?.[0];
  if (forbidden !== undefined) {
    throw new AosError(
      'AOS_BAD_REQUEST',
      `The ${name} ${JSON.stringify(key)} holds ${JSON.stringify(forbidden)}. ` +
        'Table keys take no "/", "\\", "#", "?" and no control characters: leave it out or replace it.',
    );
  }
  if (key.length > MAX_KEY_CHARS) {
    throw new AosError(
      'AOS_BAD_REQUEST',
      `The ${name} ${JSON.stringify(`${key.slice(0, 40)}…`)} has ${key.length} characters; ${MAX_KEY_CHARS} fit.`,
    );
  }
}

/**
 * Refuses the agent's id alone as partition: all its data, for ever, would sit in one partition, which takes 2,000
 * entities a second at most and cannot be split (R30).
 * @throws AosError AOS_HOTSPOT_KEY
 */
export function refuseHotspot(entity: { partitionKey: string; [property: string]: unknown }): void {
  const agentId = entity.agent_id ?? entity.agentId;
  if (entity.partitionKey !== agentId) return;
  throw new AosError(
    'AOS_HOTSPOT_KEY',
    `The partition key ${JSON.stringify(agentId)} is the agent's id alone: one partition would take all its data. ` +
      'Use partitionKey(agentId, date), which gives one partition a month.',
  );
}
