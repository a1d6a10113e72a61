import { describe, expect, it } from 'vitest';
import type { LiveSnapshot } from '../../../runtime/contracts/events.ts';
import { ManualClock } from '../../../runtime/core/clock.ts';
import { silentLogger } from '../../../runtime/core/logger.ts';
import { changesBetween, type FeedEvent, LiveFeed } from '../../../runtime/server/live-feed.ts';

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

describe('LiveFeed', () => {
  const feedOver = (looks: LiveSnapshot[]) => {
    const overview = { read: async () => (looks.length > 1 ? looks.shift() : looks[0]) };
    return new LiveFeed({ overview: overview as never, clock: new ManualClock(), logger: silentLogger });
  };
  const listen = async (feed: LiveFeed, lastId?: string) => {
    const heard: FeedEvent[] = [];
    const subscription = await feed.subscribe((event) => heard.push(event), lastId);
    return { heard, leave: () => subscription.dispose() };
  };

  it('gives who comes back only what he has missed', async () => {
    const feed = feedOver([snapshot({ agents: [ceo] }), snapshot({ agents: [ceo, cfo] }), snapshot({ agents: [cfo] })]);
    const first = await listen(feed);
    expect(first.heard.map(({ event }) => event.event)).toEqual(['snapshot']);
    const lastId = first.heard.at(-1)?.id;
    first.leave();
    await (await listen(feed)).leave();
    const back = await listen(feed, lastId);
    expect(back.heard.map(({ event }) => event)).toEqual([
      { event: 'agents', changed: [cfo], removed: [] },
      { event: 'agents', changed: [], removed: ['ceo'] },
    ]);
    const again = await listen(feed, back.heard.at(-1)?.id);
    expect(again.heard).toEqual([]);
    feed.dispose();
  });

  it('gives a snapshot to whoever comes with an id it does not know', async () => {
    const feed = feedOver([snapshot({ agents: [ceo] })]);
    for (const lastId of ['feed_of_another_replica.3', '', 'x'.repeat(1000)]) {
      const { heard } = await listen(feed, lastId);
      expect(heard.map(({ event }) => event.event)).toEqual(['snapshot']);
    }
    feed.dispose();
  });
});
