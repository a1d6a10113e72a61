import { AosError } from '../core/errors.ts';
import { checkKey } from './partition-key.ts';

/**
 * An entity as it is written: two keys and flat properties. Values are strings, numbers, booleans, bigints, dates and
 * bytes; undefined and null are left out.
 */
export interface Entity {
  partitionKey: string;
  rowKey: string;
  [property: string]: unknown;
}

/** An entity as it is read. */
export interface Row {
  partitionKey: string;
  rowKey: string;
  [property: string]: unknown;
}

/** Limits of the service: an entity 1 MiB, a property 64 KiB, 252 properties besides the keys and the time stamp. */
const MAX_ENTITY_BYTES = 1024 * 1024;
const MAX_PROPERTY_BYTES = 64 * 1024;
const MAX_PROPERTIES = 252;
const MAX_NAME_CHARS = 255;
const INT32 = 2 ** 31;
const INT64 = 2n ** 63n;
/** The dates the service knows, in milliseconds since the Unix epoch: the years 1601 to 9999. */
const FIRST_DATE_MS = Date.UTC(1601, 0, 1);
const LAST_DATE_MS = Date.UTC(10_000, 0, 1) - 1;

/** Names follow the rules of C# identifiers. The service sets the two others itself. */
const NAME = /^[\p{L}_][\p{L}\p{N}_]*$/u;
const RESERVED: ReadonlySet<string> = new Set(['timestamp', 'etag']);

type Value = string | number | boolean | bigint | Date | Uint8Array | { type: 'Double'; value: number };

/** An entity that the service will take. */
export interface CheckedEntity {
  partitionKey: string;
  rowKey: string;
  [property: string]: Value;
}

/**
 * Holds an entity to the rules and limits of the service, which would answer with a bare 400, and gives it the types it
 * needs on the wire.
 * @throws AosError AOS_BAD_REQUEST (a key, a type, a size)
 */
export function checkEntity(entity: Entity): CheckedEntity {
  const { partitionKey, rowKey } = entity;
  checkKey('partition key', partitionKey);
  checkKey('row key', rowKey);
  const checked: CheckedEntity = { partitionKey, rowKey };
  // The service's own formula: 4 bytes, the keys, and for each property 8 bytes, its name and its value, in UTF-16.
  let size = 4 + 2 * (partitionKey.length + rowKey.length);
  let count = 0;
  for (const [name, given] of Object.entries(entity)) {
    if (name === 'partitionKey' || name === 'rowKey' || given === undefined || given === null) continue;
    checkName(entity, name);
    const value = toValue(entity, name, given);
    const bytes = valueBytes(value);
    if (bytes > MAX_PROPERTY_BYTES) {
      throw refusal(entity, `its property ${name} takes ${kib(bytes)}, and a property holds 64 KiB. Split it`);
    }
    size += 8 + 2 * name.length + bytes;
    count++;
    checked[name] = value;
  }
  if (count > MAX_PROPERTIES) throw refusal(entity, `it has ${count} properties, and ${MAX_PROPERTIES} fit`);
  if (size > MAX_ENTITY_BYTES) {
    throw refusal(entity, `it takes ${kib(size)}, and an entity holds 1 MiB. Keep what is large in a blob`);
  }
  return checked;
}

function checkName(entity: Entity, name: string): void {
  if (RESERVED.has(name.toLowerCase())) {
    throw refusal(entity, `its property ${name} has a name that the service keeps for itself`);
  }
  if (name.length > MAX_NAME_CHARS || !NAME.test(name)) {
    throw refusal(
      entity,
      `its property ${JSON.stringify(name.slice(0, 40))} has a name that is no identifier of at most ${MAX_NAME_CHARS} characters`,
    );
  }
}

/** An integer without a type counts as Int32; the service refuses larger ones unless they say what they are. */
function toValue(entity: Entity, name: string, value: unknown): Value {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'bigint':
      if (value < -INT64 || value >= INT64) throw refusal(entity, `its property ${name} is beyond 64 bits`);
      return value;
    case 'number': {
      if (!Number.isFinite(value)) throw refusal(entity, `its property ${name} is ${value}`);
      const large = Number.isInteger(value) && (value < -INT32 || value >= INT32);
      return large ? { type: 'Double', value } : value;
    }
    default:
      if (value instanceof Uint8Array) return value;
      if (value instanceof Date) {
        if (value.getTime() >= FIRST_DATE_MS && value.getTime() <= LAST_DATE_MS) return value;
        throw refusal(entity, `its property ${name} is no date of the years 1601 to 9999`);
      }
      throw refusal(entity, `its property ${name} is an object. Properties are flat: write it as JSON text`);
  }
}

function valueBytes(value: Value): number {
  if (typeof value === 'string') return 2 * value.length + 4;
  if (value instanceof Uint8Array) return value.byteLength + 4;
  return typeof value === 'boolean' ? 1 : 8;
}

function refusal({ partitionKey, rowKey }: Entity, why: string): AosError {
  return new AosError('AOS_BAD_REQUEST', `Entity ${partitionKey}/${rowKey} cannot be stored: ${why}.`);
}

const kib = (bytes: number) => `${Math.ceil(bytes / 1024)} KiB`;
