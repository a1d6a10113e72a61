import type { RunSummary } from '../contracts/workflow.ts';
import type { Address, RunStart, RunState } from './run-state.ts';

/** A run with the version of its state. */
export interface VersionedRun {
  run: RunState;
  version: string;
}

export interface RunQuery {
  workflow: string;
  /** Runs begun from this time on, ms since the Unix epoch. Default: the last 31 days. */
  from?: number;
  /** 1 to 1,000. Default 100. */
  pageSize?: number;
  /** That of the page before. */
  continuationToken?: string | undefined;
}

export interface RunPage {
  /** Newest first. */
  runs: RunSummary[];
  continuationToken: string | undefined;
}

/**
 * Where runs are kept. Of two that hold a run at the same time one fails to save: a version is replaced once. Every method
 * throws AosError AOS_STORAGE when the storage fails.
 */
export interface WorkflowStore {
  /**
   * Keeps a new run, and remembers it as open.
   * @returns false if there is a run of this id already
   */
  create(start: RunStart): Promise<boolean>;
  load(runId: string): Promise<VersionedRun | undefined>;
  /**
   * Writes the state as it is at the moment of the call.
   * @param changed units that were changed since it was loaded or last saved
   * @param version that of the load or of the last save
   * @returns the new version; undefined if somebody else has written since
   */
  save(run: RunState, changed: readonly Address[], version: string): Promise<string | undefined>;
  /** A finished run is open no more; what it was stays. */
  close(run: RunState): Promise<void>;
  /** Ids of the runs that are open. */
  open(): AsyncIterable<string>;
  list(query: RunQuery): Promise<RunPage>;
}

/** Without an end, what was begun in the last month. */
export const DEFAULT_LIST_MS = 31 * 86_400_000;
export const DEFAULT_PAGE_SIZE = 100;

export function summaryOf({ start, head }: RunState): RunSummary {
  return {
    run_id: start.runId,
    workflow: start.workflow,
    status: head.status === 'pending' ? 'running' : head.status,
    created_at: new Date(start.createdAt).toISOString(),
    finished_at: head.finishedAt === undefined ? null : new Date(head.finishedAt).toISOString(),
  };
}
