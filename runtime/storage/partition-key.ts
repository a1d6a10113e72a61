import { AosError } from '../core/errors.ts';

/** Both keys of an entity: at most 1 KiB, that is 512 UTF-16 characters (Azure Table service data model). */
const MAX_KEY_CHARS = 512;

/** What a key may not hold: `/ \ # ?` and the control characters (Azure Table service data model). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
const FORBIDDEN = /[/\\#?\u0000-\u001f\u007f-\u009f]/;

/** A date as {@link timeRowKey} writes it. */
const TIME = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})(\d{3})Z(?=_|$)/;

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
 * Row key of what happened at `at`: rows of a partition come in the order of time, which is what a query by time reads.
 * @param at a date, or milliseconds since the Unix epoch; the years 0 to 9999
 * @param id tells rows of one millisecond apart; without it the key is the lower bound of that millisecond
 * @returns e.g. `20260309T120000000Z_7f3a`
 * @throws AosError AOS_BAD_REQUEST for a date that is none, or an id that no table key can hold
 */
export function timeRowKey(at: Date | number, id?: string): string {
  const date = new Date(at);
  const text = Number.isNaN(date.getTime()) ? '' : date.toISOString().replace(/[-:.]/g, '');
  if (!TIME.test(text)) throw new AosError('AOS_BAD_REQUEST', 'A row key needs a valid date of the years 0 to 9999.');
  const key = id === undefined ? text : `${text}_${id}`;
  checkKey('row key', key);
  return key;
}

/**
 * The time of a key that {@link timeRowKey} made.
 * @returns milliseconds since the Unix epoch; undefined for any other key
 */
export function timeOfRowKey(key: string): number | undefined {
  const [, year, month, day, hour, minute, second, ms] = TIME.exec(key) ?? [];
  if (year === undefined) return undefined;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`);
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
