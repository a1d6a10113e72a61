/** What a replica says of itself in the directory. */
export interface ShardHolder {
  readonly replica: string;
  readonly shards: readonly number[];
}

/**
 * How many shards a replica should hold so that all replicas hold the same number within one: the first `numShards mod n`
 * replicas, by name, hold one more.
 */
export function fairShare(replicas: readonly string[], replica: string, numShards: number): number {
  const sorted = [...replicas].sort(byName);
  const index = sorted.indexOf(replica);
  if (index < 0) return 0;
  return Math.floor(numShards / sorted.length) + (index < numShards % sorted.length ? 1 : 0);
}

/**
 * What a replica does next to come to its fair share: shards to give up, and shards to try to take, most promising first.
 * Only as many shards are worth taking as `take` says; the others in `candidates` are for when one turns out to be locked.
 * @param held shards this replica holds
 * @param others the other live replicas and what they hold
 */
export function planShards(options: {
  replica: string;
  held: readonly number[];
  others: readonly ShardHolder[];
  numShards: number;
}): { give: number[]; take: number; candidates: number[] } {
  const { replica, held, others, numShards } = options;
  const target = fairShare([replica, ...others.map((o) => o.replica)], replica, numShards);
  const inRange = held.filter((shard) => shard < numShards);
  const outOfRange = held.filter((shard) => shard >= numShards);
  if (inRange.length > target) {
    // The highest go: every replica gives from the same end, so the one that takes knows where to look.
    const give = [...inRange].sort((a, b) => b - a).slice(0, inRange.length - target);
    return { give: [...outOfRange, ...give], take: 0, candidates: [] };
  }
  const takenByOthers = new Set(others.flatMap((other) => other.shards));
  const free = range(numShards).filter((shard) => !inRange.includes(shard) && !takenByOthers.has(shard));
  return { give: outOfRange, take: target - inRange.length, candidates: rotate(free, replica) };
}

const byName = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
const range = (n: number) => Array.from({ length: n }, (_, i) => i);

/** Replicas that start together begin at different shards, so that they seldom reach for the same one. */
function rotate(shards: number[], replica: string): number[] {
  if (shards.length === 0) return shards;
  const start = [...replica].reduce((sum, char) => sum + char.charCodeAt(0), 0) % shards.length;
  return [...shards.slice(start), ...shards.slice(0, start)];
}
