import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { LocalStorage } from '../../../runtime/cloud/storage/index.ts';
import { ManualClock } from '../../../runtime/core/clock.ts';
import { silentLogger } from '../../../runtime/core/logger.ts';
import { BlobAdapters } from '../../../runtime/server/blob-adapters.ts';
import { BlobManager } from '../../../runtime/storage/blob-manager.ts';
import { startTestStorage } from './clients.ts';

let storage: LocalStorage;
let blobs: BlobManager;
const operations: string[] = [];
beforeAll(async () => {
  storage = await startTestStorage();
  const storageOperations = {
    add: (_count: number, attributes?: Record<string, unknown>) => void operations.push(String(attributes?.operation)),
  };
  blobs = new BlobManager({
    ...{ connection: storage.connectionString, container: 'adapters', logger: silentLogger },
    meters: { storageOperations },
  });
  await blobs.ensure();
});
afterAll(() => storage.dispose());

function setUp() {
  const clock = new ManualClock();
  const adapters = new BlobAdapters(blobs, { clock });
  onTestFinished(() => adapters.dispose());
  operations.length = 0;
  return { clock, adapters };
}

describe('an adapter in the container', () => {
  it('is brought again only when its blob was written anew, and under the same path', async () => {
    const { clock, adapters } = setUp();
    await blobs.upload('ceo/adapter_config.json', '{}');
    await blobs.upload('ceo/adapter_model.safetensors', 'old weights');
    const folder = await adapters.fetch('ceo');
    const weights = () => readFile(path.join(folder, 'adapter_model.safetensors'), 'utf8');
    await clock.advance(1000);
    await adapters.fetch('ceo');
    expect(operations.filter((operation) => operation === 'download')).toHaveLength(2);
    await blobs.upload('ceo/adapter_model.safetensors', 'new weights');
    expect([await adapters.fetch('ceo'), await weights()]).toEqual([folder, 'old weights']);
    await clock.advance(1000);
    expect([await adapters.fetch('ceo'), await weights()]).toEqual([folder, 'new weights']);
    expect(operations.filter((operation) => operation === 'download')).toHaveLength(3);
  });

  it('loses the files whose blobs are gone', async () => {
    const { clock, adapters } = setUp();
    for (const name of ['cfo/a.gguf', 'cfo/b.gguf']) await blobs.upload(name, name);
    const folder = await adapters.fetch('cfo');
    await blobs.delete('cfo/a.gguf');
    await clock.advance(1000);
    await adapters.fetch('cfo');
    await expect(stat(path.join(folder, 'a.gguf'))).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await readFile(path.join(folder, 'b.gguf'), 'utf8')).toBe('cfo/b.gguf');
  });

  it('shares one look into the container with the others, and is found though it has just come', async () => {
    const { adapters } = setUp();
    await blobs.upload('cto.gguf', 'cto');
    await Promise.all([adapters.fetch('cto.gguf'), adapters.fetch('cto.gguf')]);
    await blobs.upload('coo.gguf', 'coo');
    expect(await readFile(await adapters.fetch('coo.gguf'), 'utf8')).toBe('coo');
    await Promise.all([adapters.fetch('cto.gguf'), adapters.fetch('coo.gguf')]);
    expect(operations.filter((operation) => operation === 'list')).toHaveLength(2);
    await expect(adapters.fetch('nobody')).rejects.toMatchObject({ code: 'AOS_ADAPTER_NOT_FOUND' });
  });
});
