import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AgentMemoryTable, MAX_MEMORIES } from '../../../runtime/agents/agent-memory.ts';
import { AgentStateTable, stateOver } from '../../../runtime/agents/agent-state.ts';
import { type Control, ControlBoard } from '../../../runtime/agents/control-board.ts';
import { StateStore } from '../../../runtime/agents/state-store.ts';
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

async function tableNamed(table: string): Promise<TableManager> {
  const manager = new TableManager({ connection: storage.connectionString, table, logger: silentLogger });
  await manager.ensure();
  return manager;
}

describe('the state of agents', () => {
  const stateOf = (states: AgentStateTable, agentId: string) =>
    stateOver({
      readState: (key) => states.read(agentId, key),
      writeState: (key, value, version) => states.write(agentId, key, value, version),
      deleteState: (key) => states.delete(agentId, key),
      listState: () => states.keys(agentId),
    });

  it('is kept by key, for each agent its own', async () => {
    const states = new AgentStateTable(await tableNamed('state1'));
    const [ceo, cfo] = [stateOf(states, 'ceo'), stateOf(states, 'cfo')];
    await ceo.set('goals', { q2: ['grow'] });
    await ceo.set('goals', { q2: ['grow', 'hire'] });
    await ceo.set('count', 0);
    await cfo.set('goals', 'save');
    expect(await ceo.get('goals')).toEqual({ q2: ['grow', 'hire'] });
    expect(await ceo.get('count')).toBe(0);
    expect(await ceo.keys()).toEqual(['count', 'goals']);
    await ceo.delete('goals');
    expect(await ceo.get('goals')).toBeUndefined();
    expect(await cfo.get('goals')).toBe('save');
  });

  it('loses no update when two write at the same time', async () => {
    const states = new AgentStateTable(await tableNamed('state2'));
    const add = () => stateOf(states, 'ceo').update<number>('count', (count = 0) => count + 1);
    await Promise.all([add(), add(), add()]);
    expect(await stateOf(states, 'ceo').get('count')).toBe(3);
  });

  it('refuses what is not JSON or too large, and says what to do', async () => {
    const ceo = stateOf(new AgentStateTable(await tableNamed('state3')), 'ceo');
    await expect(ceo.set('x', undefined)).rejects.toThrow('is not JSON. Use delete to remove it');
    await expect(ceo.set('x', 'y'.repeat(30_001))).rejects.toThrow('Spread it over several keys');
    expect(await ceo.keys()).toEqual([]);
  });
});

describe('the memory of agents', () => {
  it('gives the newest first, and forgets the oldest beyond 500', async () => {
    const clock = new ManualClock();
    const table = await tableNamed('memory1');
    const memories = new AgentMemoryTable({ table, clock });
    const add = async (content: unknown) => {
      await memories.add('ceo', content);
      await clock.advance(1);
    };
    for (let i = 0; i < MAX_MEMORIES + 25; i++) await add(i);
    expect((await memories.list('ceo', 3)).map(({ content }) => content)).toEqual([524, 523, 522]);
    expect(await memories.list('ceo', 1000)).toHaveLength(MAX_MEMORIES);
    expect(await memories.list('cfo', 10)).toEqual([]);
    await memories.clear('ceo');
    expect(await memories.list('ceo', 10)).toEqual([]);
    // Another replica, which has counted nothing yet.
    await new AgentMemoryTable({ table, clock }).add('ceo', { topic: 'budget' });
    expect(await memories.list('ceo', 10)).toMatchObject([{ content: { topic: 'budget' } }]);
  });
});

describe('the control board', () => {
  it('reaches every replica once, and none that starts later', async () => {
    const store = new StateStore(await tableNamed('orders1'));
    const replica = async () => {
      const done: Control[] = [];
      const board = new ControlBoard({ store, carryOut: (control) => done.push(control) });
      await board.look();
      return { board, done };
    };
    const [one, two] = [await replica(), await replica()];
    await one.board.post({ subject: 'cache', action: 'clear' });
    await one.board.post({ subject: 'breaker.lorax', action: 'open' });
    await one.board.post({ subject: 'breaker.lorax', action: 'reset' });
    await two.board.look();
    await two.board.look();
    expect(one.done.map(({ action }) => action)).toEqual(['clear', 'open', 'reset']);
    expect(two.done.map(({ action }) => action).sort()).toEqual(['clear', 'reset']);
    const late = await replica();
    expect(late.done).toEqual([]);
  });
});
