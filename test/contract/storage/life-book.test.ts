import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LifeBook } from '../../../runtime/agents/life-book.ts';
import { type AgentLife, NEW_LIFE } from '../../../runtime/agents/purpose-driven-agent.ts';
import { type LifeRecord, StateStore } from '../../../runtime/agents/state-store.ts';
import type { LocalStorage } from '../../../runtime/cloud/storage/index.ts';
import { ManualClock } from '../../../runtime/core/clock.ts';
import { silentLogger } from '../../../runtime/core/logger.ts';
import { TableManager } from '../../../runtime/storage/table-manager.ts';
import { startTestStorage } from './clients.ts';

let storage: LocalStorage;
beforeAll(async () => {
  storage = await startTestStorage();
});
afterAll(() => storage.dispose());

const NOBODY_STOPPED = { isStopped: () => false, stopped: [] };
const woken = (wakeCount: number): AgentLife => ({ ...NEW_LIFE, wakeCount });

/** Counts what is asked of storage; a write takes a millisecond a life by the clock of the test. */
class CountingStore extends StateStore {
  readonly clock = new ManualClock();
  readonly calls = { one: 0, all: 0, written: [] as number[] };

  override getLife(agentId: string) {
    this.calls.one++;
    return super.getLife(agentId);
  }

  override listLives() {
    this.calls.all++;
    return super.listLives();
  }

  override async saveLives(lives: readonly LifeRecord[]) {
    this.calls.written.push(lives.length);
    await super.saveLives(lives);
    await this.clock.advance(lives.length);
  }
}

/** Books over rows that outlive them. */
async function books(table: string) {
  const manager = new TableManager({ connection: storage.connectionString, table, logger: silentLogger });
  await manager.ensure();
  return () => {
    const store = new CountingStore(manager);
    const { calls, clock } = store;
    return { book: new LifeBook({ store, switches: NOBODY_STOPPED, clock, logger: silentLogger }), calls, clock };
  };
}

describe('the lives of agents', () => {
  it('are read once, and all together when many are wanted at the same time', async () => {
    const open = await books('lives1');
    const before = open();
    for (let i = 0; i < 300; i++) before.book.set(`agent_${i}`, woken(i));
    await before.book.flush();

    const { book, calls } = open();
    const agents = Array.from({ length: 300 }, (_, i) => `agent_${i}`);
    const lives = await Promise.all([...agents, 'agent_7', 'new'].map((agentId) => book.get(agentId)));
    expect(lives.map(({ wakeCount }) => wakeCount)).toEqual([...agents.keys(), 7, 0]);
    // The first one goes alone; what has come meanwhile comes in one list.
    expect(calls).toMatchObject({ one: 1, all: 1 });
    await book.get('agent_7');
    expect(calls).toMatchObject({ one: 1, all: 1 });
  });

  it('are written a moment after they change, and the less often the longer it takes', async () => {
    const { book, calls, clock } = (await books('lives2'))();
    book.set('ceo', woken(1));
    book.set('ceo', woken(2));
    await clock.advance(200);
    await book.flush();
    expect(calls.written).toEqual([1]);
    for (let i = 0; i < 150; i++) book.set(`agent_${i}`, woken(1));
    await clock.advance(200);
    await book.flush();
    expect(calls.written).toEqual([1, 150]);
    // 150 ms for the last one: four times as long passes before the next.
    book.set('ceo', woken(3));
    await clock.advance(599);
    expect(calls.written).toEqual([1, 150]);
    await clock.advance(1);
    await book.flush();
    expect(calls.written).toEqual([1, 150, 1]);
  });
});
