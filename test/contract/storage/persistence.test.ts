import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { findAzuriteBundle } from '../../../runtime/cloud/storage/bundle.ts';
import { ensureAzuriteBundle } from './bundle.ts';
import { containerOf, startTestStorage, tableOf, withFolder } from './clients.ts';

async function write(connection: { connectionString: string }): Promise<void> {
  const table = await tableOf(connection, 'agents');
  await table.upsertEntity({ partitionKey: 'p', rowKey: 'a', text: 'kept' });
  const container = await containerOf(connection, 'files');
  await container.getBlockBlobClient('a').upload('kept', 4);
}

async function read(connection: { connectionString: string }, key: string) {
  const entity = await (await tableOf(connection, 'agents')).getEntity('p', key);
  const container = await containerOf(connection, 'files');
  return [entity.text, String(await container.getBlockBlobClient(key).downloadToBuffer())];
}

describe('storage in a folder', () => {
  it('has everything after a restart, with another key', () =>
    withFolder(async (dataDir) => {
      const first = await startTestStorage({ dataDir });
      await write(first);
      await first.dispose();
      const second = await startTestStorage({ dataDir });
      expect(second.key).not.toBe(first.key);
      expect(await read(second, 'a')).toEqual(['kept', 'kept']);
      await second.dispose();
    }));

  it('has what was saved when its process is killed: a moment after it was acknowledged', () =>
    withFolder(async (dataDir) => {
      await ensureAzuriteBundle();
      const script = fileURLToPath(new URL('./crash-writer.ts', import.meta.url));
      const child = spawn(process.execPath, [script, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
      const [output] = await once(child.stdout, 'data');
      expect(String(output)).toContain('written');
      // Not a fixed wait: the test looks at the file until the next regular save is done.
      const saved = async () => {
        const texts = ['tables.json', 'blobs.json'].map((file) => readFile(join(dataDir, 'storage', file), 'utf8'));
        return (await Promise.all(texts)).every((text) => text.includes('acknowledged'));
      };
      await expect.poll(saved, { timeout: 3000, interval: 20 }).toBe(true);
      child.kill('SIGKILL');
      await once(child, 'exit');
      const after = await startTestStorage({ dataDir });
      expect(await read(after, 'acknowledged')).toEqual(['here', 'here']);
      await after.dispose();
    }));
});

describe('files that cannot be read', () => {
  it('stop the start with their place', () =>
    withFolder(async (dataDir) => {
      await mkdir(join(dataDir, 'storage'));
      await writeFile(join(dataDir, 'storage', 'tables.json'), '{"cut off');
      await expect(startTestStorage({ dataDir })).rejects.toMatchObject({
        code: 'AOS_STORAGE',
        message: expect.stringContaining(join(dataDir, 'storage')),
      });
      expect(await readFile(join(dataDir, 'storage', 'tables.json'), 'utf8')).toBe('{"cut off');
    }));
});

describe('storage in memory', () => {
  it('forgets everything and writes no file', () =>
    withFolder(async (folder) => {
      const before = process.cwd();
      process.chdir(folder);
      try {
        const first = await startTestStorage();
        await write(first);
        await first.dispose();
        expect(await readdir(folder)).toEqual([]);
        const second = await startTestStorage();
        const table = await tableOf(second, 'agents');
        await expect(table.getEntity('p', 'a')).rejects.toMatchObject({ statusCode: 404 });
        await second.dispose();
      } finally {
        process.chdir(before);
      }
    }));
});

describe('starting', () => {
  it('is a matter of a second', async () => {
    await ensureAzuriteBundle();
    const startMs = performance.now();
    const storage = await startTestStorage();
    const tookMs = performance.now() - startMs;
    await storage.dispose();
    expect(tookMs).toBeLessThan(3000); // about 0.35 s; the limit is for machines that are busy;
  });

  it('takes the next free port when its own is in use', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const storage = await startTestStorage({ blobPort: port });
    expect(storage.blobPort).toBeGreaterThan(port);
    await storage.dispose();
    other.close();
  });

  it('finds another port when somebody takes its own at the same moment', async () => {
    const free = createServer();
    await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
    const { port } = free.address() as AddressInfo;
    await new Promise((resolve) => free.close(resolve));
    const storages = await Promise.all(
      Array.from({ length: 4 }, () => startTestStorage({ blobPort: port, tablePort: port })),
    );
    const ports = storages.flatMap((storage) => [storage.blobPort, storage.tablePort]);
    expect(new Set(ports).size).toBe(8);
    await Promise.all(storages.map((storage) => storage.dispose()));
  });

  it('says what to do when the worker was not built', () => {
    expect(() => findAzuriteBundle('/')).toThrow(/Run `npm run build` first/);
  });

  it('can be stopped twice', async () => {
    const storage = await startTestStorage();
    await Promise.all([storage.dispose(), storage.dispose()]);
    await expect(fetch(storage.blobUrl)).rejects.toThrow();
  });
});
