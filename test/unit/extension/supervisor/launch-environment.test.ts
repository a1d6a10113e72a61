import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inferenceEnvironment } from '../../../../extension/supervisor/inference-environment.ts';
import { type Keychain, secretNames, WorkspaceSecrets } from '../../../../extension/supervisor/workspace-secrets.ts';
import { secretVariable } from '../../../../runtime/server/environment.ts';

describe('the settings of the engine', () => {
  const where = { folder: path.resolve('/home/ada/boardroom'), llamaFolder: '/storage/engines' };

  it('are handed on, with the model’s file seen from the folder', () => {
    expect(inferenceEnvironment({ engine: 'llama', modelFile: 'models/tiny.gguf', threads: 3 }, where)).toEqual({
      AOS_ENGINE: 'llama',
      AOS_LLAMA_FOLDER: '/storage/engines',
      AOS_MODEL_FILE: path.join(where.folder, 'models/tiny.gguf'),
      AOS_THREADS: '3',
    });
  });

  it('that are not set leave the choice to aos.json and to the engine', () => {
    expect(Object.keys(inferenceEnvironment({ engine: 'auto', modelFile: '', threads: 0 }, where))).toEqual([
      'AOS_ENGINE',
      'AOS_LLAMA_FOLDER',
    ]);
  });
});

it('names of secrets are found in an aos.json, each once, even if it has errors', () => {
  expect(secretNames('{"api_key": "secret:KEY", "a": "secret:KEY", "b": "secret:ABC", "c": "env:NO",,')).toEqual([
    'ABC',
    'KEY',
  ]);
});

describe('secrets of a folder', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'aos-secrets-'));
    await writeFile(path.join(folder, 'aos.json'), '{"model": {"api_key": "secret:KEY", "x": "secret:UNSET"}}');
  });
  afterEach(() => rm(folder, { recursive: true }));

  function keychain(): Keychain {
    const kept = new Map<string, string>();
    return {
      get: async (key: string) => kept.get(key),
      store: async (key: string, value: string) => void kept.set(key, value),
      delete: async (key: string) => void kept.delete(key),
    };
  }

  it('reach the processes under the name that the runtime looks for, if aos.json refers to them', async () => {
    const secrets = new WorkspaceSecrets(keychain(), folder);
    await secrets.set('KEY', 'value');
    await secrets.set('OTHER', 'not referred to');
    expect(await secrets.environment()).toEqual({ [secretVariable('KEY')]: 'value' });
    expect([await secrets.has('KEY'), await secrets.has('UNSET')]).toEqual([true, false]);
  });

  it('are deleted by an empty value', async () => {
    const secrets = new WorkspaceSecrets(keychain(), folder);
    await secrets.set('KEY', 'value');
    await secrets.set('KEY', '');
    expect(await secrets.environment()).toEqual({});
  });

  it('are not those of another folder', async () => {
    const storage = keychain();
    await new WorkspaceSecrets(storage, '/elsewhere').set('KEY', 'of another project');
    expect(await new WorkspaceSecrets(storage, folder).environment()).toEqual({});
  });

  it('need no aos.json', async () => {
    expect(await new WorkspaceSecrets(keychain(), path.join(folder, 'none')).environment()).toEqual({});
  });
});
