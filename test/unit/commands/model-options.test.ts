import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { modelOptions } from '../../../runtime/commands/model-options.ts';

const WORKSPACE = { baseModel: 'org/base', modelFile: '/work/base.gguf' };

describe('modelOptions', () => {
  it('lets the command line go before the environment, and that before the workspace', () => {
    const env = { AOS_ENGINE: 'llama', AOS_MODEL_FILE: 'env.gguf', AOS_THREADS: '3', AOS_LLAMA_FOLDER: '/engines' };
    expect(modelOptions({}, WORKSPACE, {})).toMatchObject({ ...WORKSPACE, engine: undefined, threads: undefined });
    expect(modelOptions({}, WORKSPACE, env)).toEqual({
      ...{ baseModel: 'org/base', modelFile: path.resolve('env.gguf') },
      ...{ engine: 'llama', threads: 3, engineFolder: '/engines' },
    });
    expect(modelOptions({ engine: 'simulated', model: 'flag.gguf', threads: 1 }, WORKSPACE, env)).toMatchObject({
      ...{ engine: 'simulated', modelFile: path.resolve('flag.gguf'), threads: 1 },
    });
  });

  it('takes what is empty as not set, and refuses what is wrong by name', () => {
    expect(modelOptions({}, WORKSPACE, { AOS_ENGINE: '', AOS_THREADS: '' })).toMatchObject({ engine: undefined });
    expect(() => modelOptions({}, WORKSPACE, { AOS_ENGINE: 'lama' })).toThrow(/^AOS_ENGINE is not valid/);
    expect(() => modelOptions({}, WORKSPACE, { AOS_THREADS: '0' })).toThrow(/^AOS_THREADS is not valid/);
  });
});
