import { describe, expect, it } from 'vitest';
import { AgentHost, type AgentHostOptions } from '../../../runtime/agents/agent-host.ts';
import { type AgentLife, NEW_LIFE } from '../../../runtime/agents/purpose-driven-agent.ts';

/** A host with what it needs to hear that an agent was stopped or started. */
function useHost(life: AgentLife, stopped: boolean) {
  const lives = new Map([['ceo', life]]);
  const renewed: string[] = [];
  const options: Pick<AgentHostOptions, 'switches'> & Record<string, unknown> = {
    catalog: { find: async (agentId: string) => (agentId === 'ceo' ? { agentId, handler: 'ceo.ts' } : undefined) },
    handlers: { renew: (file: string) => renewed.push(file) },
    lives: { get: async (agentId: string) => lives.get(agentId), set: lives.set.bind(lives) },
    switches: { isStopped: () => stopped },
  };
  return { host: new AgentHost(options as unknown as AgentHostOptions), life: () => lives.get('ceo'), lives, renewed };
}

describe('an agent that is started', () => {
  const failed: AgentLife = { ...NEW_LIFE, state: 'failed', wakeCount: 7, lastError: 'TypeError: x' };

  it('is well again, and gets its handlers afresh', async () => {
    const { host, life, renewed } = useHost(failed, false);
    await host.turned('ceo');
    expect(life()).toEqual({ ...NEW_LIFE, state: 'asleep', wakeCount: 7 });
    expect(renewed).toEqual(['ceo.ts']);
  });

  it('finishes what it is doing before its state changes', async () => {
    const { host, life, renewed } = useHost({ ...NEW_LIFE, state: 'running' }, false);
    await host.turned('ceo');
    expect(life()?.state).toBe('running');
    expect(renewed).toEqual(['ceo.ts']);
  });

  it('keeps its handlers when it was stopped instead', async () => {
    const { host, renewed } = useHost(failed, true);
    await host.turned('ceo');
    expect(renewed).toEqual([]);
  });

  it('is left alone when it is none of this system', async () => {
    const { host, lives } = useHost(failed, false);
    await host.turned('nobody');
    expect([...lives.keys()]).toEqual(['ceo']);
  });
});
