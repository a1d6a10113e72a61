import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

const LOOK_MS = 100;

/**
 * Waits until no process has this text in its environment, and ends those that stay (Linux).
 * @param text unique to the run, e.g. the path of its temporary folder
 * @returns the command lines of those that had to be ended
 */
export async function endLeftovers(text: string, { patienceMs }: { patienceMs: number }): Promise<string[]> {
  const end = performance.now() + patienceMs;
  let left = withEnvironment(text);
  while (left.length > 0 && performance.now() < end) {
    await pause(LOOK_MS);
    left = withEnvironment(text);
  }
  for (const { pid } of left) process.kill(pid, 'SIGKILL');
  return left.map(({ pid, command }) => `${pid} ${command}`);
}

function withEnvironment(text: string): { pid: number; command: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => read(name, 'environ').includes(text))
    .map((name) => ({ pid: Number(name), command: read(name, 'cmdline').replaceAll('\0', ' ').trim() }));
}

/** Empty for a process that has just ended, or is another user's. */
function read(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES' || code === 'EPERM') return '';
    throw error;
  }
}
