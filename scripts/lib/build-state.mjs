import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './paths.mjs';

// What each bundle was built from, beside the bundles: dist/.build/<name>.json
const folder = path.join(root, 'dist/.build');
const stateFile = (name) => path.join(folder, `${name}.json`);
const hash = (...texts) =>
  texts
    .reduce((sum, text) => sum.update(text), createHash('sha256'))
    .digest('hex')
    .slice(0, 16);
const hashFile = (file) => hash(readFileSync(path.join(root, file)));
const statOf = (file) => statSync(path.join(root, file), { throwIfNoEntry: false });

/** What all bundles depend on besides their inputs: how they are built, and the packages. @param {string} mode */
export function sourcesKey(mode) {
  const files = ['esbuild.mjs', 'scripts/esbuild-azurite.mjs', 'package-lock.json', 'tsconfig.json'];
  return hash(mode, ...files.map((file) => (statOf(file) ? readFileSync(path.join(root, file)) : '')));
}

/** @returns {any} undefined if the bundle was never built, or its build broke off */
function readState(name) {
  try {
    return JSON.parse(readFileSync(stateFile(name), 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * @param {string} name of the bundle
 * @param {string} key of sourcesKey()
 * @param {Record<string, string>} entries the entries there are now
 */
export function isUpToDate(name, key, entries) {
  if (Object.keys(entries).length === 0) return true;
  const state = readState(name);
  return (
    state !== undefined &&
    state.key === hash(key, JSON.stringify(entries)) &&
    Object.entries(state.outputs).every(([file, size]) => statOf(file)?.size === size) &&
    Object.entries(state.inputs).every(([file, [mtimeMs, size, sum]]) => {
      const now = statOf(file);
      if (!now || now.size !== size) return false;
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
  // Packages are covered by the lock file; virtual modules (`stub:…`) by the build script.
  const own = inputs.filter((file) => !file.includes('node_modules/') && statOf(file));
  const inputState = (file) => {
    const { mtimeMs, size } = statOf(file);
    return mtimeMs > startMs ? [0, -1, ''] : [mtimeMs, size, hashFile(file)];
  };
  const state = {
    key: hash(key, JSON.stringify(entries)),
    inputs: Object.fromEntries(own.map((file) => [file, inputState(file)])),
    outputs: Object.fromEntries(outputs.map((file) => [file, statOf(file).size])),
  };
  mkdirSync(folder, { recursive: true });
  const temporary = `${stateFile(name)}.${process.pid}`;
  writeFileSync(temporary, JSON.stringify(state));
  renameSync(temporary, stateFile(name));
}
