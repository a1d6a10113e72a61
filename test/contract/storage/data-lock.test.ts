import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { lockDataFolder } from '../../../runtime/cloud/data-lock.ts';
import { withFolder } from './clients.ts';

const MODULE = pathToFileURL(join(import.meta.dirname, '../../../runtime/cloud/data-lock.ts')).href;

/** A process that holds the folder's lock until it is killed. */
async function holder(folder: string) {
  const code = `
    const { lockDataFolder } = await import(${JSON.stringify(MODULE)});
    await lockDataFolder(${JSON.stringify(folder)});
    console.log('locked');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

describe('the lock of a data folder', () => {
  it('is refused while another process has it, naming that process, and free after its crash', () =>
    withFolder(async (folder) => {
      const child = await holder(folder);
      await expect(lockDataFolder(folder)).rejects.toMatchObject({
        code: 'AOS_DATA_LOCKED',
        message: expect.stringContaining(`process ${child.pid}`),
      });
      child.kill('SIGKILL');
      await once(child, 'exit');
      const lock = await lockDataFolder(folder);
      await lock.release();
    }));

  it('is refused within one process too, and free after its release', () =>
    withFolder(async (folder) => {
      const lock = await lockDataFolder(join(folder, 'new', 'folder'));
      await expect(lockDataFolder(join(folder, 'new', 'folder'))).rejects.toMatchObject({ code: 'AOS_DATA_LOCKED' });
      await lock.release();
      await lock.release();
      expect(await readdir(join(folder, 'new', 'folder'))).toEqual([]);
      await (await lockDataFolder(join(folder, 'new', 'folder'))).release();
    }));

  it('goes to one of many that try at once', () =>
    withFolder(async (folder) => {
      const tries = await Promise.allSettled(Array.from({ length: 8 }, () => lockDataFolder(folder)));
      const won = tries.filter((result) => result.status === 'fulfilled');
      expect(won).toHaveLength(1);
      for (const result of tries) {
        if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'AOS_DATA_LOCKED' });
      }
      await won[0]?.value.release();
    }));

  it('is stale when its port belongs to somebody else by now', () =>
    withFolder(async (folder) => {
      const stranger = createServer((socket) => socket.end('something else'));
      await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
      const address = stranger.address();
      const port = typeof address === 'object' ? address?.port : undefined;
      await writeFile(join(folder, 'aos.lock'), JSON.stringify({ pid: process.pid, port, token: 'old' }));
      const lock = await lockDataFolder(folder);
      expect(JSON.parse(await readFile(join(folder, 'aos.lock'), 'utf8')).pid).toBe(process.pid);
      await lock.release();
      stranger.close();
    }));

  it('is stale when a crash cut the file off, yet not while it is being written', () =>
    withFolder(async (folder) => {
      const file = join(folder, 'aos.lock');
      await writeFile(file, '{"pid": 1');
      await expect(lockDataFolder(folder)).rejects.toMatchObject({ code: 'AOS_DATA_LOCKED' });
      const longAgo = new Date(Date.now() - 60_000);
      await utimes(file, longAgo, longAgo);
      await (await lockDataFolder(folder)).release();
    }));
});
