import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type LiveChange, LiveState } from '../../../../extension/client/live-state.ts';
import { adapter, agent, replica, status } from '../support/fixtures.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function watch() {
  const changes: LiveChange[] = [];
  const state = new LiveState({ onChange: (change) => changes.push(change), now: Date.now });
  state.apply({
    event: 'snapshot',
    status: status(),
    agents: [agent({ agent_id: 'ceo' }), agent({ agent_id: 'cfo' })],
    adapters: [adapter({ name: 'ceo' })],
    shards: [],
  });
  return { state, changes };
}

describe('LiveState', () => {
  it('reports a snapshot at once, and everything in it', () => {
    const { state, changes } = watch();
    expect(changes).toMatchObject([{ structure: true, adapters: true, status: true }]);
    expect([...state.agents.keys()]).toEqual(['ceo', 'cfo']);
  });

  it('merges what follows to two reports a second', () => {
    const { state, changes } = watch();
    state.apply({ event: 'agents', changed: [agent({ agent_id: 'ceo', wake_count: 1 })], removed: [] });
    state.apply({ event: 'agents', changed: [agent({ agent_id: 'cfo', state: 'running' })], removed: [] });
    expect(changes).toHaveLength(1);
    vi.advanceTimersByTime(500);
    expect(changes).toHaveLength(2);
    expect(changes[1]).toEqual({ structure: false, agents: new Set(['ceo', 'cfo']), adapters: false, status: false });
  });

  it.each([
    ['a new agent', { changed: [agent({ agent_id: 'cto' })], removed: [] }],
    ['a removed agent', { changed: [], removed: ['cfo'] }],
    ['another replica', { changed: [agent({ agent_id: 'ceo', replica: 'replica-2' })], removed: [] }],
    ['another lane', { changed: [agent({ agent_id: 'ceo', priority: 'critical' as const })], removed: [] }],
  ])('says that the shape of the tree changed: %s', (_name, change) => {
    const { state, changes } = watch();
    state.apply({ event: 'agents', ...change });
    vi.advanceTimersByTime(500);
    expect(changes.at(-1)?.structure).toBe(true);
  });

  it('sees a replica come', () => {
    const { state, changes } = watch();
    const replicas = [replica({ replica: 'replica-1' }), replica({ replica: 'replica-2' })];
    state.apply({ event: 'status', status: status({ replicas }) });
    vi.advanceTimersByTime(500);
    expect(changes.at(-1)).toMatchObject({ structure: true, status: true });
  });

  it('forgets everything at once when the runtime is gone', () => {
    const { state, changes } = watch();
    state.clear();
    expect(changes).toHaveLength(2);
    expect(state.status).toBeUndefined();
    expect(state.agents.size).toBe(0);
  });

  it('says once that it is not kept up to date, until the next event', () => {
    const { state, changes } = watch();
    expect(state.connected).toBe(true);
    state.setDisconnected(new Error('refused'));
    state.setDisconnected(new Error('refused'));
    vi.advanceTimersByTime(500);
    expect(changes).toHaveLength(2);
    expect(state.connected).toBe(false);
    expect(state.problem?.message).toBe('refused');
    state.apply({ event: 'status', status: status() });
    expect(state.connected).toBe(true);
    expect(state.problem).toBeUndefined();
  });

  it('says why nothing is here when the first connection fails already', () => {
    const changes: LiveChange[] = [];
    const state = new LiveState({ onChange: (change) => changes.push(change) });
    state.setDisconnected(new Error('refused'));
    expect(changes).toMatchObject([{ status: true }]);
    expect(state.problem?.message).toBe('refused');
  });

  it('says nothing after it was disposed', () => {
    const { state, changes } = watch();
    state.apply({ event: 'status', status: status() });
    state.dispose();
    vi.advanceTimersByTime(1000);
    expect(changes).toHaveLength(1);
  });
});
