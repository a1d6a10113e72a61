import type { GoalView } from '../contracts/http.ts';
import type { GoalConfig } from '../contracts/purpose.ts';
import type { Clock } from '../core/clock.ts';
import { AosError } from '../core/errors.ts';
import type { Row, TableManager } from '../storage/table-manager.ts';

const MAX_NOTE_CHARACTERS = 1000;

/** What an agent is to reach, as aos.json says, and how far it has come, as it says itself. */
export interface AgentGoals {
  /** In the order of aos.json. */
  list(): Promise<GoalView[]>;
  /**
   * Says how far a goal is reached; durable when the promise resolves.
   * @param progress 0 to 1; 1: reached
   * @param note at most 1,000 characters
   * @throws AosError AOS_BAD_REQUEST for a goal that aos.json does not name, or another progress
   */
  report(goalId: string, progress: number, note?: string): Promise<void>;
}

/** The progress of all agents as rows of one table: a partition for each agent, a row for each goal. */
export class AgentGoalTable {
  readonly #table: TableManager;
  readonly #clock: Clock;

  constructor({ table, clock }: { table: TableManager; clock: Clock }) {
    this.#table = table;
    this.#clock = clock;
  }

  async list(agentId: string, goals: readonly GoalConfig[], signal?: AbortSignal): Promise<GoalView[]> {
    if (goals.length === 0) return [];
    const reported = new Map<string, Row>();
    for await (const row of this.#table.query({ partitionKey: partitionOf(agentId), signal })) {
      reported.set(row.rowKey, row);
    }
    return goals.map(({ id, description }) => {
      const row = reported.get(id);
      return {
        id,
        description,
        progress: Number(row?.progress ?? 0),
        note: row?.note === undefined ? null : String(row.note),
        updated_at: row === undefined ? null : String(row.updated_at),
      };
    });
  }

  async report(
    agentId: string,
    goals: readonly GoalConfig[],
    { goalId, progress, note }: { goalId: string; progress: number; note: string | undefined },
    signal?: AbortSignal,
  ): Promise<void> {
    if (!goals.some(({ id }) => id === goalId)) {
      const known = goals.map(({ id }) => id).join(', ') || 'none';
      throw new AosError('AOS_BAD_REQUEST', `${agentId} has no goal "${goalId}"; its goals in aos.json: ${known}.`);
    }
    if (!(progress >= 0 && progress <= 1)) {
      throw new AosError('AOS_BAD_REQUEST', `The progress of a goal is 0 to 1, and not ${progress}.`);
    }
    await this.#table.upsert(
      {
        ...{ partitionKey: partitionOf(agentId), rowKey: goalId, progress },
        ...(note === undefined ? {} : { note: note.slice(0, MAX_NOTE_CHARACTERS) }),
        updated_at: new Date(this.#clock.now()).toISOString(),
      },
      { signal },
    );
  }
}

const partitionOf = (agentId: string) => `goals.${agentId}`;
