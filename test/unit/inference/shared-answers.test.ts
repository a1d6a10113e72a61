import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../runtime/core/clock.ts';
import {
  type Answer,
  CachedInferenceEngine,
  type Generation,
  type InferenceKey,
  type SharedAnswers,
} from '../../../runtime/inference/cached-inference-engine.ts';

/** What the replicas share; counts the looks. */
class Shelf implements SharedAnswers {
  readonly answers = new Map<string, Answer>();
  looks = 0;

  async get(key: string): Promise<Answer | undefined> {
    this.looks++;
    return this.answers.get(key);
  }

  put(key: string, answer: Answer): void {
    this.answers.set(key, answer);
  }
}

const key = (prompt: string): InferenceKey => ({
  agentId: 'ceo',
  adapter: 'ceo',
  adapterRevision: 'abc123',
  model: 'aos/simulated',
  engine: 'simulated',
  system: 'You are ceo.',
  prompt,
  parameters: {},
});

const generation = (text: string, finishReason = 'stop'): Generation => ({
  text,
  finishReason,
  promptTokens: 1,
  completionTokens: 1,
  engine: 'simulated',
  model: 'aos/simulated',
  firstTokenMs: 1,
});

function setUp() {
  const clock = new ManualClock();
  const shelf = new Shelf();
  const replica = () => new CachedInferenceEngine({ ttlMs: 1000, ttlJitter: 0, clock, shared: shelf });
  let calls = 0;
  const ask = (engine: CachedInferenceEngine, prompt: string, finishReason?: string) =>
    engine.infer(key(prompt), async () => generation(`answer ${++calls}`, finishReason));
  return { clock, shelf, replica, ask };
}

describe('answers shared by replicas', () => {
  it('are answered by a replica that never asked, until they expire', async () => {
    const { clock, replica, ask } = setUp();
    const [first, second] = [replica(), replica()];
    const asked = await ask(first, 'a');
    await clock.advance(999);
    const again = await ask(second, 'a');
    expect(again).toMatchObject({ cached: 'exact', generation: asked.generation });
    expect(again.entry!.expiresAt - again.entry!.storedAt).toBe(1000);
    await clock.advance(1);
    expect((await ask(replica(), 'a')).cached).toBe(false);
  });

  it('are looked for once by all who ask the same at a time', async () => {
    const { shelf, replica, ask } = setUp();
    const engine = replica();
    const answers = await Promise.all([ask(engine, 'a'), ask(engine, 'a'), ask(engine, 'a')]);
    expect(new Set(answers.map(({ generation: { text } }) => text))).toEqual(new Set(['answer 1']));
    expect(shelf.looks).toBe(1);
  });

  it('are found in another spelling too, by a replica that asked it otherwise', async () => {
    const { replica, ask } = setUp();
    await ask(replica(), 'What are our Q2 goals?');
    const again = await ask(replica(), 'what are our q2 goals');
    expect(again).toMatchObject({ cached: 'exact', entry: { tier: 'normalised', prompt: 'What are our Q2 goals?' } });
    expect((await ask(replica(), 'what are our q3 goals')).cached).toBe(false);
  });

  it('are found by similar prompts from then on', async () => {
    const { replica, ask } = setUp();
    await ask(replica(), 'What is our goal for Q2?');
    const second = replica();
    await ask(second, 'what is our goal for q2');
    expect((await ask(second, "What's the goal for Q2?")).cached).toBe(false);
    expect((await ask(second, "What's our goal for Q2?")).cached).toBe('semantic');
  });

  it('are never truncated ones', async () => {
    const { shelf, replica, ask } = setUp();
    await ask(replica(), 'a', 'length');
    expect(shelf.answers.size).toBe(0);
  });

  it('do not come back after the replica forgot its answers', async () => {
    const { clock, replica, ask } = setUp();
    const engine = replica();
    await ask(engine, 'a');
    await clock.advance(1);
    engine.clear();
    expect((await ask(engine, 'a')).cached).toBe(false);
  });
});
