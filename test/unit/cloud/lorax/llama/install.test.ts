import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  findLlama,
  installLlama,
  LLAMA_VERSION,
  removeLlama,
} from '../../../../../runtime/cloud/lorax/llama/install.ts';

let folder: string;
let bin: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'aos-engines-'));
  bin = await mkdtemp(path.join(os.tmpdir(), 'aos-bin-'));
  // Neither the user's engines nor what the user has set.
  vi.stubEnv('AOS_HOME', path.join(folder, 'home'));
  vi.stubEnv('AOS_LLAMA_FOLDER', undefined);
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    await Promise.all([folder, bin].map((one) => rm(one, { recursive: true, force: true })));
  });
});

/** From now on `npm` is this program; the real installation is what the llama engine's own tests begin with. */
async function useNpm(script: string): Promise<void> {
  const file = path.join(bin, 'npm');
  await writeFile(file, `#!${process.execPath}\n${script}`);
  await chmod(file, 0o755);
  vi.stubEnv('PATH', bin);
}

const INSTALLING = `
const { mkdirSync, writeFileSync } = require('node:fs');
const at = 'node_modules/node-llama-cpp/';
for (const part of ['dist', 'llama/addon', 'llama/cmake', 'templates']) mkdirSync(at + part, { recursive: true });
for (const file of ['dist/index.js', 'dist/index.d.ts', 'dist/index.js.map', 'llama/addon/addon.cpp']) writeFileSync(at + file, 'text');
writeFileSync(at + 'llama/gitRelease.bundle', 'source');
writeFileSync(at + 'asked.json', JSON.stringify(process.argv.slice(2)));
`;

describe('installLlama', () => {
  it('lets npm fetch the pinned version and its binaries, runs no scripts, and keeps what is needed', async () => {
    await useNpm(INSTALLING);
    const sizes: number[] = [];
    const file = await installLlama({ folder, onProgress: (bytes) => sizes.push(bytes) });
    const target = path.join(folder, `llama-${LLAMA_VERSION}`);
    const package_ = path.join(target, 'node_modules/node-llama-cpp');
    expect(file).toBe(path.join(package_, 'dist/index.js'));
    expect(await readdir(folder)).toEqual([`llama-${LLAMA_VERSION}`]);
    expect((await readdir(package_, { recursive: true })).sort()).toEqual([
      ...['asked.json', 'dist', path.join('dist', 'index.js'), 'llama'],
    ]);
    const asked: string[] = (await import(path.join(package_, 'asked.json'), { with: { type: 'json' } })).default;
    expect(asked).toEqual(expect.arrayContaining(['--ignore-scripts', '--omit=optional']));
    expect(asked.filter((arg) => arg.endsWith(`@${LLAMA_VERSION}`))).toEqual([
      `node-llama-cpp@${LLAMA_VERSION}`,
      expect.stringMatching(/^@node-llama-cpp\//),
    ]);
    expect(sizes.at(-1)).toBeGreaterThan(0);
  });

  it('is found where it was put, or where the environment says, and is gone when it is removed', async () => {
    await useNpm(INSTALLING);
    expect(await findLlama(folder)).toBeUndefined();
    const file = await installLlama({ folder });
    expect(await findLlama(folder)).toBe(file);
    expect(await findLlama()).toBeUndefined();
    vi.stubEnv('AOS_LLAMA_FOLDER', folder);
    expect(await findLlama()).toBe(file);
    expect(await removeLlama(folder)).toBe(true);
    expect(await findLlama(folder)).toBeUndefined();
    expect(await removeLlama(folder)).toBe(false);
  });

  it('asks npm only once', async () => {
    await useNpm(INSTALLING);
    const file = await installLlama({ folder });
    await useNpm('process.exit(1)');
    expect(await installLlama({ folder })).toBe(file);
  });

  it('says what npm said when it fails, and leaves nothing', async () => {
    await useNpm(`console.error('npm error code ENOTFOUND\\nnpm error no such host'); process.exit(1)`);
    await expect(installLlama({ folder })).rejects.toMatchObject({
      code: 'AOS_ENGINE_INSTALL',
      message: expect.stringContaining('ENOTFOUND'),
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it('ends npm when it is cancelled, and leaves nothing', async () => {
    await useNpm(`require('node:fs').writeFileSync('started', ''); setInterval(() => {}, 1000)`);
    const cancelled = new AbortController();
    const installing = installLlama({ folder, signal: cancelled.signal });
    await expect.poll(async () => (await readdir(folder, { recursive: true })).join()).toContain('started');
    cancelled.abort(new Error('enough'));
    await expect(installing).rejects.toThrow('enough');
    expect(await readdir(folder)).toEqual([]);
  });

  it('says so when there is no npm', async () => {
    vi.stubEnv('PATH', bin);
    await expect(installLlama({ folder })).rejects.toMatchObject({
      code: 'AOS_ENGINE_INSTALL',
      message: expect.stringMatching(/^npm was not found .* Install Node\.js/),
    });
    expect(await readdir(folder)).toEqual([]);
  });
});
