import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Ready, readySchema } from '../../../runtime/contracts/launcher.ts';

export const ROOT = path.resolve(import.meta.dirname, '../../..');
const CLI = path.join(ROOT, 'dist/runtime/cli.js');

export interface Running {
  ready: Ready;
  /** From the start of the process to its ready line. */
  startMs: number;
  stop(): Promise<void>;
}

/** `aos up` of a folder, in memory, on free ports. */
export async function up(
  folder: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Running> {
  const home = mkdtempSync(path.join(os.tmpdir(), 'aos-bench-'));
  const started = performance.now();
  const child = spawn(process.execPath, [CLI, 'up', folder, '--memory', '--port', '0', '--json', ...args], {
    env: { ...process.env, AOS_HOME: home, AOS_LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ready = readySchema.parse(JSON.parse(await firstLine(child)));
  const startMs = performance.now() - started;
  return {
    ready,
    startMs,
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => {
          rmSync(home, { recursive: true, force: true });
          resolve();
        });
        child.kill('SIGTERM');
      }),
  };
}

/** A workspace in a temporary folder. */
export function temporaryWorkspace(): { folder: string; remove(): void } {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'aos-bench-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Resident memory of a process in bytes. */
export function residentBytes(pid: number): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) * 1024;
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.once('exit', (code) => reject(new Error(`aos up ended with status ${code} before it was ready`)));
    child.stdout?.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end >= 0) resolve(text.slice(0, end));
    });
  });
}
