import { describe, expect, it } from 'vitest';
import type { LiveSnapshot } from '../../../runtime/contracts/events.ts';
import { changesBetween } from '../../../runtime/server/live-feed.ts';

const snapshot = (parts: object): LiveSnapshot =>
  ({ event: 'snapshot', status: { state: 'running' }, agents: [], adapters: [], shards: [], ...parts }) as never;
const ceo = { agent_id: 'ceo', wake_count: 1 };
const cfo = { agent_id: 'cfo', wake_count: 0 };

describe('changesBetween', () => {
  it('says nothing when nothing has changed', () => {
    expect(changesBetween(snapshot({ agents: [ceo] }), snapshot({ agents: [{ ...ceo }] }))).toEqual([]);
  });

  it('names agents that are new, changed or gone, and no others', () => {
    const awake = { ...ceo, wake_count: 2 };
    const cto = { agent_id: 'cto' };
    const coo = { agent_id: 'coo' };
    const changes = changesBetween(snapshot({ agents: [ceo, cfo, coo] }), snapshot({ agents: [awake, cfo, cto] }));
    expect(changes).toEqual([{ event: 'agents', changed: [awake, cto], removed: ['coo'] }]);
  });

  it('tells of status, adapters and shards apart', () => {
    const after = snapshot({ status: { state: 'draining' }, adapters: [{ name: 'ceo' }], shards: [{ shard: 0 }] });
    expect(changesBetween(snapshot({}), after).map(({ event }) => event)).toEqual(['status', 'adapters', 'shards']);
  });
});
