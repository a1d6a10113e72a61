import { describe, expect, it } from 'vitest';
import { CachedInferenceEngine, type InferenceKey } from '../../../../runtime/inference/cached-inference-engine.ts';
import { generation, question, seeded } from './support.ts';

const ROUNDS = 30;
const PROMPT = 'What are our goals for this quarter?';
/** The same question to the normalised and to the semantic tier. */
const SPELLINGS = [PROMPT, 'what are our goals for this quarter', "What're the goals for our this quarter?"];

/** Draws a value of each component of a key. */
const components: Record<string, (random: () => number) => Partial<InferenceKey>> = {
  tenant: (random) => ({ tenant: pick(random, [undefined, 'a', 'b', 'ab']) }),
  agent: (random) => ({ agentId: pick(random, ['ceo', 'cfo', 'ceo2', 'c']) }),
  adapter: (random) => ({ adapter: pick(random, [undefined, 'ceo', 'cfo', '']) }),
  revision: (random) => ({ adapterRevision: pick(random, [undefined, 'r1', 'r2', 'r']) }),
  model: (random) => ({ model: pick(random, ['llama', 'llama-2', 'mistral']) }),
  engine: (random) => ({ engine: pick(random, ['simulated', 'llama', 'remote'] as const) }),
  system: (random) => ({ system: pick(random, ['You are ceo.', 'You are CEO.', 'You are ceo. ', '']) }),
  history: (random) => ({
    history: pick(random, [
      undefined,
      [{ role: 'user', content: 'Hi' }],
      [{ role: 'assistant', content: 'Hi' }],
      [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'Hello' },
      ],
    ]),
  }),
  tools: (random) => ({ tools: pick(random, [undefined, [{ name: 'search' }], [{ name: 'mail' }]]) }),
  format: (random) => ({ responseFormat: pick(random, [undefined, { type: 'json_object' }, { type: 'text' }]) }),
  temperature: (random) => ({ parameters: { temperature: pick(random, [undefined, 0, 0.5]) } }),
  length: (random) => ({ parameters: { max_new_tokens: pick(random, [undefined, 50, 51]) } }),
  seed: (random) => ({ parameters: { seed: pick(random, [undefined, 1, 2]) } }),
  stop: (random) => ({ parameters: { stop: pick(random, [undefined, ['a'], ['a', 'b'], ['ab']]) } }),
};

function pick<T>(random: () => number, values: readonly T[]): T {
  return values[Math.floor(random() * values.length)] as T;
}

/** A random key of one prompt. */
function draw(random: () => number): InferenceKey {
  const parts = Object.values(components).map((component) => component(random));
  const parameters = Object.assign({}, ...parts.map((part) => part.parameters));
  return question(PROMPT, { ...Object.assign({}, ...parts), parameters });
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

describe.each(['strict', 'guarded'] as const)('answers are never shared (%s)', (mode) => {
  it.each(Object.keys(components))('between keys that differ in the %s', async (name) => {
    const random = seeded(name.length);
    let compared = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const engine = new CachedInferenceEngine({ mode, similarityThreshold: 0.5, shadowShare: 0 });
      const key = draw(random);
      const change = components[name]?.(random) ?? {};
      const other = { ...key, ...change, parameters: { ...key.parameters, ...change.parameters } };
      if (same(key, other)) continue;
      compared++;
      await engine.infer(key, async () => generation('mine'));
      for (const prompt of SPELLINGS) {
        const { generation: got, cached } = await engine.infer({ ...other, prompt }, async () => generation('theirs'));
        expect(got.text).toBe('theirs');
        if (prompt === PROMPT) expect(cached).toBe(false);
      }
      expect(await engine.explain(key)).toMatchObject({ tier: 'exact' });
    }
    expect(compared).toBeGreaterThan(10);
  });

  it('and are found by all spellings where nothing differs', async () => {
    const engine = new CachedInferenceEngine({ mode, similarityThreshold: 0.5, shadowShare: 0 });
    const key = question('What is our goal for this quarter?');
    await engine.infer(key, async () => generation('mine'));
    const spellings = ['what is our goal for this quarter', "What's our goal for this quarter?"];
    const tiers = [];
    for (const prompt of spellings)
      tiers.push((await engine.infer({ ...key, prompt }, async () => generation('x'))).entry?.tier);
    expect(tiers).toEqual(['normalised', 'semantic']);
  });

  it('between embedders: an engine has one, and its index no other', async () => {
    const embedder = {
      id: 'other',
      dimensions: 8,
      embed: async (texts: readonly string[]) => texts.map(() => new Float32Array(8).fill(1)),
    };
    const engine = new CachedInferenceEngine({ mode, embedder });
    expect(engine.view().embedder).toBe('other');
    expect(await engine.explain(question(PROMPT))).toMatchObject({ embedder: 'other', calibrated_threshold: 0.95 });
  });
});
