import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { access, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { aosHome } from '../../../core/aos-home.ts';
import { AosError, messageOf } from '../../../core/errors.ts';

/** The newest version that had prebuilt binaries for Linux, macOS and Windows when it was chosen. */
export const LLAMA_VERSION = '3.21.1';
/** What is downloaded, what stays on disk, and the bytes on disk before what is not needed is removed; about. */
export const LLAMA_SIZE = { download: '25 MB', disk: '40 MB', work: 85_000_000 };

/** Binaries for the CPU, and on Apple's processors for Metal. */
const PLATFORMS: Readonly<Record<string, string>> = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'darwin-arm64': 'mac-arm64-metal',
  'darwin-x64': 'mac-x64',
  'win32-x64': 'win-x64',
  'win32-arm64': 'win-arm64',
};

/** Parts of the package that only a build from source needs. */
const NOT_NEEDED = [
  'llama/gitRelease.bundle',
  'llama/addon',
  'llama/patches',
  'llama/profiles',
  'llama/toolchains',
  'llama/cmake',
  'templates',
];

export interface InstallOptions {
  /** Default: {@link defaultEngineFolder}. */
  folder?: string | undefined;
  signal?: AbortSignal | undefined;
  /** Bytes on disk so far. */
  onProgress?: (bytes: number) => void;
}

/** Where engines are kept unless the user says otherwise. */
export function defaultEngineFolder(): string {
  return path.join(aosHome(), 'engines');
}

/**
 * The engine on this machine: in the folder, or `AOS_LLAMA_FOLDER`, or the default one, else in a `node_modules` where Node
 * would look from here.
 * @returns `index.js` of node-llama-cpp, or undefined
 */
export async function findLlama(folder?: string): Promise<string | undefined> {
  const folders = [folder, process.env.AOS_LLAMA_FOLDER, defaultEngineFolder()].filter((one) => one !== undefined);
  const installed = folders.map((one) => path.join(one, `llama-${LLAMA_VERSION}`));
  for (const one of [...installed, ...ancestorsOf(process.cwd())]) {
    const file = moduleIn(one);
    if (await exists(file)) return file;
  }
  return undefined;
}

/** The folder itself first. */
function ancestorsOf(folder: string): string[] {
  const parent = path.dirname(folder);
  return parent === folder ? [folder] : [folder, ...ancestorsOf(parent)];
}

/**
 * Installs the engine with the npm of this machine: prebuilt binaries only, no script of any package is run. It is put in its
 * place when it is whole; a broken-off installation leaves nothing.
 * @returns `index.js` of node-llama-cpp
 * @throws AosError AOS_ENGINE_INSTALL with what to do; the signal's reason
 */
export async function installLlama(options: InstallOptions = {}): Promise<string> {
  const { folder = defaultEngineFolder(), signal, onProgress } = options;
  const target = path.join(folder, `llama-${LLAMA_VERSION}`);
  if (await exists(moduleIn(target))) return moduleIn(target);
  const binaries = PLATFORMS[`${process.platform}-${process.arch}`];
  if (binaries === undefined) {
    throw new AosError(
      'AOS_ENGINE_INSTALL',
      `There are no prebuilt binaries of llama.cpp for ${process.platform} ${process.arch}. Set model.endpoint to a server instead.`,
    );
  }
  await mkdir(folder, { recursive: true });
  const work = await mkdtemp(path.join(folder, '.installing-'));
  const watch = setInterval(() => void sizeOf(work).then(onProgress), 500);
  try {
    await writeFile(path.join(work, 'package.json'), JSON.stringify({ name: 'aos-llama', private: true }));
    const packages = [`node-llama-cpp@${LLAMA_VERSION}`, `@node-llama-cpp/${binaries}@${LLAMA_VERSION}`];
    await npm(['install', '--ignore-scripts', '--omit=optional', '--no-audit', '--no-fund', ...packages], work, signal);
    await prune(path.join(work, 'node_modules'));
    await rename(work, target).catch(async (error: unknown) => {
      // Another window was faster.
      if (!(await exists(moduleIn(target)))) throw error;
    });
    onProgress?.(await sizeOf(target));
    return moduleIn(target);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof AosError) throw error;
    throw new AosError('AOS_ENGINE_INSTALL', `llama.cpp could not be installed: ${messageOf(error)}`, { cause: error });
  } finally {
    clearInterval(watch);
    await rm(work, { recursive: true, force: true });
  }
}

/** What only a build from source, or a programmer, needs: about 40 % of it. */
async function prune(packages: string): Promise<void> {
  const parts = NOT_NEEDED.map((part) => path.join(packages, 'node-llama-cpp', part));
  for (const entry of await readdir(packages, { recursive: true, withFileTypes: true })) {
    if (entry.isFile() && /\.d\.[cm]?ts$|\.map$/.test(entry.name)) parts.push(path.join(entry.parentPath, entry.name));
  }
  for (const part of parts) await rm(part, { recursive: true, force: true });
}

/** @returns whether there was one */
export async function removeLlama(folder = defaultEngineFolder()): Promise<boolean> {
  const target = path.join(folder, `llama-${LLAMA_VERSION}`);
  const there = await exists(target);
  await rm(target, { recursive: true, force: true });
  return there;
}

const moduleIn = (folder: string) => path.join(folder, 'node_modules', 'node-llama-cpp', 'dist', 'index.js');

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

function npm(args: readonly string[], cwd: string, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = startNpm(args, cwd);
    let printed = '';
    child.stderr?.setEncoding('utf8').on('data', (text) => (printed += text));
    const stop = () => child.kill();
    signal?.addEventListener('abort', stop, { once: true });
    child.once('error', (cause) =>
      reject(
        new AosError(
          'AOS_ENGINE_INSTALL',
          `npm was not found (${cause.message}). Install Node.js from nodejs.org, then try again.`,
          {
            cause,
          },
        ),
      ),
    );
    child.once('close', (code) => {
      signal?.removeEventListener('abort', stop);
      if (signal?.aborted) reject(signal.reason);
      else if (code === 0) resolve();
      else {
        const why = printed
          .split('\n')
          .filter((line) => line.startsWith('npm error'))
          .slice(0, 3)
          .join(' ');
        reject(
          new AosError('AOS_ENGINE_INSTALL', `npm could not install llama.cpp. Is there a network? ${why}`.trim()),
        );
      }
    });
  });
}

/** What an outer npm, or VS Code, exports to its children must not steer this one. */
const OUTER_SETTINGS = [
  ...['NODE_OPTIONS', 'NODE_ENV', 'ELECTRON_RUN_AS_NODE'],
  ...['ignore_scripts', 'local_prefix', 'omit', 'include', 'production', 'workspace'].map(
    (name) => `npm_config_${name}`,
  ),
];

/** On Windows npm is a .cmd file, which only a shell starts; npm's own script beside it needs none. */
function startNpm(args: readonly string[], cwd: string): ChildProcess {
  const env = { ...process.env };
  for (const name of OUTER_SETTINGS) delete env[name];
  const folders = (process.env.PATH ?? process.env.Path ?? '').split(path.delimiter);
  if (process.platform === 'win32') {
    for (const folder of folders) {
      const [node, script] = [path.join(folder, 'node.exe'), path.join(folder, 'node_modules/npm/bin/npm-cli.js')];
      if (existsSync(node) && existsSync(script))
        return spawn(node, [script, ...args], { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] });
    }
  }
  return spawn('npm', args, { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] });
}

async function sizeOf(folder: string): Promise<number> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const sizes = entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => (await stat(path.join(entry.parentPath, entry.name))).size);
    return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  } catch {
    return 0; // npm moves files while they are counted; the next look counts again
  }
}
