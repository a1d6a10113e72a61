import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { procFile } from './proc.mjs';

const LOOK_MS = 500;
/** A terminal signals all of its processes; where there is none, a SIGINT may have been for us alone. */
const HAND_ON_MS = 2000;

/**
 * Calls `stop` when this process should end: on Ctrl+C or another signal, and when whoever started it is gone. The latter
 * since npm hands a signal to its shell only, which dies of it and leaves us alone.
 * @param {(signal: NodeJS.Signals) => void} stop
 */
export function onTold(stop) {
  for (const signal of /** @type {NodeJS.Signals[]} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => stop(signal));
  }
  const before = ancestors();
  const timer = setInterval(() => {
    if (ancestors() === before) return;
    clearInterval(timer);
    stop('SIGTERM');
  }, LOOK_MS);
  timer.unref();
}

/** Our parent and, where that is npm's shell, npm itself. On Windows the number of a dead parent stays. */
function ancestors() {
  const parent = process.ppid;
  if (process.platform !== 'linux') return String(parent);
  const shell = procFile(parent, 'cmdline').startsWith('sh\0-c\0');
  const status = shell ? procFile(parent, 'status') : '';
  return `${parent} ${/^PPid:\s*(\d+)$/m.exec(status)?.[1] ?? ''}`;
}

/**
 * Runs a command in the foreground: it has our terminal, and it is told when we are.
 * @param {string} command
 * @param {string[]} args
 * @param {{cwd?: string}} [options]
 * @returns {Promise<number>} its exit status
 */
export function runInForeground(command, args, options = {}) {
  const child = spawn(command, args, { ...options, stdio: 'inherit' });
  onTold((signal) => {
    if (signal !== 'SIGINT') child.kill(signal);
    else if (!process.stdin.isTTY) setTimeout(() => child.kill('SIGINT'), HAND_ON_MS).unref();
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
}
