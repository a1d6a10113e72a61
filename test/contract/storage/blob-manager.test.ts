import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LocalStorage } from '../../../runtime/cloud/storage/index.ts';
import { silentLogger } from '../../../runtime/core/logger.ts';
import { type BlobInfo, BlobManager } from '../../../runtime/storage/blob-manager.ts';
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
    connection: storage.connectionString,
    container: 'transcripts',
    logger: silentLogger,
    meters: { storageOperations },
  });
  await Promise.all([blobs.ensure(), blobs.ensure()]);
});
afterAll(() => storage.dispose());

async function listed(prefix: string): Promise<BlobInfo[]> {
  const found: BlobInfo[] = [];
  for await (const blob of blobs.list({ prefix })) found.push(blob);
  return found;
}

describe('blobs', () => {
  it('come back as text, bytes and streams', async () => {
    await blobs.upload('text/ä b.txt', 'größer');
    expect(await blobs.downloadText('text/ä b.txt')).toBe('größer');
    const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, n) => n % 251));
    await blobs.upload('bytes', bytes);
    expect(bytes.equals((await blobs.download('bytes')) ?? Buffer.alloc(0))).toBe(true);
    await blobs.upload('stream', Readable.from(['one ', 'two']));
    const stream = await blobs.downloadStream('stream');
    expect(stream && (await text(stream))).toBe('one two');
  });

  it('go up and down in pieces, without being in memory as a whole', async () => {
    const piece = Buffer.alloc(1024 * 1024, 'x');
    const pieces = (function* () {
      for (let n = 0; n < 20; n++) yield piece;
    })();
    await blobs.upload('large', Readable.from(pieces));
    let bytes = 0;
    let largest = 0;
    for await (const chunk of (await blobs.downloadStream('large')) ?? []) {
      bytes += chunk.length;
      largest = Math.max(largest, chunk.length);
    }
    expect(bytes).toBe(20 * piece.length);
    expect(largest).toBeLessThan(piece.length);
  });

  it('move to another tier, and cannot be read from the archive', async () => {
    await blobs.upload('tier/a', 'x');
    await blobs.setTier('tier/a', 'Cool');
    expect(await listed('tier/')).toMatchObject([{ tier: 'Cool', type: 'blockBlob' }]);
    expect(await blobs.downloadText('tier/a')).toBe('x');
    await blobs.setTier('tier/a', 'Archive');
    await expect(blobs.download('tier/a')).rejects.toMatchObject({ details: { storage_code: 'BlobArchived' } });
    await expect(blobs.setTier('nothing', 'Cool')).rejects.toMatchObject({ details: { status: 404 } });
  });

  it('are replaced by an upload of their name', async () => {
    await blobs.upload('twice', 'first, and longer');
    await blobs.upload('twice', 'second');
    expect(await blobs.downloadText('twice')).toBe('second');
  });

  it('may be empty', async () => {
    await blobs.upload('empty', '');
    expect(await blobs.downloadText('empty')).toBe('');
  });

  it('are listed by prefix, with what they are', async () => {
    await blobs.upload('list/b', 'bb', { contentType: 'application/json' });
    await blobs.upload('list/a', new Uint8Array(3));
    expect(await listed('list/')).toMatchObject([
      { name: 'list/a', sizeBytes: 3, contentType: 'application/octet-stream', tier: 'Hot' },
      { name: 'list/b', sizeBytes: 2, contentType: 'application/json' },
    ]);
    expect((await listed('list/'))[0]?.lastModified).toBeInstanceOf(Date);
    expect(await listed('nothing/')).toEqual([]);
  });

  it('are deleted, there or not', async () => {
    await blobs.upload('gone', 'x');
    expect(await blobs.delete('gone')).toBe(true);
    expect(await blobs.delete('gone')).toBe(false);
    expect(await blobs.downloadText('gone')).toBeUndefined();
  });

  it('are counted as storage operations', async () => {
    operations.length = 0;
    await blobs.upload('counted', 'x');
    await blobs.download('counted');
    await listed('counted');
    await blobs.delete('counted');
    expect(operations).toEqual(['upload', 'download', 'list', 'delete']);
  });
});

describe('a failure', () => {
  it('of a container that is not there is one, although a missing blob is not', async () => {
    const other = new BlobManager({
      connection: storage.connectionString,
      container: 'not-there',
      logger: silentLogger,
    });
    await expect(other.download('x')).rejects.toMatchObject({
      code: 'AOS_STORAGE',
      details: { status: 404, storage_code: 'ContainerNotFound' },
      message: expect.stringMatching(/ensure\(\) creates it/),
    });
  });

  it('is the reason of the caller if he gave up', async () => {
    const reason = new Error('too late');
    await expect(blobs.upload('x', 'x', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
