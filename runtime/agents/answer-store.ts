import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { Answer, SharedAnswers } from '../inference/cached-inference-engine.ts';
import type { TableManager } from '../storage/table-manager.ts';

export const ANSWERS_TABLE = 'answers';

/** Characters of a prompt or an answer's JSON: a property of Table storage holds 64 KiB of UTF-16. Longer ones are not shared. */
const MAX_CHARACTERS = 30_000;
/** Between two looks for answers that have expired and were not asked for again. */
const SWEEP_MS = 3_600_000;
/** Keys begin with a hex digit: sixteen partitions, each with its own throughput (R29, R30). */
const PARTITIONS = [...'0123456789abcdef'];

/** The answers of all replicas, in Table storage: who asks again gets the same one, whichever replica he reaches. */
export class AnswerStore implements SharedAnswers {
  readonly #table: TableManager;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #writing = new Set<Promise<void>>();
  #timer: Disposable | undefined;

  constructor(options: { table: TableManager; clock: Clock; logger: Logger }) {
    this.#table = options.table;
    this.#clock = options.clock;
    this.#logger = options.logger;
  }

  /** Removes expired answers once an hour until it is disposed. */
  startSweeping(): void {
    this.#timer = this.#clock.setTimeout(() => {
      this.sweep()
        .catch((error) => this.#logger.warn('expired answers could not be removed; tried again in an hour', { error }))
        .finally(() => this.#timer && this.startSweeping());
    }, SWEEP_MS);
  }

  /** Never throws: without storage the model is asked. */
  async get(key: string): Promise<Answer | undefined> {
    try {
      const row = await this.#table.get(partitionOf(key), key);
      return row && toAnswer(row);
    } catch (error) {
      this.#logger.warn('a shared answer could not be read; the model is asked', { error });
      return undefined;
    }
  }

  /** Written in the background; a failure costs another replica a call of the model, and nothing else. */
  put(key: string, answer: Answer): void {
    const text = JSON.stringify(answer.generation);
    const { prompt, storedAt, expiresAt } = answer;
    if (Math.max(text.length, prompt.length) > MAX_CHARACTERS) return;
    const row = {
      partitionKey: partitionOf(key),
      rowKey: key,
      prompt,
      answer: text,
      storedAt: iso(storedAt),
      expiresAt: iso(expiresAt),
    };
    const written = this.#table
      .upsert(row)
      .catch((error) => this.#logger.warn('an answer could not be shared with the other replicas', { error }))
      .then(() => void this.#writing.delete(written));
    this.#writing.add(written);
  }

  async sweep(): Promise<void> {
    const now = this.#clock.now();
    for (const partitionKey of PARTITIONS) {
      for await (const row of this.#table.query({ partitionKey, select: ['expiresAt'] })) {
        if (Date.parse(String(row.expiresAt)) <= now) await this.#table.delete(partitionKey, row.rowKey);
      }
    }
  }

  /** Forgets every shared answer. @returns how many there were */
  async clear(): Promise<number> {
    await Promise.all(this.#writing);
    let cleared = 0;
    for (const partitionKey of PARTITIONS) {
      for await (const row of this.#table.query({ partitionKey, select: ['rowKey'] })) {
        await this.#table.delete(partitionKey, row.rowKey);
        cleared++;
      }
    }
    return cleared;
  }

  /** Forgets one shared answer, if there is one. */
  async forget(key: string): Promise<void> {
    await Promise.all(this.#writing);
    await this.#table.delete(partitionOf(key), key);
  }

  async dispose(): Promise<void> {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    await Promise.all(this.#writing);
  }
}

const partitionOf = (key: string) => key.slice(0, 1);
const iso = (ms: number) => new Date(ms).toISOString();

function toAnswer(row: Record<string, unknown>): Answer {
  return {
    prompt: String(row.prompt),
    generation: JSON.parse(String(row.answer)) as Answer['generation'],
    storedAt: Date.parse(String(row.storedAt)),
    expiresAt: Date.parse(String(row.expiresAt)),
  };
}
