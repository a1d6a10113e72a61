import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { procFile } from '../../../scripts/lib/proc.mjs';

const KEEPER = path.resolve(import.meta.dirname, '../../../scripts/vscode/keeper.mjs');
/** Prints the numbers of two processes: one that would ignore a signal, and its child. */
const STUBBORN = `
  process.on('SIGTERM', () => undefined);
  const child = require('node:child_process').spawn('sleep', ['600']);
  console.log(process.pid, child.pid);
  setInterval(() => undefined, 1000);
`;

const lives = (pid: number) => /^State:\s+[^Z]/m.test(procFile(pid, 'status'));

async function gone(pids: number[]): Promise<void> {
  await expect.poll(() => pids.filter(lives), { timeout: 20_000, interval: 50 }).toEqual([]);
}

function keep(code: string, { graceMs = 20_000, folder = '' } = {}): ChildProcess {
  const keeper = spawn(process.execPath, [KEEPER, `${graceMs}`, folder, process.execPath, '-e', code], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  onTestFinished(() => void keeper.stdin?.end());
  return keeper;
}

async function pidsOf(keeper: ChildProcess): Promise<number[]> {
  const [line] = await once(createInterface({ input: keeper.stdout! }), 'line');
  return String(line).split(' ').map(Number);
}

describe.runIf(process.platform === 'linux')('the keeper of a process group', { timeout: 30_000 }, () => {
  it('ends the group when its stdin is closed, and removes the folder of the run', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'aos-keeper-'));
    const keeper = keep(STUBBORN.replace(/.*SIGTERM.*/, ''), { folder });
    const pids = await pidsOf(keeper);
    keeper.stdin?.end();
    expect(await once(keeper, 'exit')).toEqual([0, null]);
    expect(pids.filter(lives)).toEqual([]);
    expect(existsSync(folder)).toBe(false);
  });

  it('ends by force what does not end by itself', async () => {
    const keeper = keep(STUBBORN, { graceMs: 200 });
    const pids = await pidsOf(keeper);
    keeper.stdin?.end();
    await once(keeper, 'exit');
    await gone(pids);
  });

  it('ends the group when whoever started it is killed', async () => {
    const starter = spawn(
      process.execPath,
      [
        '-e',
        `const { spawn } = require('node:child_process');
         const [keeper, code] = process.argv.slice(1);
         spawn(process.execPath, [keeper, '20000', '', process.execPath, '-e', code], { stdio: ['pipe', 1, 2], detached: true });`,
        KEEPER,
        STUBBORN.replace(/.*SIGTERM.*/, ''),
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const pids = await pidsOf(starter);
    expect(pids.every(lives)).toBe(true);
    starter.kill('SIGKILL');
    await gone(pids);
  });

  it('ends what the command has left behind, and has its status', async () => {
    const keeper = keep(`
      const child = require('node:child_process').spawn('sleep', ['600']);
      console.log(child.pid);
      setTimeout(() => process.exit(3), 100);
    `);
    const pids = await pidsOf(keeper);
    expect(await once(keeper, 'exit')).toEqual([3, null]);
    await gone(pids);
  });
});
