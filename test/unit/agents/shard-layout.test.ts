import { describe, expect, it } from 'vitest';
import {
  changedLayout,
  fencedSessions,
  firstLayout,
  movesFrom,
  placeOf,
} from '../../../runtime/agents/shard-layout.ts';
import { getShardId } from '../../../runtime/sharding/shard-id.ts';

const AGENTS = Array.from({ length: 500 }, (_, i) => `agent_${i}`);
const none = new Set<number>();
const finished = (from: number, to: number) => ({
  ...changedLayout(firstLayout(from), to),
  previous: undefined,
});

describe('the layout of the shards', () => {
  it('remembers the count before, and the most sessions there ever were', () => {
    const grown = changedLayout(firstLayout(10), 11);
    expect(grown).toEqual({ epoch: 1, shards: 11, previous: 10, sessions: 11 });
    expect(changedLayout({ ...grown, previous: undefined }, 3)).toMatchObject({ epoch: 2, shards: 3, sessions: 11 });
    expect(fencedSessions(grown)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(fencedSessions(firstLayout(10))).toEqual([]);
  });

  it.each([
    [10, 11],
    [11, 10],
    [10, 3],
  ])('from %d to %d shards moves the agents whose shard is another one, and no other', (from, to) => {
    const layout = changedLayout(firstLayout(from), to);
    for (const agentId of AGENTS) {
      const [before, now] = [getShardId(agentId, from), getShardId(agentId, to)];
      expect(movesFrom(layout, before, agentId)).toBe(before !== now);
      // In front of the fence nothing changes.
      expect(placeOf(layout, none, before, agentId)).toEqual({ do: 'handle' });
      // Behind it an agent that stays is handled at once, and one that has moved is sent on.
      const behind = placeOf(layout, new Set([before]), before, agentId);
      expect(behind).toEqual(before === now ? { do: 'handle' } : { do: 'forward', to: now });
      if (before === now) continue;
      // Its new shard waits for the fence of the old one, whether its own fence has passed or not.
      const newOnesFence = now < from ? [now] : [];
      expect(placeOf(layout, new Set(newOnesFence), now, agentId)).toEqual({ do: 'hold', on: before });
      expect(placeOf(layout, new Set([...newOnesFence, before]), now, agentId)).toEqual({ do: 'handle' });
    }
  });

  it('sends on what comes late in a session of an old count', () => {
    const layout = finished(10, 3);
    for (const agentId of AGENTS) {
      const [before, now] = [getShardId(agentId, 10), getShardId(agentId, 3)];
      expect(placeOf(layout, none, now, agentId)).toEqual({ do: 'handle' });
      if (before !== now) expect(placeOf(layout, none, before, agentId)).toEqual({ do: 'forward', to: now });
    }
  });
});
