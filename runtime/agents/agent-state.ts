import { AosError } from '../core/errors.ts';
import type { TableManager } from '../storage/table-manager.ts';

/** The table of what agents keep. */
export const AGENT_STATE_TABLE = 'AOSAgentState';

/** Characters of a value's JSON: a property of Table storage holds 64 KiB of UTF-16. */
const MAX_CHARACTERS = 30_000;
/** How often an update is tried again when somebody else wrote in between. */
const UPDATE_ATTEMPTS = 5;

/** A value with its version (the ETag of its row). */
export interface Versioned {
  value: unknown;
  version: string;
}

/** What an agent keeps between its events: values as JSON, by key; durable when the promise resolves. */
export interface AgentState {
  get<T = unknown>(key: string): Promise<T | undefined>;
  set(key: string, value: unknown): Promise<void>;
  /**
   * Changes a value; `change` is called again with the newer one when somebody else wrote in between.
   * @throws AosError AOS_STATE_CONFLICT after five times
   */
  update<T = unknown>(key: string, change: (value: T | undefined) => T): Promise<T>;
  delete(key: string): Promise<void>;
  /** In ascending order. */
  keys(): Promise<string[]>;
}

/** The state of all agents as rows of one table. */
export class AgentStateTable {
  readonly #table: TableManager;

  constructor(table: TableManager) {
    this.#table = table;
  }

  async read(agentId: string, key: string, signal?: AbortSignal): Promise<Versioned | undefined> {
    const found = await this.#table.getVersioned(partitionOf(agentId), key, { signal });
    return found && { value: JSON.parse(String(found.row.value)), version: found.etag };
  }

  /**
   * Writes a value if its version is the one that was read; without a version, if there is no value yet.
   * @returns whether it was written
   * @throws AosError AOS_BAD_REQUEST for a value that is not JSON or longer than 30,000 characters of it
   */
  async write(
    agentId: string,
    key: string,
    value: unknown,
    version: string | undefined,
    signal?: AbortSignal,
  ): Promise<boolean> {
    const entity = { partitionKey: partitionOf(agentId), rowKey: key, value: toText(agentId, key, value) };
    if (version === undefined) return this.#table.create(entity, { signal });
    return (await this.#table.replace(entity, version, { signal })) !== undefined;
  }

  async delete(agentId: string, key: string, signal?: AbortSignal): Promise<void> {
    await this.#table.delete(partitionOf(agentId), key, { signal });
  }

  async keys(agentId: string, signal?: AbortSignal): Promise<string[]> {
    const keys: string[] = [];
    for await (const row of this.#table.query({ partitionKey: partitionOf(agentId), select: ['rowKey'], signal })) {
      keys.push(row.rowKey);
    }
    return keys;
  }
}

/** How the state is reached; functions do not travel between threads, so `update` is made of these. */
export interface StateCalls {
  readState(key: string): Promise<Versioned | undefined>;
  writeState(key: string, value: unknown, version: string | undefined): Promise<boolean>;
  deleteState(key: string): Promise<void>;
  listState(): Promise<string[]>;
}

/** The state as a handler works with it. */
export function stateOver(calls: StateCalls): AgentState {
  const update = async <T>(key: string, change: (value: T | undefined) => T): Promise<T> => {
    for (let attempt = 0; attempt < UPDATE_ATTEMPTS; attempt++) {
      const before = await calls.readState(key);
      const value = change(before?.value as T | undefined);
      if (await calls.writeState(key, value, before?.version)) return value;
    }
    throw new AosError(
      'AOS_STATE_CONFLICT',
      `The state "${key}" was written by somebody else ${UPDATE_ATTEMPTS} times in a row. ` +
        'Is another system running on the same storage?',
    );
  };
  return {
    update,
    get: async <T>(key: string) => (await calls.readState(key))?.value as T | undefined,
    set: async (key, value) => void (await update(key, () => value)),
    delete: (key) => calls.deleteState(key),
    keys: () => calls.listState(),
  };
}

/** One partition for each agent: few rows, which do not grow with time (R30 speaks of those that do). */
const partitionOf = (agentId: string) => `state.${agentId}`;

function toText(agentId: string, key: string, value: unknown): string {
  const text = JSON.stringify(value);
  if (text === undefined) {
    throw new AosError('AOS_BAD_REQUEST', `The state "${key}" of ${agentId} is not JSON. Use delete to remove it.`);
  }
  if (text.length > MAX_CHARACTERS) {
    throw new AosError(
      'AOS_BAD_REQUEST',
      `The state "${key}" of ${agentId} has ${text.length} characters of JSON; ${MAX_CHARACTERS} fit. Spread it over several keys.`,
    );
  }
  return text;
}
