import { z } from 'zod';
import { AosError } from '../core/errors.ts';
import type { Row } from './entity.ts';
import { partitionKey, timeOfRowKey, timeRowKey } from './partition-key.ts';

/** Rows of one agent whose partition is `partitionKey(agentId, at)` and whose row key is `timeRowKey(at, id)`. */
export interface AgentQuery {
  agentId: string;
  /** From this time on (inclusive). */
  from: Date | number;
  /** Before this time (exclusive). Default: now. */
  to?: Date | number;
  /** Default `oldest` first. */
  order?: 'oldest' | 'newest';
  /** Rows of a page, 1 to 1,000. Default 100. */
  pageSize?: number;
  /** That of the page before; the other fields stay as they were. */
  continuationToken?: string | undefined;
  /** Only these properties. */
  select?: readonly string[];
  signal?: AbortSignal | undefined;
}

export interface AgentPage {
  rows: Row[];
  /**
   * Gives the next page; undefined after the last one. It names the last row of this page, so that it holds for ever, in
   * any process, and rows that came or went meanwhile make no row come twice.
   */
  continuationToken: string | undefined;
}

/** A range of row keys of one partition. */
export interface RowRange {
  partitionKey: string;
  /** Inclusive. */
  fromRowKey: string;
  /** Exclusive. */
  beforeRowKey: string;
  select?: readonly string[];
  signal?: AbortSignal | undefined;
}

/** What the query needs of a table; rows come in the order of their keys, as the service gives them. */
export interface RowSource {
  all(range: RowRange): AsyncIterable<Row>;
  /** As many rows as one request gives, and whether these are all. */
  firstPage(range: RowRange): Promise<{ rows: Row[]; complete: boolean }>;
}

const MAX_PAGE = 1000;
/** Each month is a partition, and so a request. */
const MAX_MONTHS = 120;

const tokenSchema = z.object({ agent: z.string(), order: z.enum(['oldest', 'newest']), after: z.string() });

/**
 * Reads one page, month by month.
 * @param now the default end, milliseconds since the Unix epoch
 * @throws AosError AOS_BAD_REQUEST for a range or token that is none
 */
export async function readAgentPage(source: RowSource, query: AgentQuery, now: number): Promise<AgentPage> {
  const { agentId, order = 'oldest', pageSize = 100, select, signal } = query;
  if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > MAX_PAGE) {
    throw new AosError('AOS_BAD_REQUEST', `A page has 1 to ${MAX_PAGE} rows, not ${pageSize}.`);
  }
  const after = query.continuationToken === undefined ? undefined : readToken(query.continuationToken, agentId, order);
  const parts = { select, signal };
  const rows: Row[] = [];
  for (const slice of slicesOf(query, now, after)) {
    const found = order === 'newest' ? newestFirst(source, slice, parts) : source.all({ ...rangeOf(slice), ...parts });
    for await (const row of found) {
      if (row.rowKey === after) continue;
      if (rows.length === pageSize) return { rows, continuationToken: writeToken(agentId, order, rows) };
      rows.push(row);
    }
  }
  return { rows, continuationToken: undefined };
}

/** A part of one month. The keys, where given, are narrower than the times. */
interface Slice {
  partitionKey: string;
  fromMs: number;
  toMs: number;
  fromRowKey?: string | undefined;
  beforeRowKey?: string | undefined;
}

/** The months of a query in its order, from the row `after` on. */
function slicesOf({ agentId, order, ...range }: AgentQuery, now: number, after: string | undefined): Slice[] {
  const afterMs = after === undefined ? undefined : timeOfRowKey(after);
  const newest = order === 'newest';
  const from = newest ? Number(range.from) : (afterMs ?? Number(range.from));
  const to = newest && afterMs !== undefined ? afterMs + 1 : Number(range.to ?? now);
  if (Number.isNaN(from) || Number.isNaN(to)) {
    throw new AosError('AOS_BAD_REQUEST', 'A query by time needs valid dates for its start and its end.');
  }
  const slices: Slice[] = [];
  for (let start = from; start < to; start = slices.at(-1)!.toMs) {
    const date = new Date(start);
    const end = Math.min(to, Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1));
    slices.push({ partitionKey: partitionKey(agentId, start), fromMs: start, toMs: end });
    if (slices.length > MAX_MONTHS) {
      throw new AosError('AOS_BAD_REQUEST', `A query goes over ${MAX_MONTHS} months at most. Ask for a shorter time.`);
    }
  }
  if (newest) slices.reverse();
  const [first] = slices;
  if (first) first[newest ? 'beforeRowKey' : 'fromRowKey'] = after;
  return slices;
}

function rangeOf({ partitionKey, fromMs, toMs, fromRowKey, beforeRowKey }: Slice) {
  return {
    partitionKey,
    fromRowKey: fromRowKey ?? timeRowKey(fromMs),
    beforeRowKey: beforeRowKey ?? timeRowKey(toMs),
  };
}

/**
 * The service gives rows in ascending order only. What one request gives is turned round; where there is more, the later
 * half of the time goes first. So a page of a month of a million rows takes about ten requests, and little memory.
 */
async function* newestFirst(
  source: RowSource,
  slice: Slice,
  parts: Pick<RowRange, 'select' | 'signal'>,
): AsyncGenerator<Row> {
  const range = { ...rangeOf(slice), ...parts };
  const { rows, complete } = await source.firstPage(range);
  if (complete) {
    yield* rows.reverse();
  } else if (slice.toMs - slice.fromMs <= 1) {
    const all: Row[] = [];
    for await (const row of source.all(range)) all.push(row);
    yield* all.reverse();
  } else {
    const middleMs = Math.floor((slice.fromMs + slice.toMs) / 2);
    yield* newestFirst(source, { ...slice, fromMs: middleMs }, parts);
    yield* newestFirst(source, { ...slice, toMs: middleMs, beforeRowKey: undefined }, parts);
  }
}

function writeToken(agent: string, order: 'oldest' | 'newest', rows: readonly Row[]): string {
  return Buffer.from(JSON.stringify({ agent, order, after: rows.at(-1)?.rowKey })).toString('base64url');
}

/** @returns the row key after which the page starts */
function readToken(token: string, agentId: string, order: 'oldest' | 'newest'): string {
  const read = tokenSchema.safeParse(parseJson(Buffer.from(token, 'base64url').toString())).data;
  if (read?.agent === agentId && read.order === order && timeOfRowKey(read.after) !== undefined) return read.after;
  throw new AosError(
    'AOS_BAD_REQUEST',
    'The continuation token is not one of this query. Give it back as it came, with the same agent and order.',
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
