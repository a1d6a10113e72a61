import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { root } from './paths.mjs';
import { note } from './steps.mjs';

const LOOK_MS = 100;
/** Longer than any step takes: by then the number of a dead process may belong to another. */
const OLD_MS = 15 * 60_000;

/**
 * Lets one process at a time install or build: two at once would take the ground from under each other.
 * @template T
 * @param {() => Promise<T>} work must not ask for the lock itself
 * @param {string} [file]
 * @returns {Promise<T>}
 */
export async function withSetupLock(work, file = path.join(root, 'dist/.build/lock')) {
  mkdirSync(path.dirname(file), { recursive: true });
  let said = false;
  while (!take(file)) {
    const holder = holderOf(file);
    if (holder === 'dead') rmSync(file, { force: true });
    else if (holder !== 'nobody' && !said) {
      note(`waiting for ${holder}, which installs or builds`);
      said = true;
    }
    await pause(LOOK_MS);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** @param {string} file */
function take(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * @param {string} file
 * @returns {'nobody' | 'dead' | `process ${string}`} dead: it ended without giving the lock back
 */
function holderOf(file) {
  const made = statSync(file, { throwIfNoEntry: false });
  if (!made) return 'nobody';
  if (Date.now() - made.mtimeMs > OLD_MS) return 'dead';
  try {
    const pid = readFileSync(file, 'utf8');
    // Made, and written in a moment.
    if (pid === '') return 'nobody';
    process.kill(Number(pid), 0);
    return `process ${pid}`;
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    if (code === 'ENOENT') return 'nobody';
    if (code === 'ESRCH') return 'dead';
    if (code === 'EPERM') return 'process of another user';
    throw error;
  }
}
