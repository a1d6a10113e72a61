import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../../runtime/core/clock.ts';
import { createLogger, type LogRecord } from '../../../../runtime/core/logger.ts';
import {
  CachedInferenceEngine,
  type CachedInferenceEngineOptions,
  type Embedder,
} from '../../../../runtime/inference/cached-inference-engine.ts';
import { generation, never, question, says } from './support.ts';

const KEPT = 'What is our goal for Q2?';
const SIMILAR = "What's our goal for Q2?";

async function setUp(options: CachedInferenceEngineOptions = {}) {
  const clock = new ManualClock();
  const engine = new CachedInferenceEngine({ clock, ttlJitter: 0, shadowShare: 0, ...options });
  await engine.infer(question(KEPT), says('Growth.'));
  const ask = (prompt: string, change = {}) => engine.infer(question(prompt, change), says('asked anew'));
  return { clock, engine, ask };
}

/** Points of a circle: the angle is the number in the text, in degrees. */
const angles: Embedder = {
  id: 'angles',
  dimensions: 2,
  embed: async (texts) =>
    texts.map((text) => {
      const angle = (Number(/\d+/.exec(text)?.[0]) / 180) * Math.PI;
      return Float32Array.of(Math.cos(angle), Math.sin(angle));
    }),
};

describe('a similar prompt', () => {
  it('gets the answer, and hears whose it is', async () => {
    const { clock, engine } = await setUp();
    const { cached, generation: got, entry } = await engine.infer(question(SIMILAR), never);
    expect([cached, got.text]).toEqual(['semantic', 'Growth.']);
    expect(entry).toMatchObject({
      tier: 'semantic',
      prompt: KEPT,
      storedAt: clock.now(),
      expiresAt: clock.now() + 3_600_000,
    });
    expect(entry?.score).toBeGreaterThan(0.8);
    expect(engine.view()).toMatchObject({
      hits: { exact: 0, normalised: 0, semantic: 1 },
      misses: 1,
      semantic_entries: 1,
    });
  });

  it('gets it as a stream if it asked for one', async () => {
    const { engine } = await setUp();
    const pieces: string[] = [];
    await engine.infer(question(SIMILAR), never, { onToken: (piece) => pieces.push(piece) });
    expect(pieces.join('')).toBe('Growth.');
  });

  it('never gets the answer for another quarter', async () => {
    const { ask } = await setUp();
    for (const prompt of ["What's our goal for Q3?", 'what is our goal for q3', 'What is our goal for Q3?']) {
      expect((await ask(prompt)).generation.text).toBe('asked anew');
    }
    expect((await ask('what is our goal for q2')).entry?.tier).toBe('normalised');
  });

  it('gets nothing that has expired', async () => {
    const { clock, engine, ask } = await setUp({ ttlMs: 1000 });
    await clock.advance(1000);
    expect((await ask(SIMILAR)).cached).toBe(false);
    expect(engine.view()).toMatchObject({ entries: 1, semantic_entries: 1 });
  });

  it('gets nothing that was dropped for lack of room', async () => {
    const { engine, ask } = await setUp({ maxEntries: 2 });
    await ask('Who leads the sales team?');
    await ask('Who leads the support team?');
    expect(engine.view()).toMatchObject({ entries: 2, semantic_entries: 2 });
    expect((await ask(SIMILAR)).cached).toBe(false);
  });

  it('is the second best if a guard objects to the best', async () => {
    const { ask } = await setUp({ mode: 'guarded', similarityThreshold: 0.5 });
    await ask("What's our main goal for Q3?");
    const { entry } = await ask("What's our main goal for Q2?");
    expect(entry?.prompt).toBe(KEPT);
  });

  it.each<[string, CachedInferenceEngineOptions, object]>([
    ['in the mode off', { mode: 'off' }, {}],
    ['in a conversation', {}, { history: [{ role: 'user', content: 'Hi' }] }],
    ['with tools', {}, { tools: [{ name: 'search' }] }],
    ['above the temperature', { maxTemperature: 0.5 }, { parameters: { temperature: 0.6 } }],
    ['with a default temperature above the limit', { maxTemperature: 0.5 }, {}],
  ])('gets nothing %s, and is told why', async (_what, options, change) => {
    const { engine, ask } = await setUp(options);
    await engine.infer(question(KEPT, change), says('Growth.'));
    expect((await engine.explain(question(SIMILAR, change))).candidates).toEqual([]);
    expect((await engine.explain(question(SIMILAR, change))).reason).not.toContain('Nothing comparable');
    expect((await ask(SIMILAR, change)).cached).toBe(false);
    expect((await ask(KEPT.toLowerCase(), change)).cached).toBe('exact');
  });

  it('that contains code gets nothing', async () => {
    const { engine } = await setUp();
    await engine.infer(question('What is `a`?'), says('A variable.'));
    expect((await engine.infer(question("What's `a`?"), says('other'))).cached).toBe(false);
    expect((await engine.explain(question('What was `a`?'))).reason).toContain('code');
  });

  it('that is long gets nothing', async () => {
    const { engine } = await setUp();
    const long = `${'Read this. '.repeat(200)}What is our goal?`;
    await engine.infer(question(long), says('Growth.'));
    expect((await engine.infer(question(long.replace('is our', 'is the')), says('other'))).cached).toBe(false);
    expect((await engine.explain(question(`${long} Really?`))).reason).toContain('2000 characters');
  });

  it('makes one call together with a thousand of its kind', async () => {
    const engine = new CachedInferenceEngine();
    let calls = 0;
    const call = async () => generation(`answer ${++calls}`);
    const spellings = [KEPT, KEPT.toLowerCase(), ` ${KEPT}!`];
    const answers = await Promise.all(
      Array.from({ length: 1000 }, (_, i) => engine.infer(question(spellings[i % 3] as string), call)),
    );
    expect(calls).toBe(1);
    expect(new Set(answers.map(({ generation: { text } }) => text))).toEqual(new Set(['answer 1']));
  });
});

describe('embeddings of a model', () => {
  it('are compared by the strictness itself', async () => {
    const engine = new CachedInferenceEngine({ embedder: angles, mode: 'guarded', shadowShare: 0 });
    const ask = (prompt: string) => engine.infer(question(prompt), says('asked'));
    await ask('Is it number 10?');
    expect(await engine.explain(question('Was it number 10?'))).toMatchObject({
      tier: null,
      calibrated_threshold: 0.95,
    });
    expect((await engine.explain(question('Is it number 20?'))).candidates[0]?.refused_by).toEqual([
      { guard: 'numbers', detail: '"20" and "10"' },
    ]);
    expect(
      (await engine.explain(question('Is it number 40?'))).candidates[0]?.refused_by.map(({ guard }) => guard),
    ).toEqual(['similarity', 'numbers']);
    expect((await ask('Is it really number 10?')).entry).toMatchObject({
      tier: 'semantic',
      score: expect.closeTo(1, 3),
    });
  });

  it.each<[string, Embedder['embed']]>([
    ['fails', () => Promise.reject(new Error('no such model'))],
    ['gives vectors of another size', async () => [new Float32Array(3)]],
    [
      'does not answer in time',
      (_texts, signal) => new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
    ],
  ])('are done without if the endpoint %s', async (_what, embed) => {
    const clock = new ManualClock();
    const records: LogRecord[] = [];
    const logger = createLogger({ scope: 'cache', write: (record) => records.push(record) });
    const engine = new CachedInferenceEngine({ clock, logger, embedder: { ...angles, embed } });
    const asked = engine.infer(question('Number 1?'), says('one'));
    await clock.advance(2000);
    expect((await asked).generation.text).toBe('one');
    expect((await engine.infer(question('Number 1?'), never)).cached).toBe('exact');
    expect(records).toMatchObject([{ level: 'warn', message: expect.stringContaining('the model is asked') }]);
  });

  it('are no longer waited for when the caller leaves', async () => {
    const aborted: unknown[] = [];
    const embed: Embedder['embed'] = (_texts, signal) =>
      new Promise((_, reject) => signal?.addEventListener('abort', () => reject(aborted.push(signal.reason))));
    const engine = new CachedInferenceEngine({ embedder: { ...angles, embed } });
    const leaver = new AbortController();
    const asked = engine.infer(question('Number 1?'), never, { signal: leaver.signal });
    leaver.abort(new Error('gone'));
    await expect(asked).rejects.toThrow('gone');
    expect(aborted).toMatchObject([{ message: 'gone' }]);
  });
});

describe('explain', () => {
  it('says which tier would answer, and keeps and counts nothing', async () => {
    const { engine } = await setUp();
    const before = engine.view();
    const tiers = [];
    for (const prompt of [KEPT, KEPT.toUpperCase(), SIMILAR, 'Who leads the sales team?']) {
      tiers.push((await engine.explain(question(prompt))).tier);
    }
    expect(tiers).toEqual(['exact', 'normalised', 'semantic', null]);
    expect(engine.view()).toEqual(before);
  });

  it('says what refused the candidates, the most similar first, and both thresholds', async () => {
    const { engine, ask } = await setUp();
    await ask('Who leads the sales team?');
    const explanation = await engine.explain(question("What's our goal for Q3?"));
    expect(explanation).toMatchObject({
      tier: null,
      mode: 'strict',
      similarity_threshold: 0.95,
      calibrated_threshold: 0.8,
    });
    expect(explanation.candidates.map(({ prompt }) => prompt)).toEqual([KEPT, 'Who leads the sales team?']);
    expect(explanation.candidates[0]?.refused_by).toContainEqual({ guard: 'dates', detail: '"q3" and "q2"' });
    expect(explanation.candidates[1]?.refused_by.map(({ guard }) => guard)).toContain('similarity');
    expect(explanation.reason).toContain('dates ("q3" and "q2")');
  });

  it('shows the one that would answer, even behind five that would not', async () => {
    const { engine, ask } = await setUp({ similarityThreshold: 0.5 });
    for (const quarter of ['Q1', 'Q3', 'Q4']) await ask(`What's the goal for ${quarter}?`);
    for (const quarter of ['Q1', 'Q3', 'Q4']) await ask(`What's our goal for ${quarter}?`);
    const { candidates } = await engine.explain(question('Tell me what is our goal for Q2?'));
    expect(candidates.length).toBeLessThanOrEqual(5);
    expect(candidates.filter(({ refused_by }) => refused_by.length === 0).map(({ prompt }) => prompt)).toEqual([KEPT]);
  });
});

describe('a semantic hit that the model would have answered otherwise', () => {
  const revenue = (percent: number) => says(`Revenue grows by ${percent} percent.`);

  it('is found in the background, and the prompt has its own answer from then on', async () => {
    const { clock, engine } = await setUp({ shadowShare: 1, random: () => 0 });
    const background: (boolean | undefined)[] = [];
    const call = async (signal: AbortSignal, _onToken: unknown, isBackground?: boolean) => {
      background.push(isBackground);
      return revenue(12)(signal, undefined);
    };
    expect((await engine.infer(question(SIMILAR), call)).generation.text).toBe('Growth.');
    await clock.advance(0);
    expect(background).toEqual([true]);
    expect(engine.view().shadow).toMatchObject({ checked: 1, false_hits: 1 });
    const again = await engine.infer(question(SIMILAR), never);
    expect(again).toMatchObject({ cached: 'exact', generation: { text: 'Revenue grows by 12 percent.' } });
  });

  it('ends the semantic hits of its agent when there are too many, until the cache is cleared', async () => {
    const { clock, engine, ask } = await setUp({ shadowShare: 1, random: () => 0 });
    for (let i = 0; i < 6; i++) {
      await engine.infer(question(`What is the goal of project P-${i}?`), says('Growth.'));
      await engine.infer(question(`What's the goal of project P-${i}?`), revenue(i));
      await clock.advance(0);
    }
    expect(engine.view().shadow).toMatchObject({ checked: 6, switched_off: ['ceo'] });
    expect((await ask(SIMILAR)).cached).toBe(false);
    expect((await engine.explain(question('What is our goal for the Q2?'))).reason).toContain(
      'switched off for this agent',
    );
    engine.clear();
    await ask(KEPT);
    expect((await ask(SIMILAR)).cached).toBe('semantic');
  });

  it('is not looked for where answers are simulated', async () => {
    const { clock, engine } = await setUp({ shadowShare: 1, random: () => 0 });
    await engine.infer(question(KEPT, { engine: 'simulated' }), says('Growth.'));
    expect((await engine.infer(question(SIMILAR, { engine: 'simulated' }), never)).cached).toBe('semantic');
    await clock.advance(0);
    expect(engine.view().shadow.checked).toBe(0);
  });
});
