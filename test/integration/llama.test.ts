import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { llamaFolder, prepareLlama } from '../../scripts/llama.mjs';
import { aos, ROOT, useSystem, useTemporaryFolder } from './support/system.ts';

const TINY_MODEL = path.join(ROOT, 'examples/tiny-model');
const PROMPT = 'What are our Q2 goals?';
const INSTALLED = { AOS_LLAMA_FOLDER: llamaFolder };
/** One thread: llama.cpp waits busily, and other tests run beside this one. */
const UP = ['--memory', '--threads', '1'];

beforeAll(prepareLlama);

describe('aos up with a model file', () => {
  it('lets agents answer from llama.cpp, each with its own adapter', async () => {
    const system = await useSystem(TINY_MODEL, UP, INSTALLED);
    expect(system.ready.engine).toBe('llama');
    expect((await system.api('GET', '/api/status')).body.engine).toBe('llama');
    const ask = async (agent_id: string) =>
      (
        await system.api('POST', '/api/agent_infer', {
          agent_id,
          prompt: PROMPT,
          parameters: { max_new_tokens: 24, temperature: 0 },
        })
      ).body;
    const [ceo, cfo] = [await ask('ceo'), await ask('cfo')];
    expect(ceo).toMatchObject({ adapter: 'ceo', engine: 'llama', cached: false });
    expect(cfo).toMatchObject({ adapter: 'cfo', engine: 'llama', cached: false });
    expect(ceo.response).not.toBe('');
    expect(cfo.response).not.toBe(ceo.response);
  });

  it('simulates where llama.cpp is not installed, and says once why and what to do', async () => {
    const system = await useSystem(TINY_MODEL, UP, { AOS_LLAMA_FOLDER: await useTemporaryFolder() });
    expect(system.ready.engine).toBe('simulated');
    const warnings = system
      .log()
      .split('\n')
      .filter((line) => line.includes('Answers are simulated'));
    expect(warnings).toEqual([expect.stringContaining('Install it with: aos engine install')]);
  });

  it('does not start without the engine that was asked for', async () => {
    const home = await useTemporaryFolder();
    const env = { env: { ...process.env, AOS_HOME: home, AOS_LLAMA_FOLDER: home } };
    expect(await aos(env, ['up', TINY_MODEL, ...UP, '--port', '0', '--engine', 'llama'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('llama.cpp is not installed. Install it with: aos engine install'),
    });
  });

  it('simulates on request', async () => {
    const system = await useSystem(TINY_MODEL, [...UP, '--engine', 'simulated'], INSTALLED);
    expect(system.ready.engine).toBe('simulated');
  });
});

describe('aos engine', () => {
  it('says what is installed, and asks nobody who cannot answer', async () => {
    const home = await useTemporaryFolder();
    const env = { env: { ...process.env, AOS_HOME: home } };
    const status = async (...args: string[]) =>
      JSON.parse((await aos(env, ['engine', 'status', '--json', ...args])).stdout);
    expect(await status()).toEqual({ installed: null, path: null });
    expect(await status('--into', llamaFolder)).toEqual({
      installed: '3.21.1',
      path: expect.stringContaining(llamaFolder),
    });
    expect(await aos(env, ['engine', 'install'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^aos: Install llama\.cpp .* MB to download.* Say --yes|say --yes/),
    });
    expect(await status()).toEqual({ installed: null, path: null });
  });
});
