import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './paths.mjs';

/**
 * What a bundle was built from, beside the bundles: dist/.build/<name>.json
 * @typedef {object} BuildState
 * @property {string} key
 * @property {Record<string, [mtimeMs: number, bytes: number, hash: string]>} inputs
 * @property {Record<string, number>} outputs bytes by file
 */

const folder = path.join(root, 'dist/.build');
const stateFile = (/** @type {string} */ name) => path.join(folder, `${name}.json`);
const hash = (/** @type {(string | NodeJS.ArrayBufferView)[]} */ ...texts) =>
  texts
    .reduce((sum, text) => sum.update(text), createHash('sha256'))
    .digest('hex')
    .slice(0, 16);
const hashFile = (/** @type {string} */ file) => hash(readFileSync(path.join(root, file)));
const statOf = (/** @type {string} */ file) => statSync(path.join(root, file), { throwIfNoEntry: false });

/** What all bundles depend on besides their inputs: how they are built, and the packages. @param {string} mode */
export function sourcesKey(mode) {
  const files = [
    'esbuild.mjs',
    'scripts/esbuild-azurite.mjs',
    'scripts/esbuild-lazy.mjs',
    'package-lock.json',
    'tsconfig.json',
  ];
  return hash(mode, ...files.map((file) => (statOf(file) ? readFileSync(path.join(root, file)) : '')));
}

/**
 * @param {string} name
 * @returns {BuildState | undefined} undefined if the bundle was never built, or its build broke off
 */
function readState(name) {
  try {
    return JSON.parse(readFileSync(stateFile(name), 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError || (error instanceof Error && 'code' in error && error.code === 'ENOENT'))
      return undefined;
    throw error;
  }
}

/**
 * @param {string} name of the bundle
 * @param {string[]} keys of sourcesKey(), for the modes that will do
 * @param {Record<string, string>} entries the entries there are now
 */
export function isUpToDate(name, keys, entries) {
  if (Object.keys(entries).length === 0) return true;
  const state = readState(name);
  return (
    state !== undefined &&
    keys.some((key) => state.key === hash(key, JSON.stringify(entries))) &&
    Object.entries(state.outputs).every(([file, bytes]) => statOf(file)?.size === bytes) &&
    Object.entries(state.inputs).every(([file, [mtimeMs, bytes, sum]]) => {
      const now = statOf(file);
      if (!now || now.size !== bytes) return false;
      return now.mtimeMs === mtimeMs || hashFile(file) === sum;
    })
  );
}

/** @param {string} name */
export function forgetBuild(name) {
  rmSync(stateFile(name), { force: true });
}

/**
 * @param {string} name
 * @param {{key: string, entries: Record<string, string>, inputs: string[], outputs: string[], startMs: number}} what
 *   paths from the root; `startMs`: when the build began (epoch), for inputs that changed while it ran
 */
export function recordBuild(name, { key, entries, inputs, outputs, startMs }) {
  /** @type {BuildState} */
  const state = { key: hash(key, JSON.stringify(entries)), inputs: {}, outputs: {} };
  for (const file of inputs) {
    const stat = statOf(file);
    // Packages are covered by the lock file; virtual modules (`stub:…`) by the build script.
    if (!stat || file.includes('node_modules/')) continue;
    state.inputs[file] = stat.mtimeMs > startMs ? [0, -1, ''] : [stat.mtimeMs, stat.size, hashFile(file)];
  }
  for (const file of outputs) state.outputs[file] = statOf(file)?.size ?? -1;
  mkdirSync(folder, { recursive: true });
  const temporary = `${stateFile(name)}.${process.pid}`;
  writeFileSync(temporary, JSON.stringify(state));
  renameSync(temporary, stateFile(name));
}
