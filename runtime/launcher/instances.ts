import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Ready, readySchema } from '../contracts/launcher.ts';
import { aosHome } from '../core/aos-home.ts';

/** Where the running systems of this user are written down. */
export function instancesFolder(env: Record<string, string | undefined> = process.env): string {
  return path.join(aosHome(env), 'instances');
}

/** Writes a running system down, readable by this user only: it holds the token and keys of the run. */
export async function writeInstance(ready: Ready, folder = instancesFolder()): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = instanceFile(folder, ready.pids.launcher);
  // Written aside and moved, so that a reader never sees half of it.
  await writeFile(`${file}.new`, JSON.stringify(ready, null, 2), { mode: 0o600 });
  await rename(`${file}.new`, file);
}

export async function removeInstance(launcherPid: number, folder = instancesFolder()): Promise<void> {
  await rm(instanceFile(folder, launcherPid), { force: true });
}

/** The systems that run, newest first. Files of processes that are gone are removed. */
export async function listInstances(folder = instancesFolder()): Promise<Ready[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const found: { ready: Ready; file: string }[] = [];
  for (const name of names.filter((n) => n.endsWith('.json'))) {
    const file = path.join(folder, name);
    const ready = readySchema.safeParse(parseJson(await readFile(file, 'utf8'))).data;
    if (ready && isAlive(ready.pids.launcher)) found.push({ ready, file });
    else await rm(file, { force: true });
  }
  return found.map(({ ready }) => ready).sort((a, b) => b.pids.launcher - a.pids.launcher);
}

/** The running system of a folder, or of one above it; else the newest one. */
export async function findInstance(cwd: string, folder = instancesFolder()): Promise<Ready | undefined> {
  const instances = await listInstances(folder);
  const contains = (root: string) =>
    !path.relative(root, cwd).startsWith('..') && !path.isAbsolute(path.relative(root, cwd));
  return instances.find((instance) => contains(instance.folder)) ?? instances[0];
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const instanceFile = (folder: string, pid: number) => path.join(folder, `${pid}.json`);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
