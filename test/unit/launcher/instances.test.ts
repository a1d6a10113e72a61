import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Ready } from '../../../runtime/contracts/launcher.ts';
import { findInstance, listInstances, removeInstance, writeInstance } from '../../../runtime/launcher/instances.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'aos-instances-'));
});
afterEach(() => rm(folder, { recursive: true }));

const ready = (launcher: number, workspace: string): Ready => ({
  ready: true,
  name: 'x',
  folder: workspace,
  http: 'http://127.0.0.1:1',
  token: 't',
  serviceBus: '',
  storage: '',
  blob: '',
  table: '',
  lorax: '',
  loraxKey: '',
  engine: 'simulated',
  dataDir: null,
  pids: { launcher, cloud: 1, replicas: [] },
});

describe('instance registry', () => {
  it('finds the running system of the folder one is in', async () => {
    const here = path.join(folder, 'here');
    await writeInstance(ready(process.pid, here), folder);
    await writeInstance(ready(process.ppid, path.join(folder, 'there')), folder);
    expect((await findInstance(path.join(here, 'agents'), folder))?.folder).toBe(here);
  });

  it('forgets systems whose process is gone, and files that are not ours to read', async () => {
    await writeInstance(ready(2 ** 22 + 1, folder), folder);
    await writeFile(path.join(folder, 'half.json'), '{"ready":');
    expect(await listInstances(folder)).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  });

  it.skipIf(process.platform === 'win32')('is readable by its user only: it holds the token', async () => {
    await writeInstance(ready(process.pid, folder), folder);
    expect((await stat(path.join(folder, `${process.pid}.json`))).mode & 0o077).toBe(0);
    await removeInstance(process.pid, folder);
    expect(await listInstances(folder)).toEqual([]);
  });
});
