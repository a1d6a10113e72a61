import { getShardId } from '../sharding/shard-id.ts';

/**
 * How the agents are spread over the sessions, agreed on by all replicas in the state table. A change of `runtime.shards`
 * moves agents between sessions in which messages wait. So each session of the count before gets a *fence* behind the last
 * message that was sent by it; whoever holds the session lets the fence pass when all in front of it is settled; and an
 * agent that has moved begins in its new session when the fence of its old one has passed. Nothing is lost or overtaken.
 */
export interface ShardLayout {
  /** Counts the changes, from 0. */
  readonly epoch: number;
  readonly shards: number;
  /** The count before, until all its fences have passed. */
  readonly previous: number | undefined;
  /** The most shards there ever were. Their sessions are watched for good: a scheduled message may wait in any of them. */
  readonly sessions: number;
}

/** What is to be done with a message, by the session that it came in. */
export type Place =
  | { readonly do: 'handle' }
  /** Its agent lives in another shard, and nothing of it is owed an order here. */
  | { readonly do: 'forward'; readonly to: number }
  /** Messages that were sent before this one may still wait in front of the fence of session `on`. */
  | { readonly do: 'hold'; readonly on: number };

const HANDLE: Place = { do: 'handle' };

export function firstLayout(shards: number): ShardLayout {
  return { epoch: 0, shards, previous: undefined, sessions: shards };
}

/** @param layout one whose last change is finished */
export function changedLayout(layout: ShardLayout, shards: number): ShardLayout {
  return {
    epoch: layout.epoch + 1,
    shards,
    previous: layout.shards,
    sessions: Math.max(layout.sessions, shards),
  };
}

/** Sessions that get a fence: a session that the count before did not use holds nothing that must be waited for. */
export const fencedSessions = ({ previous = 0 }: ShardLayout): number[] =>
  Array.from({ length: previous }, (_, shard) => shard);

/**
 * What is to be done with a message for `agentId` that came in session `shard`.
 * @param passed sessions whose fence has passed
 */
export function placeOf(layout: ShardLayout, passed: ReadonlySet<number>, shard: number, agentId: string): Place {
  const { shards, previous } = layout;
  const now = getShardId(agentId, shards);
  const before = previous === undefined ? now : getShardId(agentId, previous);
  const inFrontOfFence = previous !== undefined && shard < previous && !passed.has(shard);
  if (inFrontOfFence && before === shard) return HANDLE;
  if (now !== shard) return { do: 'forward', to: now };
  if (previous === undefined || before === shard || passed.has(before)) return HANDLE;
  return { do: 'hold', on: before };
}

/** As `placeOf`, for a run of a workflow: it goes on in its new shard at once, and its signals are owed no order. */
export function placeOfRun({ shards }: ShardLayout, shard: number, runId: string): Place {
  const now = getShardId(runId, shards);
  return now === shard ? HANDLE : { do: 'forward', to: now };
}

/** Whether the last change takes the agent out of a shard. */
export function movesFrom({ shards, previous }: ShardLayout, shard: number, agentId: string): boolean {
  if (previous === undefined || getShardId(agentId, previous) !== shard) return false;
  return getShardId(agentId, shards) !== shard;
}
