import { describe, expect, it } from 'vitest';
import { AgentManager, type AgentManagerOptions } from '../../../runtime/agents/agent-manager.ts';
import type { AgentAction, AgentState } from '../../../runtime/contracts/http.ts';
import { ManualClock } from '../../../runtime/core/clock.ts';

/** A manager whose orders are carried out by another replica, when the test says so. */
function useManager({ canPutAside = true } = {}) {
  const clock = new ManualClock();
  const turned: AgentAction[] = [];
  let state: AgentState = 'asleep';
  const options: Partial<AgentManagerOptions> & Record<string, unknown> = {
    ...{ clock, canPutAside },
    catalog: { get: async () => ({}) },
    switches: { turn: async (_agentId: string, action: AgentAction) => void turned.push(action) },
    lives: { getLife: async (agentId: string) => ({ agentId, state }) },
  } as never;
  const manager = new AgentManager(options as AgentManagerOptions);
  const become = async (next: AgentState) => {
    state = next;
    await pass(50);
  };
  const pass = async (ms: number) => {
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(ms);
    await new Promise((resolve) => setImmediate(resolve));
  };
  /** What the answer is by now; undefined: none yet. */
  const turn = (action: AgentAction) => {
    const answer: { state?: AgentState } = {};
    void manager.turn('ceo', action).then((at) => (answer.state = at));
    return answer;
  };
  return { manager, turn, turned, become, pass };
}

describe('an order to an agent', () => {
  it('is answered when the replica that holds its shard has acted', async () => {
    const { turn, turned, become } = useManager();
    const answer = turn('stop');
    await become('running');
    expect([turned, answer.state]).toEqual([['stop'], undefined]);
    await become('stopped');
    expect(answer.state).toBe('stopped');
  });

  it('is answered with what there is after three seconds', async () => {
    const { turn, become, pass } = useManager();
    const answer = turn('stop');
    await become('running');
    for (let ms = 0; ms < 3000; ms += 50) await pass(50);
    expect(answer.state).toBe('running');
  });

  it('to begin anew waits until it is neither stopped nor failed', async () => {
    const { turn, become } = useManager();
    await become('failed');
    const answer = turn('restart');
    await become('stopped');
    expect(answer.state).toBeUndefined();
    await become('asleep');
    expect(answer.state).toBe('asleep');
  });

  it('to start changes nothing of one that is not stopped, and waits for nothing', async () => {
    const { turn, become, pass } = useManager();
    await become('failed');
    const answer = turn('start');
    await pass(0);
    expect(answer.state).toBe('failed');
  });

  it('is refused where events could not wait', async () => {
    const { manager, turned } = useManager({ canPutAside: false });
    await expect(manager.turn('ceo', 'stop')).rejects.toMatchObject({ code: 'AOS_BAD_REQUEST', status: 422 });
    expect(turned).toEqual([]);
  });
});
