import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LocalStorage } from '../../../runtime/cloud/storage/index.ts';
import { ManualClock } from '../../../runtime/core/clock.ts';
import { silentLogger } from '../../../runtime/core/logger.ts';
import { BlobManager } from '../../../runtime/storage/blob-manager.ts';
import { startTestStorage } from './clients.ts';

let storage: LocalStorage;
const clock = new ManualClock();
const operations: string[] = [];
let blobs: BlobManager;
let others: BlobManager;
beforeAll(async () => {
  storage = await startTestStorage();
  const parts = { connection: storage.connectionString, container: 'leases', logger: silentLogger };
  const storageOperations = {
    add: (_count: number, attributes?: Record<string, unknown>) => void operations.push(String(attributes?.operation)),
  };
  blobs = new BlobManager({ ...parts, clock, meters: { storageOperations } });
  others = new BlobManager(parts);
  await blobs.ensure();
});
afterAll(() => storage.dispose());

/** Moves the clock until `seen` holds; what the clock sets going talks to the real storage. */
async function advanceUntil(seen: () => boolean, stepMs: number): Promise<void> {
  await clock.advance(stepMs);
  while (!seen()) await new Promise((resolve) => setImmediate(resolve));
}

describe('a lease', () => {
  it('lets its holder write and delete, and nobody else', async () => {
    await blobs.upload('a', 'first');
    const lease = await blobs.acquireLease('a');
    expect(await others.acquireLease('a')).toBeUndefined();
    await expect(others.upload('a', 'other')).rejects.toMatchObject({ details: { storage_code: 'LeaseIdMissing' } });
    await expect(others.delete('a')).rejects.toMatchObject({ code: 'AOS_STORAGE' });
    await blobs.upload('a', 'second', { leaseId: lease?.id });
    expect(await others.downloadText('a')).toBe('second');
    expect(await blobs.delete('a', { leaseId: lease?.id })).toBe(true);
  });

  it('is renewed while it lasts, and free when it is released', async () => {
    await blobs.upload('b', 'x');
    const lease = await blobs.acquireLease('b', { durationMs: 15_000 });
    expect(await lease?.renew()).toBe(true);
    await lease?.release();
    await lease?.release();
    expect(await lease?.renew()).toBe(false);
    const next = await others.acquireLease('b', { durationMs: Number.POSITIVE_INFINITY });
    expect(next?.id).toEqual(expect.any(String));
    expect(next?.id).not.toBe(lease?.id);
  });

  it('can be broken by others', async () => {
    await blobs.upload('c', 'x');
    expect(await others.breakLease('c')).toBe(false);
    const lease = await blobs.acquireLease('c');
    expect(await others.breakLease('c')).toBe(true);
    expect(await lease?.renew()).toBe(false);
    await others.upload('c', 'y');
  });

  it('is one of a blob that is there, for a time the service knows', async () => {
    await expect(blobs.acquireLease('nothing')).rejects.toMatchObject({ code: 'AOS_NOT_FOUND' });
    for (const durationMs of [0, 14_000, 15_500, 61_000, Number.NaN]) {
      await expect(blobs.acquireLease('c', { durationMs })).rejects.toMatchObject({ code: 'AOS_BAD_REQUEST' });
    }
  });
});

describe('withLease', () => {
  it('holds the lease until the work is done, renewing it, and gives what the work gives', async () => {
    await blobs.upload('w', 'x');
    operations.length = 0;
    const finished = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    const working = blobs.withLease(
      'w',
      async ({ id, signal }) => {
        await blobs.upload('w', 'mine', { leaseId: id });
        started.resolve();
        await finished.promise;
        return signal.aborted;
      },
      { durationMs: 30_000 },
    );
    await started.promise;
    const renewals = () => operations.filter((name) => name === 'renew_lease').length;
    await clock.advance(9_999);
    expect(renewals()).toBe(0);
    await advanceUntil(() => renewals() === 1, 1);
    await expect(others.withLease('w', async () => 'also')).rejects.toMatchObject({ code: 'AOS_STATE_CONFLICT' });
    finished.resolve();
    expect(await working).toBe(false);
    expect(await others.withLease('w', async () => 'next')).toBe('next');
  });

  it('tells the work at once that the lease is lost, and does not call that a success', async () => {
    await blobs.upload('lost', 'x');
    const started = Promise.withResolvers<void>();
    let told = false;
    const working = blobs.withLease('lost', async ({ signal }) => {
      started.resolve();
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      told = true;
    });
    const outcome = expect(working).rejects.toMatchObject({ code: 'AOS_STATE_CONFLICT' });
    await started.promise;
    await others.breakLease('lost');
    await advanceUntil(() => told, 10_000);
    await outcome;
  });

  it('counts a lease as lost when storage does not answer for as long as it lasts', async () => {
    const gone = await startTestStorage();
    const manager = new BlobManager({
      connection: gone.connectionString,
      container: 'leases',
      logger: silentLogger,
      clock,
    });
    await manager.ensure();
    await manager.upload('x', 'x');
    const started = Promise.withResolvers<void>();
    const working = manager.withLease('x', async ({ signal }) => {
      started.resolve();
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    });
    const outcome = expect(working).rejects.toMatchObject({ code: 'AOS_STATE_CONFLICT' });
    await started.promise;
    await gone.dispose();
    await clock.advance(40_000);
    await outcome;
  });

  it('gives the lease back when the work throws', async () => {
    await blobs.upload('throws', 'x');
    const error = new Error('broken');
    await expect(blobs.withLease('throws', () => Promise.reject(error))).rejects.toBe(error);
    expect(await others.acquireLease('throws')).toBeDefined();
  });

  it('passes on that the caller gave up', async () => {
    await blobs.upload('given-up', 'x');
    const caller = new AbortController();
    const working = blobs.withLease(
      'given-up',
      async ({ signal }) => {
        caller.abort(new Error('enough'));
        signal.throwIfAborted();
      },
      { signal: caller.signal },
    );
    await expect(working).rejects.toThrow('enough');
    expect(await others.acquireLease('given-up')).toBeDefined();
  });
});
