import { randomInt, randomUUID } from 'node:crypto';
import type { AskOptions, Comparison, ComparisonColumn } from '../../../runtime/contracts/ask-panel.ts';
import type { AdapterView, Engine, GenerateParameters } from '../../../runtime/contracts/http.ts';
import type { RuntimeClient } from '../../client/runtime-client.ts';
import { type FailureFacts, factsOf, toFailure } from './ask-failure.ts';
import type { AskHistory } from './ask-history.ts';
import { parametersOf } from './ask-session.ts';
import { EntryBook } from './entry-book.ts';

export interface CompareSessionOptions {
  history: AskHistory<Comparison>;
  /** @throws RuntimeError AOS_NOT_RUNNING */
  client(): Promise<RuntimeClient>;
  adapter(name: string): AdapterView | undefined;
  engine(): Engine;
  historyLimit(): number;
  onComparison(comparison: Comparison): void;
  onRemoved(ids: string[]): void;
  now?: () => number;
  /** Of the sampling; the same for all columns. */
  seed?: () => number;
}

type Progress = ComparisonColumn['progress'];

export interface CompareRequest {
  prompt: string;
  /** Null: the base model. */
  adapters: readonly (string | null)[];
  /** The chosen agent; null: none. */
  agentId: string | null;
  /** Adapter of the chosen agent; undefined: no agent is chosen. */
  current: string | null | undefined;
  options: AskOptions;
}

/** The comparisons of a workspace: one prompt, asked of several adapters at the same time. */
export class CompareSession {
  readonly #options: CompareSessionOptions;
  readonly #now: () => number;
  readonly #book: EntryBook<Comparison>;

  constructor(options: CompareSessionOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#book = new EntryBook({
      history: options.history,
      limit: options.historyLimit,
      isSettled: ({ columns }) => columns.every(({ progress }) => progress.kind !== 'running'),
      onEntry: options.onComparison,
      onRemoved: options.onRemoved,
    });
  }

  get(id: string): Comparison | undefined {
    return this.#book.get(id);
  }

  /** Oldest first. */
  get comparisons(): Comparison[] {
    return this.#book.all;
  }

  load(): Promise<void> {
    return this.#book.load();
  }

  /** Asks all adapters, and gives the id under which the answers come: each as soon as it is there. */
  compare({ prompt, adapters, agentId, current, options }: CompareRequest): string {
    const comparison: Comparison = {
      id: randomUUID(),
      agentId,
      engine: this.#options.engine(),
      prompt,
      askedAt: this.#now(),
      options,
      columns: [...new Set(adapters)].map((adapter) => this.#column(adapter, adapter === current)),
    };
    const seed = (this.#options.seed ?? (() => randomInt(2 ** 31)))();
    const body = { prompt, parameters: { ...parametersOf(options), seed } };
    this.#book.run(comparison, async (signal) => {
      const fill = async (column: ComparisonColumn) =>
        this.#setProgress(comparison.id, column.adapter, await this.#ask(column, body, signal));
      await Promise.all(comparison.columns.map(fill));
    });
    return comparison.id;
  }

  stop(id: string): void {
    this.#book.stop(id);
  }

  column(id: string, adapter: string | null): ComparisonColumn | undefined {
    return this.#book.get(id)?.columns.find((column) => column.adapter === adapter);
  }

  closeColumn(id: string, adapter: string | null): void {
    const comparison = this.#book.get(id);
    const columns = comparison?.columns.filter((column) => column.adapter !== adapter) ?? [];
    if (comparison && columns.length > 0) this.#book.set({ ...comparison, columns });
  }

  clear(): Promise<void> {
    return this.#book.clear();
  }

  dispose(): Promise<void> {
    return this.#book.dispose();
  }

  #column(name: string | null, current: boolean): ComparisonColumn {
    const adapter = name === null ? undefined : this.#options.adapter(name);
    return {
      adapter: name,
      revision: adapter?.revision ?? null,
      current,
      loadedForThis: adapter?.loaded === false,
      progress: { kind: 'running' },
    };
  }

  /** One request a column: each shows its answer, or its error, as soon as it has one. */
  async #ask(column: ComparisonColumn, body: { prompt: string; parameters: GenerateParameters }, signal: AbortSignal) {
    const startedAt = this.#now();
    const failed = (facts: FailureFacts): Progress => ({
      kind: 'failed',
      afterMs: this.#now() - startedAt,
      failure: toFailure(facts, this.#now(), null),
    });
    try {
      const client = await this.#options.client();
      const { answers } = await client.compare({ ...body, adapters: [column.adapter] }, { signal });
      const answer = answers[0];
      if (answer?.response != null) return { kind: 'done', answer } as const;
      const { code, error } = answer?.error ?? { code: 'AOS_INTERNAL', error: 'There was no answer.' };
      return failed({ code, message: error });
    } catch (error) {
      if (signal.aborted) return { kind: 'stopped', afterMs: this.#now() - startedAt } as const;
      return failed(factsOf(error));
    }
  }

  /** Of the comparison as it is now: another column may have ended, or this one may be closed. */
  #setProgress(id: string, adapter: string | null, progress: Progress): void {
    const comparison = this.#book.get(id);
    if (!comparison) return;
    const columns = comparison.columns.map((column) =>
      column.adapter === adapter ? { ...column, progress, ...toldBy(progress, column) } : column,
    );
    this.#book.set({ ...comparison, columns });
  }
}

/** What the answer knows better than the list of the adapters did when it was asked. */
function toldBy(
  progress: Progress,
  { revision, loadedForThis }: ComparisonColumn,
): Pick<ComparisonColumn, 'revision' | 'loadedForThis'> {
  if (progress.kind !== 'done') return { revision, loadedForThis };
  const { answer } = progress;
  return {
    revision: answer.revision ?? revision,
    loadedForThis: answer.adapter_load === null ? loadedForThis : answer.adapter_load !== 'already_loaded',
  };
}
