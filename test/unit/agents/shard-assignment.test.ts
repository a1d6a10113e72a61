import { describe, expect, it } from 'vitest';
import { fairShare, planShards } from '../../../runtime/agents/shard-assignment.ts';

describe('fairShare', () => {
  it('gives every replica the same number of shards within one, and all shards in sum', () => {
    for (let replicas = 1; replicas <= 12; replicas++) {
      const names = Array.from({ length: replicas }, (_, i) => `replica-${i + 1}`);
      const shares = names.map((name) => fairShare(names, name, 10));
      expect(shares.reduce((a, b) => a + b)).toBe(10);
      expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
    }
  });
});

describe('planShards', () => {
  const all = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

  it('lets the only replica take everything', () => {
    const plan = planShards({ replica: 'a', held: [], others: [], numShards: 10 });
    expect(plan.give).toEqual([]);
    expect(plan.take).toBe(10);
    expect([...plan.candidates].sort((x, y) => x - y)).toEqual(all);
  });

  it('gives up half when a second replica comes, and keeps the rest', () => {
    const plan = planShards({ replica: 'a', held: all, others: [{ replica: 'b', shards: [] }], numShards: 10 });
    expect(plan).toEqual({ give: [9, 8, 7, 6, 5], take: 0, candidates: [] });
  });

  it('reaches only for what nobody holds', () => {
    const plan = planShards({
      replica: 'b',
      held: [9],
      others: [{ replica: 'a', shards: [0, 1, 2, 3, 4, 5] }],
      numShards: 10,
    });
    expect(plan.take).toBe(4);
    expect([...plan.candidates].sort()).toEqual([6, 7, 8]);
  });

  it('takes over everything of a lost replica', () => {
    const plan = planShards({ replica: 'a', held: [0, 1, 2, 3, 4], others: [], numShards: 10 });
    expect(plan.take).toBe(5);
    expect([...plan.candidates].sort()).toEqual([5, 6, 7, 8, 9]);
  });

  it('gives up shards that no longer exist', () => {
    expect(planShards({ replica: 'a', held: [0, 7], others: [], numShards: 5 })).toMatchObject({ give: [7], take: 4 });
  });

  it('comes to rest: replicas that act on each other’s plans end with fair shares', () => {
    const held = new Map<string, number[]>([
      ['a', [...all]],
      ['b', []],
      ['c', []],
    ]);
    for (let round = 0; round < 5; round++) {
      for (const [replica, mine] of held) {
        const others = [...held]
          .filter(([name]) => name !== replica)
          .map(([name, shards]) => ({ replica: name, shards }));
        const plan = planShards({ replica, held: mine, others, numShards: 10 });
        held.set(replica, [...mine.filter((s) => !plan.give.includes(s)), ...plan.candidates.slice(0, plan.take)]);
      }
    }
    expect([...held.values()].map((shards) => shards.length).sort()).toEqual([3, 3, 4]);
    expect([...held.values()].flat().sort()).toEqual(all);
  });
});
