import { describe, expect, it } from 'vitest';
import {
  agentDescription,
  agentFacts,
  placeInError,
  replicaDescription,
} from '../../../../extension/views/agent-facts.ts';
import { groupAgents } from '../../../../extension/views/agent-groups.ts';
import { adapter, agent, replica, status, used } from '../support/fixtures.ts';

describe('the row of an agent', () => {
  it('names state, critical lane, p95 and the cached share, most important first', () => {
    const row = agentDescription(agent({ agent_id: 'ceo', state: 'running', priority: 'critical', usage: used }));
    expect(row).toBe('running · critical · p95 1.9 s · 58 % cached');
  });

  it('names the state alone before the first request; the normal lane is not named', () => {
    expect(agentDescription(agent({ agent_id: 'cso' }))).toBe('asleep');
  });
});

describe('the row of a replica', () => {
  it.each([
    [[3, 0, 2, 1, 8], 4, 'running · shards 0 1 2 3 8 · 4 agents'],
    [[4], 1, 'running · shard 4 · 1 agent'],
    [[], 0, 'running · no shards · 0 agents'],
    [Array.from({ length: 18 }, (_, n) => n), 6, 'running · 18 shards · 6 agents'],
  ])('%o, %i agents', (shards, agents, text) => {
    expect(replicaDescription('running', shards, agents)).toBe(text);
  });
});

describe('the rows below an agent', () => {
  const nowMs = Date.parse('2026-11-24T11:00:04.000Z');
  const event = {
    event_id: 'e',
    type: 'DecisionRequested',
    at: '2026-11-24T11:00:00.000Z',
    outcome: 'handled' as const,
  };
  const lanes = [{ lane: 'critical' as const, limit: 10, active: 2, waiting: 0, refused: 0 }];
  const running = status({ replicas: [replica({ replica: 'replica-1', lanes })] });
  const adapters = new Map([['ceo', adapter({ name: 'ceo' })]]);
  const ceo = agent({
    agent_id: 'ceo',
    adapter: 'ceo',
    priority: 'critical',
    shard: 1,
    wake_count: 1318,
    last_event: event,
    usage: used,
  });
  const rows = (part: object) =>
    agentFacts({ ...ceo, ...part }, running, adapters, nowMs).map(
      ({ label, description }) => `${label}: ${description}`,
    );

  it('are lane, shard, adapter, wakes, latency and cache', () => {
    expect(rows({})).toEqual([
      'Lane: critical · 2 of 10 in use',
      'Shard: 1 on replica-1',
      'Adapter: ceo @3f9a1c',
      'Wakes: 1,318 · last 4 s ago',
      'Latency: p50 6 ms · p95 1.9 s · p99 2.6 s',
      'Cache: 58 % · 562 exact · 202 semantic',
    ]);
  });

  it('begin with the error of a failed agent', () => {
    const last_error = 'Handler threw TypeError: x\n    at handle (file:///home/ada/agents/investor.ts:14:9)';
    expect(rows({ state: 'failed', last_error })[0]).toBe('Handler threw TypeError: x: ');
    expect(placeInError(last_error)).toEqual({ file: '/home/ada/agents/investor.ts', line: 14, column: 9 });
  });

  it('say where an agent is on its way', () => {
    expect(rows({ replica: null, adapter: null })).toEqual(
      expect.arrayContaining(['Shard: 1, moving', 'Adapter: base model']),
    );
  });

  it('find a Windows path in an error', () => {
    expect(placeInError('at C:\\work\\a.ts:3:1')).toEqual({ file: 'C:\\work\\a.ts', line: 3, column: 1 });
    expect(placeInError('no place')).toBeUndefined();
  });
});

describe('groups', () => {
  const agents = [
    agent({ agent_id: 'cto', replica: 'replica-2', adapter: 'cto' }),
    agent({ agent_id: 'ceo', priority: 'critical', adapter: 'ceo' }),
    agent({ agent_id: 'cfo', priority: 'critical', replica: 'replica-2' }),
    agent({ agent_id: 'cmo' }),
  ];
  const replicas = [
    replica({ replica: 'replica-10' }),
    replica({ replica: 'replica-2' }),
    replica({ replica: 'replica-1' }),
  ];
  const names = (by: Parameters<typeof groupAgents>[2], from = agents, on = replicas) =>
    groupAgents(from, on, by)?.map(
      (group) => `${group.name}: ${group.agents.map(({ agent_id }) => agent_id).join(' ')}`,
    );

  it('by replica: by number, critical agents first', () => {
    expect(names('replica')).toEqual(['replica-1: ceo cmo', 'replica-2: cfo cto', 'replica-10: ']);
  });

  it('a replica that is gone leaves its agents unplaced, last', () => {
    expect(names('replica', agents, replicas.slice(0, 1))).toEqual(['replica-10: ', 'unplaced: ceo cfo cmo cto']);
  });

  it('one replica only makes no groups', () => {
    expect(
      names(
        'replica',
        agents.filter(({ replica: at }) => at === 'replica-1'),
        replicas.slice(2),
      ),
    ).toBeUndefined();
  });

  it('by lane, by adapter, and not at all', () => {
    expect(names('lane')).toEqual(['critical: ceo cfo', 'normal: cmo cto']);
    expect(names('adapter')).toEqual(['ceo: ceo', 'cto: cto', ': cfo cmo']);
    expect(names('none')).toBeUndefined();
  });
});
