import type { Clock } from '../core/clock.ts';
import { AosError } from '../core/errors.ts';
import { newId } from '../core/ids.ts';
import type { TableManager } from '../storage/table-manager.ts';

/** Entries of an agent at most, as in AOS; the oldest go first. */
export const MAX_MEMORIES = 500;
/** The surplus is removed a few at a time, so that not every new entry looks for the oldest one. */
const SLACK = 25;
/** Characters of an entry's JSON: a property of Table storage holds 64 KiB of UTF-16. */
const MAX_CHARACTERS = 30_000;
/** Row keys ascend; counting down from here brings the newest to the front. */
const END_OF_TIME_MS = 9_999_999_999_999;

/** One thing that an agent remembers. */
export interface Memory {
  /** ISO 8601. */
  at: string;
  content: unknown;
}

/** What an agent remembers from event to event: up to 500 entries, durable when the promise resolves. */
export interface AgentMemory {
  /** @param content anything that is JSON */
  add(content: unknown): Promise<void>;
  /** Newest first. @param limit default 20 */
  list(options?: { limit?: number }): Promise<Memory[]>;
  clear(): Promise<void>;
}

/** The memories of all agents as rows of one table. */
export class AgentMemoryTable {
  readonly #table: TableManager;
  readonly #clock: Clock;
  /** How many rows an agent has, as far as this replica knows. */
  readonly #counts = new Map<string, number>();

  constructor({ table, clock }: { table: TableManager; clock: Clock }) {
    this.#table = table;
    this.#clock = clock;
  }

  /** @throws AosError AOS_BAD_REQUEST for what is not JSON or longer than 30,000 characters of it */
  async add(agentId: string, content: unknown, signal?: AbortSignal): Promise<void> {
    const text = JSON.stringify(content);
    if (text === undefined || text.length > MAX_CHARACTERS) {
      throw new AosError(
        'AOS_BAD_REQUEST',
        `A memory of ${agentId} is ${text === undefined ? 'not JSON' : `longer than ${MAX_CHARACTERS} characters of JSON`}.`,
      );
    }
    const now = this.#clock.now();
    const rowKey = `${END_OF_TIME_MS - now}.${newId('mem')}`;
    const at = new Date(now).toISOString();
    await this.#table.create({ partitionKey: partitionOf(agentId), rowKey, at, content: text }, { signal });
    const known = this.#counts.get(agentId);
    const count = known === undefined ? (await this.#rowKeys(agentId)).length : known + 1;
    this.#counts.set(agentId, count);
    if (count >= MAX_MEMORIES + SLACK) await this.#forgetFrom(agentId, MAX_MEMORIES);
  }

  async list(agentId: string, limit: number, signal?: AbortSignal): Promise<Memory[]> {
    const memories: Memory[] = [];
    if (limit <= 0) return memories;
    for await (const row of this.#table.query({ partitionKey: partitionOf(agentId), signal })) {
      memories.push({ at: String(row.at), content: JSON.parse(String(row.content)) });
      if (memories.length === Math.min(limit, MAX_MEMORIES)) break;
    }
    return memories;
  }

  async clear(agentId: string): Promise<void> {
    await this.#forgetFrom(agentId, 0);
  }

  /** Removes what is older than the newest `keep`. */
  async #forgetFrom(agentId: string, keep: number): Promise<void> {
    const surplus = (await this.#rowKeys(agentId)).slice(keep);
    for (const rowKey of surplus) await this.#table.delete(partitionOf(agentId), rowKey);
    this.#counts.set(agentId, keep);
  }

  async #rowKeys(agentId: string): Promise<string[]> {
    const keys: string[] = [];
    for await (const row of this.#table.query({ partitionKey: partitionOf(agentId), select: ['rowKey'] })) {
      keys.push(row.rowKey);
    }
    return keys;
  }
}

const partitionOf = (agentId: string) => `memory.${agentId}`;
