import { describe, expect, it } from 'vitest';
import { AgentSwitch } from '../../../runtime/agents/agent-switch.ts';
import { LifeBook } from '../../../runtime/agents/life-book.ts';
import { type AgentLife, NEW_LIFE } from '../../../runtime/agents/purpose-driven-agent.ts';
import type { StateStore, WishRecord } from '../../../runtime/agents/state-store.ts';
import { ManualClock } from '../../../runtime/core/clock.ts';
import { silentLogger } from '../../../runtime/core/logger.ts';

/** Rows that all replicas share. */
function rows() {
  const wishes = new Map<string, WishRecord>();
  let reads = 0;
  const store = {
    saveWish: async (wish: WishRecord) => void wishes.set(wish.agentId, wish),
    listWishes: async () => {
      reads++;
      return [...wishes.values()];
    },
  };
  const replica = () => {
    const switches = new AgentSwitch({ store });
    const turned: string[] = [];
    switches.onTurned((agentId) => turned.push(agentId));
    return { switches, turned };
  };
  return { replica, wishes, reads: () => reads };
}

describe('AgentSwitch', () => {
  it('stops an agent for every replica, those that start later too, until it is started', async () => {
    const { replica } = rows();
    const [one, two] = [replica(), replica()];
    await one.switches.turn('ceo', 'stop');
    expect(one.switches.isStopped('ceo')).toBe(true);
    expect(two.switches.isStopped('ceo')).toBe(false);
    await two.switches.look();
    expect([two.switches.stopped, two.turned]).toEqual([['ceo'], ['ceo']]);
    expect(() => two.switches.mustAnswer('ceo')).toThrow(
      expect.objectContaining({
        code: 'AOS_AGENT_STOPPED',
        status: 409,
        message: expect.stringContaining('aos agents start ceo'),
      }),
    );
    const later = replica();
    await later.switches.turn('ceo', 'start');
    await one.switches.look();
    expect(one.switches.stopped).toEqual([]);
    expect(() => one.switches.mustAnswer('ceo')).not.toThrow();
  });

  it('changes nothing when the agent is that already; a restart always begins anew', async () => {
    const { replica, wishes } = rows();
    const { switches, turned } = replica();
    await switches.turn('ceo', 'start');
    expect(wishes.size).toBe(0);
    await switches.turn('ceo', 'stop');
    const wish = wishes.get('ceo');
    await switches.turn('ceo', 'stop');
    expect(wishes.get('ceo')).toBe(wish);
    await switches.turn('ceo', 'restart');
    await switches.turn('ceo', 'restart');
    expect([switches.isStopped('ceo'), turned]).toEqual([false, ['ceo', 'ceo', 'ceo']]);
  });

  it('lets an agent go that was removed while it was stopped', async () => {
    const { replica, wishes } = rows();
    const { switches, turned } = replica();
    await switches.turn('ceo', 'stop');
    wishes.delete('ceo');
    await switches.look();
    expect([switches.isStopped('ceo'), turned]).toEqual([false, ['ceo', 'ceo']]);
  });

  it('looks once for all who ask while a look is under way', async () => {
    const { replica, reads } = rows();
    const { switches } = replica();
    const first = switches.look();
    await Promise.resolve();
    await Promise.all([first, ...Array.from({ length: 10 }, () => switches.look())]);
    expect(reads()).toBe(2);
  });
});

describe('the life of a stopped agent', () => {
  function lifeBook(kept: Record<string, AgentLife>, stopped: string[]) {
    const saved = new Map(Object.entries(kept));
    const store: Pick<StateStore, 'getLife' | 'listLives' | 'saveLives'> = {
      getLife: async (agentId) => {
        const life = saved.get(agentId);
        return life && { agentId, ...life };
      },
      listLives: async () => [...saved].map(([agentId, life]) => ({ agentId, ...life })),
      saveLives: async (records) => {
        for (const { agentId, ...life } of records) saved.set(agentId, life);
      },
    };
    const switches = { stopped, isStopped: (agentId: string) => stopped.includes(agentId) };
    const lives = new LifeBook({
      store: store as StateStore,
      switches,
      clock: new ManualClock(),
      logger: silentLogger,
    });
    return { lives, states: () => Object.fromEntries([...saved].map(([agentId, { state }]) => [agentId, state])) };
  }

  it('is stopped whenever it does not finish its event', async () => {
    const { lives } = lifeBook({}, ['ceo']);
    lives.set('ceo', { ...NEW_LIFE, state: 'running' });
    expect(lives.peek('ceo')?.state).toBe('running');
    for (const state of ['asleep', 'failed'] as const) {
      lives.set('ceo', { ...NEW_LIFE, state });
      expect(lives.peek('ceo')?.state).toBe('stopped');
    }
  });

  it('follows the wish when a replica takes its shard: nobody may have held it when it was stopped or started', async () => {
    const kept = { gone: 'running', started: 'stopped', failed: 'failed', elsewhere: 'running' } as const;
    const lives = Object.fromEntries(Object.entries(kept).map(([id, state]) => [id, { ...NEW_LIFE, state }]));
    const book = lifeBook(lives, ['gone', 'new', 'elsewhere']);
    await book.lives.takeOver((agentId) => agentId !== 'elsewhere');
    await book.lives.flush();
    expect(book.states()).toEqual({
      ...{ gone: 'stopped', started: 'asleep', failed: 'failed', new: 'stopped' },
      elsewhere: 'running',
    });
  });
});
