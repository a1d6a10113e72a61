import { describe, expect, it } from 'vitest';
import { importOf } from './support/workspace.ts';

const E2 = {
  'config/agent_registry.json': {
    version: '1.0',
    agents: [
      {
        agent_id: 'ceo',
        agent_type: 'leadership',
        purpose: 'Lead the company',
        purpose_scope: 'Strategy',
        success_criteria: ['Growth', 'Trust'],
        domain_knowledge: {
          domain: 'leadership',
          training_data_path: 'training-data/ceo.jsonl',
          adapter_config: { task_type: 'causal_lm', r: 16, lora_alpha: 32, target_modules: ['q_proj', 'v_proj'] },
        },
        mcp_tools: [
          { server_name: 'github', tool_name: 'search_issues', configuration: { repo: 'x' } },
          { server_name: 'jira', tool_name: 'search' },
        ],
        system_message: 'You are the CEO.',
        enabled: true,
        metadata: { owner: 'board' },
      },
      {
        agent_id: 'cmo',
        agent_type: 'perpetual',
        purpose: 'Sell',
        domain_knowledge: { domain: 'marketing' },
        enabled: false,
      },
    ],
  },
  'config/mcp_server_registry.json': {
    version: '1.0',
    servers: [{ server_id: 'github', server_type: 'stdio', command: 'npx', args: ['-y', 'server-github'] }],
  },
};

describe('an agent registry of the Functions era', () => {
  it('gives agents with purpose, adapter and tools', () => {
    const { config, files } = importOf(E2);
    expect(files).toEqual([
      { file: 'config/agent_registry.json', kind: 'agents', era: 'E2' },
      { file: 'config/mcp_server_registry.json', kind: 'servers', era: 'E2' },
    ]);
    expect(config.agents[0]).toMatchObject({
      id: 'ceo',
      purpose: 'Lead the company',
      purpose_scope: 'Strategy',
      success_criteria: ['Growth', 'Trust'],
      system_message: 'You are the CEO.',
      adapter: 'leadership',
      layers: [],
      tools: ['github/search_issues'],
      enabled: true,
    });
    expect(config.agents[1]).toMatchObject({ id: 'cmo', adapter: 'marketing', enabled: false });
    expect(Object.keys(config.adapters)).toEqual(['leadership', 'marketing']);
  });

  it('says what it leaves, and why', () => {
    const { field, todo } = importOf(E2);
    expect(field('agents[0].domain_knowledge.training_data_path')).toMatchObject({
      outcome: 'left',
      note: 'adapters are trained elsewhere',
    });
    expect(field('agents[0].mcp_tools[1]')).toMatchObject({
      outcome: 'left',
      note: 'MCP server jira is in no registry, or was left',
    });
    expect(field('agents[0].metadata')).toMatchObject({ outcome: 'left', note: 'aos.json has no place for it' });
    expect(todo).toContain(
      'Put the weights of adapter marketing into adapters/marketing, or change adapters.marketing.path: none were found.',
    );
  });

  it('finds the weights of an adapter in the workspace', () => {
    const { config, todo } = importOf(E2, [
      'models/lora/marketing/adapter_config.json',
      'models/lora/marketing/adapter_model.safetensors',
    ]);
    expect(config.adapters.marketing?.path).toBe('models/lora/marketing');
    expect(todo.filter((line) => line.includes('marketing'))).toEqual([]);
  });
});

describe('an agent registry of the Foundry era', () => {
  const agent = { agent_id: 'cmo', agent_type: 'CMOAgent', purpose: 'Sell', adapter_name: 'marketing' };
  const registry = (...agents: object[]) => ({ 'registry.json': { agents } });

  it('gives the layers that the class of an agent brings', () => {
    const { config, field } = importOf(registry({ ...agent, capabilities: ['campaigns'], config: { tone: 'bright' } }));
    expect(config.agents[0]).toMatchObject({
      adapter: 'marketing',
      layers: [{ adapter: 'leadership' }, { adapter: 'marketing', skills: ['campaigns'] }],
    });
    expect(field('agents[0].agent_type')).toMatchObject({
      outcome: 'changed',
      note: 'it brings the adapter leadership, then marketing',
    });
    expect(field('agents[0].config')?.outcome).toBe('left');
  });

  it('leaves the code of a class of its own, and takes its agent', () => {
    const { config, field } = importOf(registry({ ...agent, agent_type: 'PirateAgent' }));
    expect(config.agents[0]).toMatchObject({ adapter: 'marketing', layers: [] });
    expect(field('agents[0].agent_type')?.note).toContain('the code of PirateAgent is not taken over');
  });

  it('takes records as the kernel keeps them, in a list of their own', () => {
    const { config, field } = importOf({
      'agents.json': [
        {
          agent_id: 'cfo',
          purpose: 'Keep us solvent',
          model: 'gpt-4o',
          tools: [{ type: 'code_interpreter' }],
          temperature: 0.2,
          registered_at: 'x',
        },
      ],
    });
    expect(config.agents[0]).toMatchObject({ id: 'cfo', tools: [] });
    expect(config.agents[0]).not.toHaveProperty('adapter');
    expect(field('agents[0].tools[0]')?.note).toBe('tools come from MCP servers');
  });

  it('changes ids that do not fit, and says it', () => {
    const { config, field } = importOf(
      registry(
        { ...agent, agent_id: 'Head of Märketing', adapter_name: 'sales & more' },
        { ...agent, agent_id: 'Head of Marketing' },
      ),
    );
    expect(config.agents.map(({ id }) => id)).toEqual(['Head-of-Marketing', 'Head-of-Marketing-2']);
    expect(config.agents[0]?.adapter).toBe('sales-more');
    expect(field('agents[0].agent_id')).toMatchObject({
      outcome: 'changed',
      note: expect.stringContaining('"Head of Märketing" is now "Head-of-Marketing"'),
    });
    expect(field('agents[0].adapter_name')?.outcome).toBe('changed');
  });

  it('takes the first of two agents with one id, and none without a purpose', () => {
    const { config, field } = importOf(
      registry(agent, { ...agent, purpose: 'Something else' }, { agent_id: 'coo', purpose: ' ' }),
    );
    expect(config.agents.map(({ id, purpose }) => `${id}: ${purpose}`)).toEqual(['cmo: Sell']);
    expect(field('agents[1]')?.note).toBe('agent cmo has come from another entry');
    expect(field('agents[2]')?.note).toBe('agent coo has no purpose');
  });

  it('takes goals and priority', () => {
    const { config, field } = importOf(
      registry({ ...agent, goals: ['Double sales', { description: 'Be liked', progress: 0.5 }], priority: 'high' }),
    );
    expect(config.agents[0]).toMatchObject({
      goals: [
        { id: 'goal_1', description: 'Double sales' },
        { id: 'goal_2', description: 'Be liked' },
      ],
      priority: 'normal',
    });
    expect(field('agents[0].priority')?.outcome).toBe('changed');
    expect(importOf(registry({ ...agent, priority: 'critical' })).config.agents[0]?.priority).toBe('critical');
  });
});

it('takes a registry by domain, as the monolith had it', () => {
  const { config } = importOf({
    'agent_registry.json': { agents: { sales: { purpose: 'Sell', capabilities: ['offer'], functions: ['quote'] } } },
  });
  expect(config.agents[0]).toMatchObject({ id: 'sales', purpose: 'Sell', layers: [{ skills: ['offer'] }] });
});
