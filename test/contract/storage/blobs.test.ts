import type { ContainerClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LocalStorage } from '../../../runtime/cloud/storage/index.ts';
import { containerOf, startTestStorage } from './clients.ts';

let storage: LocalStorage;
let container: ContainerClient;
beforeAll(async () => {
  storage = await startTestStorage();
  container = await containerOf(storage, 'transcripts');
});
afterAll(() => storage.dispose());

describe('blobs', () => {
  it('come back as they were uploaded', async () => {
    const content = Buffer.from(Array.from({ length: 100_000 }, (_, n) => n % 251));
    const blob = container.getBlockBlobClient('a folder/ä.bin');
    await blob.uploadData(content, { metadata: { agent: 'ceo' }, tags: { kind: 'raw' } });
    expect((await blob.downloadToBuffer()).equals(content)).toBe(true);
    expect((await blob.getProperties()).metadata).toEqual({ agent: 'ceo' });
  });

  it('refuse a write whose condition is not met: 412', async () => {
    const blob = container.getBlockBlobClient('condition');
    const { etag } = await blob.upload('one', 3);
    await blob.upload('two', 3, { conditions: { ifMatch: etag ?? '' } });
    const stale = blob.upload('six', 3, { conditions: { ifMatch: etag ?? '' } });
    await expect(stale).rejects.toMatchObject({ statusCode: 412, code: 'ConditionNotMet' });
    expect(String(await blob.downloadToBuffer())).toBe('two');
  });

  it('have access tiers; an archived one cannot be read', async () => {
    const blob = container.getBlockBlobClient('old');
    await blob.upload('x', 1);
    await blob.setAccessTier('Cool');
    expect((await blob.getProperties()).accessTier).toBe('Cool');
    await blob.setAccessTier('Archive');
    await expect(blob.downloadToBuffer()).rejects.toMatchObject({ statusCode: 409, code: 'BlobArchived' });
  });

  it('have leases for one holder at a time', async () => {
    const blob = container.getBlockBlobClient('leader');
    await blob.upload('', 0);
    await blob.getBlobLeaseClient().acquireLease(15);
    await expect(blob.getBlobLeaseClient().acquireLease(15)).rejects.toMatchObject({ code: 'LeaseAlreadyPresent' });
  });
});
