/**
 * `node keeper.mjs GRACE_MS FOLDER COMMAND ARG …`: runs a command in a process group of its own, and ends the whole group
 * when our stdin closes, by force what is left after the grace; then it removes the folder, if one is named. So nothing
 * stays behind however whoever started us ends, SIGKILL included. Linux only.
 */
import { spawn } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { procFile } from '../lib/proc.mjs';

const LOOK_MS = 50;

const [graceMs, folder, command = '', ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], detached: true });

/** @param {NodeJS.Signals} signal */
function signalGroup(signal) {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch (error) {
    // Nothing is left of the group.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** Whether a process of the group lives; an orphan that has ended counts until init takes note of it, with its state `Z`. */
function groupLives() {
  return readdirSync('/proc').some((name) => {
    if (!/^\d+$/.test(name)) return false;
    const stat = procFile(name, 'stat');
    // proc(5): the name, in brackets, may hold anything; then state, parent, group.
    const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(group) === child.pid && state !== 'Z';
  });
}

async function endGroup() {
  signalGroup('SIGTERM');
  const end = performance.now() + Number(graceMs);
  while (performance.now() < end && groupLives()) await pause(LOOK_MS);
  signalGroup('SIGKILL');
}

let ending = false;
/** @param {number} code */
async function end(code) {
  if (ending) return;
  ending = true;
  await endGroup();
  if (folder) rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  process.exit(code);
}

// Signals are for the command: it is ended when stdin closes.
for (const signal of /** @type {NodeJS.Signals[]} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
  process.on(signal, () => end(0));
process.stdin.resume().once('close', () => end(0));
child.once('error', (error) => {
  console.error(error.message);
  void end(127);
});
child.once('exit', (code) => void end(code ?? 1));
