import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addressRevision, readAdapterContent } from '../../../runtime/inference/adapter-files.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'aos-adapter-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function adapter(name: string, weights: Buffer, config = '{"r":8}'): Promise<string> {
  const location = path.join(folder, name);
  await mkdir(location, { recursive: true });
  await writeFile(path.join(location, 'adapter_config.json'), config);
  await writeFile(path.join(location, 'adapter_model.safetensors'), weights);
  return location;
}
const revisionOf = async (location: string) => (await readAdapterContent(location))?.revision;

describe('readAdapterContent', () => {
  it('is the same for the same files, wherever they are', async () => {
    const content = await readAdapterContent(await adapter('one', Buffer.alloc(1000, 1)));
    expect(content).toEqual({ revision: expect.stringMatching(/^[0-9a-f]{6}$/), sizeBytes: 1007 });
    expect(await readAdapterContent(await adapter('two', Buffer.alloc(1000, 1)))).toEqual(content);
  });

  it('changes with the configuration, the size, and either end of the weights', async () => {
    const weights = (change?: number) => {
      const bytes = Buffer.alloc(300_000, 1);
      if (change !== undefined) bytes[change] = 9;
      return bytes;
    };
    const revisions = await Promise.all(
      [
        adapter('a', weights()),
        adapter('b', weights(), '{"r":9}'),
        adapter('c', weights().subarray(1)),
        adapter('d', weights(0)),
        adapter('e', weights(299_999)),
        adapter('f', Buffer.alloc(0)),
      ].map(async (location) => revisionOf(await location)),
    );
    expect(new Set(revisions).size).toBe(revisions.length);
  });

  it('takes a single file too', async () => {
    const file = path.join(folder, 'ceo.gguf');
    await writeFile(file, 'GGUF');
    expect(await readAdapterContent(file)).toMatchObject({ sizeBytes: 4 });
  });

  it('is undefined where there is nothing', async () => {
    expect(await readAdapterContent(path.join(folder, 'nothing'))).toBeUndefined();
  });
});

describe('addressRevision', () => {
  it('stands for content that is elsewhere', () => {
    expect(addressRevision('hub', 'acme/ceo')).toMatch(/^[0-9a-f]{6}$/);
    expect(addressRevision('hub', 'acme/ceo')).toBe(addressRevision('hub', 'acme/ceo'));
    expect(addressRevision('hub', 'acme/ceo')).not.toBe(addressRevision('s3', 'acme/ceo'));
  });
});
