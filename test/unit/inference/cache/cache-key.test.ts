import { describe, expect, it } from 'vitest';
import { cacheKey, type InferenceKey } from '../../../../runtime/inference/cache/cache-key.ts';

const key: InferenceKey = {
  agentId: 'ceo',
  adapter: 'ceo',
  adapterRevision: 'a1b2c3',
  model: 'meta-llama/Llama-3.1-8B-Instruct',
  engine: 'simulated',
  system: 'You are ceo.',
  prompt: 'What are our Q2 goals?',
  parameters: { temperature: 0.2, max_new_tokens: 50, stop: ['a', 'b'] },
};

describe('cacheKey', () => {
  it('never changes for the same question', () => {
    expect(cacheKey(key)).toMatch(/^[0-9a-f]{64}$/);
    expect(cacheKey(structuredClone(key))).toBe(cacheKey(key));
  });

  it.each<[string, Partial<InferenceKey>]>([
    ['agent', { agentId: 'cfo' }],
    ['adapter', { adapter: 'cfo' }],
    ['no adapter', { adapter: undefined, adapterRevision: undefined }],
    ['content of the adapter', { adapterRevision: 'ffffff' }],
    ['model', { model: 'other' }],
    ['engine', { engine: 'remote' }],
    ['purpose', { system: 'You are someone else.' }],
    ['prompt', { prompt: 'What are our Q3 goals?' }],
    ['case of the prompt', { prompt: key.prompt.toLowerCase() }],
    ['temperature', { parameters: { ...key.parameters, temperature: 0.3 } }],
    ['length', { parameters: { ...key.parameters, max_new_tokens: 51 } }],
    ['seed', { parameters: { ...key.parameters, seed: 1 } }],
    ['stop', { parameters: { ...key.parameters, stop: ['a'] } }],
  ])('differs for another %s', (_what, change) => {
    expect(cacheKey({ ...key, ...change })).not.toBe(cacheKey(key));
  });

  it('does not mix fields up that stand side by side', () => {
    const a = { ...key, system: 'ab', prompt: 'c' };
    const b = { ...key, system: 'a', prompt: 'bc' };
    expect(cacheKey(a)).not.toBe(cacheKey(b));
  });

  it('knows the spellings of one question: order, repeated stops, defaults, undefined', () => {
    const parameters = { stop: ['b', 'a', 'b'], max_new_tokens: 50, temperature: 0.2, top_k: undefined, top_p: 1 };
    expect(cacheKey({ ...key, parameters })).toBe(cacheKey(key));
    expect(cacheKey({ ...key, parameters: { temperature: 1 } })).toBe(cacheKey({ ...key, parameters: {} }));
  });
});
