import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { type Ready, readySchema } from '../../../runtime/contracts/launcher.ts';

export const ROOT = path.resolve(import.meta.dirname, '../../..');
export const BOARDROOM = path.join(ROOT, 'examples/boardroom');
const CLI = path.join(ROOT, 'dist/runtime/cli.js');

export interface System {
  ready: Ready;
  process: ChildProcess;
  /** Everything the processes have logged, one JSON record a line. */
  log: () => string;
  /** Environment for commands that should find this system. */
  env: NodeJS.ProcessEnv;
  api: (method: string, path: string, body?: unknown) => Promise<{ status: number; body: any; headers: Headers }>;
  /** Resolves with the exit status. */
  stop: () => Promise<number | null>;
}

/** A folder that is gone when the test is over. */
export async function useTemporaryFolder(prefix = 'aos-test-'): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), prefix));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** Starts `aos up` with real processes; they are stopped when the test is over, and none may be left. */
export async function useSystem(
  folder: string,
  args: readonly string[] = ['--memory'],
  env: NodeJS.ProcessEnv = {},
): Promise<System> {
  const home = await useTemporaryFolder('aos-home-');
  const childEnv = { ...process.env, AOS_HOME: home, ...env };
  const child = spawn(process.execPath, [CLI, 'up', folder, '--port', '0', '--json', ...args], {
    env: childEnv,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (log += text));
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const line = await Promise.race([firstLine(child), exited.then(() => undefined)]);
  if (line === undefined) throw new Error(`aos up ended before it was ready:\n${log}`);
  const ready = readySchema.parse(JSON.parse(line));
  const stop = async () => {
    child.kill('SIGTERM');
    return exited;
  };
  onTestFinished(async () => {
    await stop();
    const left = [ready.pids.cloud, ...ready.pids.replicas].filter(isRunning);
    if (left.length > 0) throw new Error(`processes were left behind: ${left.join(' ')}\n${log}`);
  });
  return { ready, process: child, log: () => log, env: childEnv, api: apiOf(ready), stop };
}

/** Runs an `aos` command against a system. */
export function aos(
  system: Pick<System, 'env'>,
  args: readonly string[],
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [CLI, ...args], { env: system.env, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** Looks again until `look` gives something, as the runtime’s own state changes; fails with what it saw last. */
export async function eventually<T>(look: () => Promise<T | undefined | false>, limitMs = 60_000): Promise<T> {
  const end = performance.now() + limitMs;
  let last: unknown;
  for (;;) {
    try {
      const found = await look();
      if (found !== undefined && found !== false) return found;
      last = found;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end) throw new Error(`did not happen within ${limitMs} ms: ${look}`, { cause: last });
    await pause(20);
  }
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function apiOf({ http, token }: Ready): System['api'] {
  return async (method, route, body) => {
    const response = await fetch(new URL(route, http), {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text ? JSON.parse(text) : undefined, headers: response.headers };
  };
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end >= 0) resolve(text.slice(0, end));
    });
  });
}
