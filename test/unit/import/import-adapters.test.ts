import { describe, expect, it } from 'vitest';
import { importOf } from './support/workspace.ts';

describe('adapter registries', () => {
  it('of 2025 give an adapter for each role', () => {
    const { config, field } = importOf({
      'adapters.json': {
        adapters: [
          {
            legend: 'Warren Buffett',
            role: 'cfo',
            endpoint_name: 'cfo-endpoint',
            version: '1',
            principles: ['Never lose money'],
          },
        ],
      },
    });
    expect(config.adapters).toEqual({
      cfo: { path: 'adapters/cfo', source: 'local', description: 'In the manner of Warren Buffett' },
    });
    expect(field('adapters[0].principles')?.note).toContain('system_message');
  });

  it('of later eras give it under its persona, which agents name, or under its id', () => {
    const { config, field } = importOf({
      'adapter_registry.json': {
        adapters: [
          {
            adapter_id: 'finance-v2',
            persona_type: 'finance',
            adapter_path: './models/finance/',
            description: 'Figures',
            tags: [],
          },
        ],
      },
      'registry.json': {
        agents: [
          { agent_id: 'cfo', purpose: 'Count', adapter_name: 'finance' },
          { agent_id: 'controller', purpose: 'Check', adapter_name: 'finance-v2' },
        ],
      },
      'models/finance/readme.json': {},
    });
    expect(config.adapters).toEqual({ finance: { path: 'models/finance', source: 'local', description: 'Figures' } });
    expect(config.agents.map(({ adapter }) => adapter)).toEqual(['finance', 'finance']);
    expect(field('adapters[0].adapter_id')?.outcome).toBe('changed');
    expect(field('adapters[0].tags')?.note).toBe('it is empty');
  });

  it('may name S3 and the Hub, but not Azure', () => {
    const { config, field } = importOf({
      'adapters.json': [
        { adapter_id: 'a', agent_role: 'ceo', adapter_path: 's3://bucket/ceo' },
        { adapter_id: 'b', agent_role: 'cfo', adapter_path: 'org/cfo', adapter_source: 'huggingface' },
        { adapter_id: 'c', agent_role: 'cto', adapter_path: 'https://x.blob.core.windows.net/cto' },
      ],
    });
    expect(config.adapters).toMatchObject({
      ceo: { path: 's3://bucket/ceo', source: 's3' },
      cfo: { path: 'org/cfo', source: 'hub' },
      cto: { path: 'adapters/cto', source: 'local' },
    });
    expect(field('adapters[2].adapter_path')?.outcome).toBe('left');
  });

  it('are not needed where the adapters themselves lie in the workspace', () => {
    const { config, field } = importOf({
      'models/leadership/adapter_config.json': {
        peft_type: 'LORA',
        r: 16,
        base_model_name_or_path: 'meta-llama/Llama-3.3-70B-Instruct',
      },
    });
    expect(config.adapters.leadership?.path).toBe('models/leadership');
    expect(config.model.base).toBe('meta-llama/Llama-3.3-70B-Instruct');
    expect(field('r')).toMatchObject({ outcome: 'taken', to: 'adapters.leadership.path' });
  });
});
