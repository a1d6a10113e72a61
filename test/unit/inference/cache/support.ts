import type { Generation, InferenceKey, Upstream } from '../../../../runtime/inference/cached-inference-engine.ts';

/** A question to one agent; `engine: 'remote'`, since simulated answers are not verified. */
export function question(prompt: string, change: Partial<InferenceKey> = {}): InferenceKey {
  return {
    agentId: 'ceo',
    adapter: 'ceo',
    adapterRevision: 'a1',
    model: 'base',
    engine: 'remote',
    system: 'You are the CEO.',
    prompt,
    parameters: {},
    ...change,
  };
}

export function generation(text: string, finishReason = 'stop'): Generation {
  const figures = { promptTokens: 3, completionTokens: 2, firstTokenMs: 1 };
  return { text, finishReason, engine: 'remote', model: 'base', ...figures };
}

export const says =
  (text: string): Upstream =>
  async () =>
    generation(text);

export const never: Upstream = () => Promise.reject(new Error('the model must not be asked'));

/** The same numbers in every run (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
