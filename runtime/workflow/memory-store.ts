import { type Address, newRun, type RunStart, type RunState } from './run-state.ts';
import {
  DEFAULT_PAGE_SIZE,
  type RunPage,
  type RunQuery,
  summaryOf,
  type VersionedRun,
  type WorkflowStore,
} from './store.ts';

interface Kept {
  run: RunState;
  version: number;
  open: boolean;
}

/** Runs in memory: for tests, benchmarks, and workflows that need not outlive the process. */
export class MemoryWorkflowStore implements WorkflowStore {
  readonly #runs = new Map<string, Kept>();

  async create(start: RunStart): Promise<boolean> {
    if (this.#runs.has(start.runId)) return false;
    this.#runs.set(start.runId, { run: newRun(start), version: 0, open: true });
    return true;
  }

  async load(runId: string): Promise<VersionedRun | undefined> {
    const kept = this.#runs.get(runId);
    if (!kept) return undefined;
    const { start, head, units } = kept.run;
    return { run: { start, head, units: new Map(units) }, version: String(kept.version) };
  }

  async save(run: RunState, changed: readonly Address[], version: string): Promise<string | undefined> {
    const kept = this.#runs.get(run.start.runId);
    if (!kept || String(kept.version) !== version) return undefined;
    kept.run.head = run.head;
    for (const address of changed) kept.run.units.set(address, run.units.get(address)!);
    return String(++kept.version);
  }

  async close(run: RunState): Promise<void> {
    const kept = this.#runs.get(run.start.runId);
    if (kept) kept.open = false;
  }

  async *open(): AsyncIterable<string> {
    for (const [runId, { open }] of this.#runs) if (open) yield runId;
  }

  /** The continuation token is the position of the next run. */
  async list({
    workflow,
    from = 0,
    pageSize = DEFAULT_PAGE_SIZE,
    continuationToken = '0',
  }: RunQuery): Promise<RunPage> {
    const first = Number(continuationToken);
    const all = [...this.#runs.values()]
      .map(({ run }) => run)
      .filter(({ start }) => start.workflow === workflow && start.createdAt >= from)
      .sort((a, b) => b.start.createdAt - a.start.createdAt);
    const end = first + pageSize;
    return {
      runs: all.slice(first, end).map(summaryOf),
      continuationToken: end < all.length ? String(end) : undefined,
    };
  }
}
