import { readFileSync } from 'node:fs';

/**
 * A file of /proc (Linux), e.g. `stat`, `cmdline`.
 * @param {number | string} pid
 * @param {string} name
 * @returns {string} empty if the process is gone
 */
export function procFile(pid, name) {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return '';
    throw error;
  }
}
