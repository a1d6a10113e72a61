import type { RunStatus } from '../contracts/workflow.ts';
import { AosError } from '../core/errors.ts';
import { partitionKey, timeRowKey } from '../storage/partition-key.ts';
import type { Entity, TableManager } from '../storage/table-manager.ts';
import { type Address, newRun, type RunHead, type RunStart, type RunState, type UnitState } from './run-state.ts';
import {
  DEFAULT_LIST_MS,
  DEFAULT_PAGE_SIZE,
  type RunPage,
  type RunQuery,
  summaryOf,
  type VersionedRun,
  type WorkflowStore,
} from './store.ts';
import { chunksOf, MAX_ROW_CHARACTERS, textOf, textProperties } from './text-rows.ts';

/** The table of all runs. */
export const WORKFLOW_TABLE = 'AOSWorkflows';

/** Ids of the open runs, one row each: small, and gone when the run is finished. */
const OPEN = 'open';
const START_ROW = 'start';
const STATE_ROW = 'state';
/** A unit whose JSON is longer has rows of its own: 32 KiB, as Table storage counts two bytes a character. */
const MAX_INLINE_CHARACTERS = 16_384;

/** `~` is in no id, so no run and no workflow can share a partition. */
const runPartition = (runId: string) => `run~${runId}`;

/** Stands in the state row for a unit that has rows of its own. */
interface Elsewhere {
  elsewhere: string;
  rows: number;
}

interface StoredState {
  head: RunHead;
  units: Record<Address, UnitState | Elsewhere>;
}

/**
 * Runs in Table storage. Each has its own partition: a row with what it began with, which never changes, and one with the whole
 * state, replaced under its ETag. A large unit is written once, beside it, before the state names it. The runs of a workflow
 * are listed by month, as all data that grows with time (R29).
 *
 * Limits: definition and input together 416,000 characters of JSON; a result none but those of whoever brings it.
 */
export class TableWorkflowStore implements WorkflowStore {
  readonly #table: TableManager;
  readonly #now: () => number;
  /** Large units that are written already. */
  readonly #elsewhere = new WeakMap<UnitState, Elsewhere>();

  /** @param now ms since the Unix epoch; the end of lists. Default `Date.now` */
  constructor(table: TableManager, { now = Date.now }: { now?: () => number } = {}) {
    this.#table = table;
    this.#now = now;
  }

  /** @throws AosError AOS_MESSAGE_TOO_LARGE */
  async create(start: RunStart): Promise<boolean> {
    const text = JSON.stringify(start);
    if (text.length > MAX_ROW_CHARACTERS) {
      throw new AosError(
        'AOS_MESSAGE_TOO_LARGE',
        `Workflow ${start.workflow} and its input have ${text.length} characters of JSON; ${MAX_ROW_CHARACTERS} fit. Keep what is large in a blob.`,
      );
    }
    const partition = runPartition(start.runId);
    const created = await this.#table.create({ partitionKey: partition, rowKey: START_ROW, ...textProperties(text) });
    const kept = created ? start : await this.#start(partition);
    // The state comes last: a run that a crash left without one is nobody's, until its start is repeated.
    if (kept && (created || !(await this.#table.get(partition, STATE_ROW)))) {
      const run = newRun(kept);
      await Promise.all([this.#list(run), this.#table.upsert({ partitionKey: OPEN, rowKey: kept.runId })]);
      await this.#table.create(this.#stateRow(run).row);
    }
    return created;
  }

  async load(runId: string): Promise<VersionedRun | undefined> {
    const partition = runPartition(runId);
    const [start, state] = await Promise.all([this.#start(partition), this.#table.getVersioned(partition, STATE_ROW)]);
    if (!start || !state) return undefined;
    const { head, units } = JSON.parse(textOf(state.row)) as StoredState;
    const run = newRun(start);
    run.head = head;
    for (const [address, unit] of Object.entries(units)) {
      run.units.set(address, 'elsewhere' in unit ? await this.#fetch(partition, unit) : unit);
    }
    return { run, version: state.etag };
  }

  async save(run: RunState, _changed: readonly Address[], version: string): Promise<string | undefined> {
    const { row, apart } = this.#stateRow(run);
    if (apart.length > 0) await this.#table.upsertBatch(apart);
    return this.#table.replace(row, version);
  }

  async close(run: RunState): Promise<void> {
    await this.#list(run);
    await this.#table.delete(OPEN, run.start.runId);
  }

  async *open(): AsyncIterable<string> {
    for await (const { rowKey } of this.#table.query({ partitionKey: OPEN, select: ['rowKey'] })) yield rowKey;
  }

  async list({ workflow, from, pageSize = DEFAULT_PAGE_SIZE, continuationToken }: RunQuery): Promise<RunPage> {
    const now = this.#now();
    // The end is exclusive, and a run that was begun right now belongs to the list.
    const range = { from: from ?? now - DEFAULT_LIST_MS, to: now + 1, order: 'newest' as const };
    const page = await this.#table.queryAgent({ agentId: workflow, ...range, pageSize, continuationToken });
    const runs = page.rows.map((row) => ({
      run_id: String(row.runId),
      workflow,
      status: row.status as RunStatus,
      created_at: String(row.createdAt),
      finished_at: row.finishedAt === undefined ? null : String(row.finishedAt),
    }));
    return { runs, continuationToken: page.continuationToken };
  }

  async #list(run: RunState): Promise<void> {
    const { runId, workflow, createdAt } = run.start;
    const { status, created_at, finished_at } = summaryOf(run);
    await this.#table.upsert({
      partitionKey: partitionKey(workflow, createdAt),
      rowKey: timeRowKey(createdAt, runId),
      ...{ runId, status, createdAt: created_at, finishedAt: finished_at },
    });
  }

  async #start(partition: string): Promise<RunStart | undefined> {
    const row = await this.#table.get(partition, START_ROW);
    return row && (JSON.parse(textOf(row)) as RunStart);
  }

  /** The row of the state as it is now, and the rows that must be written before it. */
  #stateRow({ start, head, units }: RunState): { row: Entity; apart: Entity[] } {
    const partition = runPartition(start.runId);
    const headText = JSON.stringify(head);
    const entries = Array.from(units, ([address, unit]) => {
      const text = JSON.stringify(this.#elsewhere.get(unit) ?? unit);
      return { address, unit, text: `${JSON.stringify(address)}:${text}` };
    });
    let size = entries.reduce((sum, { text }) => sum + text.length + 1, headText.length + 100);
    const apart: Entity[] = [];
    for (const entry of entries.toSorted((a, b) => b.text.length - a.text.length)) {
      if (entry.text.length <= MAX_INLINE_CHARACTERS && size <= MAX_ROW_CHARACTERS) break;
      size -= entry.text.length;
      const { place, rows } = this.#putApart(partition, entry.address, entry.unit);
      entry.text = `${JSON.stringify(entry.address)}:${JSON.stringify(place)}`;
      size += entry.text.length;
      apart.push(...rows);
    }
    const text = `{"head":${headText},"units":{${entries.map((entry) => entry.text).join()}}}`;
    return { row: { partitionKey: partition, rowKey: STATE_ROW, ...textProperties(text) }, apart };
  }

  /** The key holds what tells the states of a unit apart, so that rows which are there already stay as they are. */
  #putApart(partition: string, address: Address, unit: UnitState): { place: Elsewhere; rows: Entity[] } {
    const name = `unit~${address}~${unit.status}${'attempt' in unit ? unit.attempt : ''}`;
    const rows = chunksOf(JSON.stringify(unit), MAX_ROW_CHARACTERS).map((chunk, index) => ({
      partitionKey: partition,
      rowKey: `${name}~${index}`,
      ...textProperties(chunk),
    }));
    const place = { elsewhere: name, rows: rows.length };
    this.#elsewhere.set(unit, place);
    return { place, rows };
  }

  async #fetch(partition: string, place: Elsewhere): Promise<UnitState> {
    const rows = Array.from({ length: place.rows }, (_, index) =>
      this.#table.get(partition, `${place.elsewhere}~${index}`),
    );
    const text = (await Promise.all(rows)).map((row) => (row ? textOf(row) : '')).join('');
    const unit = JSON.parse(text) as UnitState;
    this.#elsewhere.set(unit, place);
    return unit;
  }
}
