import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../runtime/core/clock.ts';
import { AdapterRegistry, type AdapterRegistryOptions } from '../../../runtime/inference/adapter-registry.ts';

let folder: string;
let clock: ManualClock;
beforeEach(async () => {
  clock = new ManualClock();
  folder = await mkdtemp(path.join(tmpdir(), 'aos-registry-'));
  await mkdir(path.join(folder, 'ceo'));
  await train(1);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const weights = () => path.join(folder, 'ceo', 'adapter_model.safetensors');
const train = (seed: number) => writeFile(weights(), Buffer.alloc(200_000, seed));

async function registered(options: Partial<AdapterRegistryOptions> = {}, location = 'ceo') {
  const changes: string[] = [];
  const registry = new AdapterRegistry({
    ...{ maxAdapters: 100, sharesDisk: true, baseDir: folder, clock },
    onChanged: (now, before) => changes.push(`${before.revision} ${now.revision}`),
    ...options,
  });
  const { revision: first } = await registry.register('ceo', location, 'local');
  const revision = () => registry.get('ceo')?.revision ?? '';
  return { registry, changes, first, revision };
}

describe('an adapter that is trained anew', () => {
  it('has another revision at the next use, and is told once', async () => {
    const { registry, changes, first, revision } = await registered();
    await train(2);
    await clock.advance(1000);
    await Promise.all([registry.refresh('ceo'), registry.refresh('ceo')]);
    expect(revision()).not.toBe(first);
    expect(changes).toEqual([`${first} ${revision()}`]);
  });

  it('is noticed though size and time of writing are those of before', async () => {
    const { registry, first, revision } = await registered();
    const then = new Date('2026-01-01');
    await utimes(weights(), then, then);
    await clock.advance(1000);
    await registry.refresh('ceo');
    expect(revision()).toBe(first);
    await train(2);
    await utimes(weights(), then, then);
    await clock.advance(1000);
    await registry.refresh('ceo');
    expect(revision()).not.toBe(first);
  });

  it('is looked at once a second at most', async () => {
    const { registry, first, revision } = await registered();
    await clock.advance(1000);
    await registry.refresh('ceo');
    await train(2);
    await clock.advance(999);
    await registry.refresh('ceo');
    expect(revision()).toBe(first);
    await clock.advance(1);
    await registry.refresh('ceo');
    expect(revision()).not.toBe(first);
  });

  it('is not still what it was, even between two looks', async () => {
    const { registry, first } = await registered();
    expect(await registry.isStill('ceo', first)).toBe(true);
    await train(2);
    expect(await registry.isStill('ceo', first)).toBe(false);
    await clock.advance(1000);
    await registry.refresh('ceo');
    expect(await registry.isStill('ceo', first)).toBe(false);
  });

  it('may be gone for a moment', async () => {
    const { registry, first, revision } = await registered();
    await rm(path.join(folder, 'ceo'), { recursive: true });
    await clock.advance(1000);
    await registry.refresh('ceo');
    expect(registry.get('ceo')?.sizeBytes).toBeNull();
    await mkdir(path.join(folder, 'ceo'));
    await train(1);
    await clock.advance(1000);
    await registry.refresh('ceo');
    expect(revision()).toBe(first);
  });
});

describe('storage that is ill', () => {
  it('costs no adapter its revision, and is left alone for a while', async () => {
    const looks: unknown[] = [];
    let ill = false;
    const { registry, first, revision } = await registered(
      {
        fetchBlob: async () => {
          if (ill) throw new Error('storage is away');
          return path.join(folder, 'ceo');
        },
        onLookFailed: (_name, error) => looks.push(error),
      },
      'blob:ceo',
    );
    ill = true;
    for (let second = 0; second < 10; second++) {
      await clock.advance(1000);
      await registry.refresh('ceo');
    }
    expect(looks).toHaveLength(1);
    expect(revision()).toBe(first);
    ill = false;
    await train(2);
    await clock.advance(1000);
    await registry.refresh('ceo');
    expect(revision()).not.toBe(first);
  });

  it('keeps nobody waiting for more than two seconds, nor one who leaves', async () => {
    const never = new Promise<string>(() => undefined);
    let hangs = false;
    const { registry } = await registered(
      { fetchBlob: () => (hangs ? never : Promise.resolve(path.join(folder, 'ceo'))) },
      'blob:ceo',
    );
    hangs = true;
    await clock.advance(1000);
    const patient = registry.refresh('ceo');
    const leaving = new AbortController();
    const hasty = registry.refresh('ceo', leaving.signal);
    leaving.abort(new Error('gone'));
    await expect(hasty).rejects.toThrow('gone');
    await clock.advance(2000);
    await patient;
    await registry.refresh('ceo');
  });
});
