import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { AdapterRef, Engine, EngineRequest } from '../../../../../runtime/cloud/lorax/engine.ts';
import type { SimulatedProfile } from '../../../../../runtime/cloud/lorax/simulated/profile.ts';
import { createSimulatedEngine } from '../../../../../runtime/cloud/lorax/simulated/simulated-engine.ts';
import { ManualClock } from '../../../../../runtime/core/clock.ts';

const forever = new AbortController().signal;
const hub = (id: string): AdapterRef => ({ id, source: 'hub', weight: 1 });
/** 40 MB: 40 ms from disk and 40 ms to the GPU; a step takes 10 ms. */
const ROUND = { stepMs: 10, stepMsPerSeq: 0, stepMsPerAdapter: 0, prefillMsPerTok: 0, diskMBps: 1000, h2dMBps: 1000 };

function setUp(profile: Partial<SimulatedProfile> = {}) {
  const clock = new ManualClock(0);
  return { clock, engine: createSimulatedEngine({ clock, profile }) };
}

async function requestOf(engine: Engine, adapters: string[], maxNewTokens: number): Promise<EngineRequest> {
  return {
    prompt: await engine.tokenize('What should we do about delivery times in the second quarter of this year?'),
    adapters: adapters.map(hub),
    maxNewTokens,
    sampling: undefined,
    repetitionPenalty: 1,
    frequencyPenalty: 0,
    presencePenalty: 0,
    index: 0,
    ignoreEos: true,
    responseFormat: undefined,
    alternatives: 0,
  };
}

/** Notes when each token came. */
async function generate(engine: Engine, clock: ManualClock, adapters: string[], tokens: number): Promise<number[]> {
  const times: number[] = [];
  for await (const event of engine.generate(await requestOf(engine, adapters, tokens), forever)) {
    if (event.type === 'token') times.push(clock.monotonic());
  }
  return times;
}

/** Moves time until `work` is done. */
async function elapse<T>(clock: ManualClock, work: Promise<T>): Promise<T> {
  let over = false;
  const finish = () => {
    over = true;
  };
  work.then(finish, finish);
  while (!over) await clock.advance(1000);
  return work;
}

describe('adapters by hand', () => {
  it('load on a timeline of their own: what decodes goes on', async () => {
    const { clock, engine } = setUp(ROUND);
    const decoding = generate(engine, clock, [], 12);
    await clock.advance(5);
    let loadedAt = Number.NaN;
    const loading = engine.loadAdapter(hub('ceo'), forever).then((entry) => {
      loadedAt = clock.monotonic();
      return entry;
    });
    await clock.advance(40);
    expect(engine.adapters()).toMatchObject([{ id: 'ceo', loaded: false, load_count: 1, inference_count: 0 }]);
    await clock.advance(100);
    expect(await decoding).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120]);
    expect(loadedAt).toBe(90); // asked for at 5, there at 85, seen after the step
    expect(await loading).toMatchObject({ loaded: true, tier: 'gpu', size_bytes: 40e6, memory_bytes: 40e6 });
  });

  it('go from tier to tier, and stay where they are pinned', async () => {
    const { clock, engine } = setUp({ ...ROUND, gpuAdapters: 1, hostAdapters: 2 });
    expect(await elapse(clock, engine.pinAdapter(hub('ceo'), true, forever))).toMatchObject({
      pinned: true,
      tier: 'gpu',
    });
    await expect(engine.loadAdapter(hub('cfo'), forever)).rejects.toMatchObject({ type: 'generation' });
    await expect(engine.pinAdapter(hub('cfo'), true, forever)).rejects.toThrow(/full of pinned adapters/);
    expect(engine.adapters().map(({ id, pinned }) => [id, pinned])).toEqual([
      ['ceo', true],
      ['cfo', false],
    ]);

    expect(await engine.pinAdapter(hub('ceo'), false, forever)).toMatchObject({ pinned: false, tier: 'gpu' });
    expect(await elapse(clock, engine.loadAdapter(hub('cfo'), forever))).toMatchObject({ tier: 'gpu', load_count: 1 });
    expect(engine.adapters()[0]).toMatchObject({ id: 'ceo', tier: 'host', loaded: false, memory_bytes: 0 });
  });

  it('are unloaded when the answers they are in are complete, pinned ones too', async () => {
    const { clock, engine } = setUp(ROUND);
    await elapse(clock, engine.pinAdapter(hub('ceo'), true, forever));
    const answering = generate(engine, clock, ['ceo'], 5);
    await clock.advance(1);
    const unloading = engine.unloadAdapter('ceo');
    await clock.advance(20);
    expect(engine.adapters()[0]).toMatchObject({ tier: 'gpu' });
    await clock.advance(100);
    expect(await answering).toHaveLength(5);
    expect(await unloading).toMatchObject({ id: 'ceo', tier: 'disk', loaded: false, pinned: false, memory_bytes: 0 });
    expect(await engine.unloadAdapter('nobody')).toBeUndefined();
  });

  it('give up their load when nobody waits for it any more', async () => {
    const { clock, engine } = setUp(ROUND);
    const leaving = new AbortController();
    const loading = engine.pinAdapter(hub('ceo'), true, leaving.signal);
    await clock.advance(10);
    leaving.abort(new Error('gone'));
    await expect(loading).rejects.toThrow('gone');
    expect(engine.adapters()[0]).toMatchObject({ pinned: false });
    expect(engine.stats()).toMatchObject({ running: 0, waiting: 0 });
  });
});

describe('an adapter whose file is replaced', () => {
  /** 400 kB at 10 MB/s: 40 ms from disk and 40 ms to the GPU. */
  const slow = { ...ROUND, diskMBps: 10, h2dMBps: 10 };
  const write = (file: string, seed: number) => writeFile(file, Buffer.alloc(400_000, seed));

  async function answerOf(engine: Engine, file: string) {
    const adapter: AdapterRef = { id: file, source: 'local', weight: 1 };
    let loadMs: number | undefined;
    let text = '';
    const request = { ...(await requestOf(engine, [], 12)), adapters: [adapter] };
    for await (const event of engine.generate(request, forever)) {
      if (event.type === 'started') loadMs = event.adapterLoadMs;
      else text += event.token.text;
    }
    return { loadMs, text };
  }

  it('is loaded anew on the timeline though its size is the same, while what is under way ends with the old one', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'aos-simulated-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const file = path.join(folder, 'ceo.gguf');
    await write(file, 1);
    const { clock, engine } = setUp(slow);
    const old = await elapse(clock, answerOf(engine, file));
    expect(old.loadMs).toBe(80);
    const running = answerOf(engine, file);
    await vi.waitFor(() => expect(engine.stats().running).toBe(1));
    await write(file, 2);
    const next = answerOf(engine, file);
    await vi.waitFor(() => expect(engine.stats().waiting).toBe(1));
    expect(await elapse(clock, running)).toEqual({ loadMs: undefined, text: old.text });
    expect(await elapse(clock, next)).toEqual({ loadMs: 80, text: expect.not.stringMatching(old.text) });
    expect(engine.adapters()).toMatchObject([{ loaded: true, load_count: 2, inference_count: 3 }]);
    expect((await elapse(clock, answerOf(engine, file))).loadMs).toBeUndefined();
  });
});

describe('an embedding', () => {
  it('takes one step, and counts as a use of its adapter', async () => {
    const { clock, engine } = setUp({ ...ROUND, prefillMsPerTok: 1, maxInputTokens: 5 });
    const embedding = engine.embed('one two three', [], forever);
    await clock.advance(13);
    expect(await embedding).toMatchObject({ promptTokens: 3 });
    const ceo = await elapse(clock, engine.embed('one two three', [hub('ceo')], forever));
    expect(ceo.vector).not.toEqual((await embedding).vector);
    expect(engine.adapters()).toMatchObject([{ id: 'ceo', inference_count: 1 }]);
    await expect(engine.embed('one two three four five six', [], forever)).rejects.toMatchObject({
      type: 'validation',
    });
  });
});

describe('a thousand requests of 64 tokens, in virtual time', () => {
  async function secondsFor(adapters: number) {
    const { clock, engine } = setUp();
    const wallStart = performance.now();
    const runs = Array.from({ length: 1000 }, (_, n) => generate(engine, clock, [`adapter-${n % adapters}`], 64));
    const times = await elapse(clock, Promise.all(runs));
    expect(times.every((tokens) => tokens.length === 64)).toBe(true);
    return { simulated: Math.max(...times.flat()) / 1000, wall: (performance.now() - wallStart) / 1000 };
  }

  it('take far less real time, and over 100 adapters at most a tenth more than over one', async () => {
    const one = await secondsFor(1);
    const hundred = await secondsFor(100);
    expect(hundred.simulated).toBeGreaterThan(40);
    expect(hundred.wall).toBeLessThan(hundred.simulated / 5);
    expect(one.simulated / hundred.simulated).toBeGreaterThanOrEqual(0.9);
  });
});
