import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { AdapterFolder } from '../../../../../runtime/cloud/lorax/llama/adapter-gguf.ts';

let folder: string;
let adapters: AdapterFolder;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'aos-adapters-'));
  adapters = new AdapterFolder();
  onTestFinished(async () => {
    await adapters.dispose();
    await rm(folder, { recursive: true, force: true });
  });
});

const find = (id: string) => adapters.find({ id, source: 'local' });

describe('AdapterFolder', () => {
  it('gives each content a path of its own, and the same content the same path', async () => {
    const file = path.join(folder, 'ceo.gguf');
    await writeFile(file, 'one');
    const [first, again] = await Promise.all([find(file), find(file)]);
    expect(again).toEqual(first);
    expect(first).toMatchObject({
      original: file,
      sizeBytes: 3,
      file: expect.stringMatching(/ceo@[0-9a-f]{8}\.gguf$/),
    });
    await writeFile(file, 'another');
    const other = await find(file);
    expect(other.file).not.toBe(first.file);
    expect(await readFile(other.file, 'utf8')).toBe('another');
    expect(await readFile(first.file, 'utf8')).toBe('one'); // requests may still be using it
  });

  it('finds the GGUF file in a folder, and says what to do with a PEFT adapter that has none', async () => {
    await mkdir(path.join(folder, 'ceo'));
    await writeFile(path.join(folder, 'ceo/adapter_config.json'), '{}');
    await expect(find(path.join(folder, 'ceo'))).rejects.toThrow('convert_lora_to_gguf.py');
    await writeFile(path.join(folder, 'ceo/ceo.gguf'), 'one');
    expect((await find(path.join(folder, 'ceo'))).original).toBe(path.join(folder, 'ceo/ceo.gguf'));
  });

  it('fails as LoRAX does for what is not there, and finds it when it has come', async () => {
    const file = path.join(folder, 'late.gguf');
    await expect(find(file)).rejects.toMatchObject({
      type: 'generation',
      message: `Request failed during generation: Error loading adapter ${file}: No such file or directory`,
    });
    await writeFile(file, 'one');
    expect((await find(file)).sizeBytes).toBe(3);
  });

  it('leaves nothing behind', async () => {
    const file = path.join(folder, 'ceo.gguf');
    await writeFile(file, 'one');
    const copy = (await find(file)).file;
    await adapters.dispose();
    await expect(stat(copy)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
