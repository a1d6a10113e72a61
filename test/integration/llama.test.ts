import { copyFile, cp } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { llamaFolder, prepareLlama } from '../../scripts/llama.mjs';
import { aos, eventually, ROOT, useSystem, useTemporaryFolder } from './support/system.ts';

const TINY_MODEL = path.join(ROOT, 'examples/tiny-model');
const PROMPT = 'What are our Q2 goals?';
const INSTALLED = { AOS_LLAMA_FOLDER: llamaFolder };
/** One thread: llama.cpp waits busily, and other tests run beside this one. */
const UP = ['--memory', '--threads', '1'];

beforeAll(prepareLlama);

describe('aos up with a model file', () => {
  it('lets agents answer from llama.cpp, each with its own adapter, and takes up one that is trained anew', async () => {
    const folder = path.join(await useTemporaryFolder(), 'tiny-model');
    await cp(TINY_MODEL, folder, { recursive: true });
    const system = await useSystem(folder, [...UP, '--replicas', '2'], INSTALLED);
    expect(system.ready.engine).toBe('llama');
    expect((await system.api('GET', '/api/status')).body.engine).toBe('llama');
    const whole = { max_new_tokens: 24, temperature: 0 };
    const ask = async (agent_id: string, parameters: object = whole) =>
      (await system.api('POST', '/api/agent_infer', { agent_id, prompt: PROMPT, parameters })).body;
    const [ceo, cfo] = [await ask('ceo'), await ask('cfo')];
    expect(ceo).toMatchObject({ adapter: 'ceo', engine: 'llama', cached: false });
    expect(cfo).toMatchObject({ adapter: 'cfo', engine: 'llama', cached: false });
    expect(ceo.response).not.toBe('');
    expect(cfo.response).not.toBe(ceo.response);

    // An answer that ends by itself is kept; a random model has to be told where.
    const ending = { ...whole, stop: [ceo.response.slice(8, 12)] };
    const old = await ask('ceo', ending);
    expect(await ask('ceo', ending)).toMatchObject({ cached: 'exact', adapter_revision: old.adapter_revision });
    const weights = (name: string) => path.join(folder, 'adapters', `${name}.gguf`);
    await copyFile(weights('cfo'), weights('ceo'));
    const trained = await eventually(async () => {
      // At the same time, so that both replicas are asked.
      const answers = await Promise.all(Array.from({ length: 6 }, () => ask('ceo', ending)));
      return answers.every((answer) => answer.adapter_revision !== old.adapter_revision) && answers[0];
    });
    expect(trained.response).not.toBe(old.response);
    const [adapter] = (await system.api('GET', '/api/adapters')).body;
    expect(adapter).toMatchObject({ name: 'ceo', revision: trained.adapter_revision, loaded: true, load_count: 2 });

    // What was answered in between is not found under the revision of before.
    await copyFile(path.join(TINY_MODEL, 'adapters/ceo.gguf'), weights('ceo'));
    const back = await eventually(async () => {
      const answer = await ask('ceo', ending);
      return answer.adapter_revision === old.adapter_revision && answer;
    });
    expect(back).toMatchObject({ cached: 'exact', response: old.response });
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
