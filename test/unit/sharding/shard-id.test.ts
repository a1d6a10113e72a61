import { describe, expect, it } from 'vitest';
import { jumpHash } from '../../../runtime/sharding/jump-hash.ts';
import { getShardId } from '../../../runtime/sharding/shard-id.ts';

// Frozen: made once by an independent implementation in Python. A change here moves agents away from their messages.
const SHARDS = [1, 2, 10, 11, 64, 1024];
const VECTORS: Record<string, number[]> = {
  ceo: [0, 1, 5, 5, 56, 721],
  cfo: [0, 1, 1, 10, 38, 934],
  cmo: [0, 0, 4, 4, 40, 430],
  coo: [0, 1, 4, 4, 16, 974],
  cto: [0, 0, 0, 0, 63, 240],
  agent_0: [0, 1, 3, 3, 31, 222],
  agent_1: [0, 1, 5, 5, 17, 282],
  agent_99: [0, 1, 5, 5, 50, 551],
  Zürich: [0, 1, 3, 3, 52, 804],
  社長: [0, 1, 1, 1, 31, 769],
  '': [0, 1, 1, 1, 59, 499],
};

describe('getShardId', () => {
  it.each(Object.entries(VECTORS))('gives %j its frozen shards', (agentId, shards) => {
    expect(SHARDS.map((n) => getShardId(agentId, n))).toEqual(shards);
  });

  const agents = Array.from({ length: 10_000 }, (_, i) => `agent_${i}`);

  it('spreads agents with similar names evenly', () => {
    const counts = new Array<number>(10).fill(0);
    for (const agent of agents) counts[getShardId(agent, 10)]!++;
    expect(Math.max(...counts)).toBeLessThan(1100);
    expect(Math.min(...counts)).toBeGreaterThan(900);
  });

  it('moves about one agent in eleven when an eleventh shard is added, and all of them to it', () => {
    const moved = agents.filter((agent) => getShardId(agent, 10) !== getShardId(agent, 11));
    expect(moved.length / agents.length).toBeGreaterThan(0.08);
    expect(moved.length / agents.length).toBeLessThan(0.1);
    expect(new Set(moved.map((agent) => getShardId(agent, 11)))).toEqual(new Set([10]));
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses %d shards', (numShards) => {
    expect(() => getShardId('ceo', numShards)).toThrow(RangeError);
  });
});

const halves = (key: bigint) => ({ hi: Number(key >> 32n), lo: Number(key & 0xffff_ffffn) });

describe('jumpHash', () => {
  it.each([
    [1n, [0, 6, 6, 55, 549]],
    [2n, [0, 6, 6, 62, 338]],
    [0xdeadbeefn, [1, 5, 5, 87, 285]],
    [0xdeadbeefcafebaben, [1, 4, 4, 89, 144]],
    [0xffffffffffffffffn, [1, 9, 10, 92, 313]],
  ])('gives key %d the buckets of other implementations', (key, expected) => {
    expect([2, 10, 11, 100, 1000].map((buckets) => jumpHash(halves(key), buckets))).toEqual(expected);
  });
});
