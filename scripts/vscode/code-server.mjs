/** Starts code-server: VS Code's own server, workbench and Node extension host, served to a browser. Linux x64. */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { hostFolder, nodePackage } from '../lib/paths.mjs';
import { SetupError } from '../lib/steps.mjs';
import { freePort } from './free-port.mjs';

const node = path.join(nodePackage, 'bin/node');
const entry = path.join(hostFolder, 'node_modules/code-server/out/node/entry.js');
const keeper = path.join(import.meta.dirname, 'keeper.mjs');
const UP_TIMEOUT_MS = 60_000;
/** As long as a runtime may take to settle what it holds and to save. */
const GRACE_MS = 10_000;

/** Nothing of VS Code's own gets between the user, or a test, and the extension. */
const QUIET = {
  'workbench.startupEditor': 'none',
  // As on the desktop; in a browser VS Code would save after a second by itself.
  'files.autoSave': 'off',
  'telemetry.telemetryLevel': 'off',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'chat.disableAIFeatures': true,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'git.openRepositoryInParentFolders': 'never',
};

/**
 * @typedef {object} CodeServer
 * @property {string} url `http://127.0.0.1:PORT`, without a trailing slash
 * @property {string} authority `127.0.0.1:PORT`
 * @property {string} socket with `onSocket`: the file of the unix socket, and `url` leads nowhere
 * @property {string} dir its user data (`data/`), extensions (`ext/`) and log (`server.log`)
 * @property {Promise<number | null>} ended its exit status, when it has ended with all it had started
 * @property {() => Promise<void>} stop ends it and everything it has started
 *
 * @typedef {object} CodeServerOptions
 * @property {Record<string, unknown>} [settings] user settings besides the quiet ones; those of an older run win
 * @property {Record<string, string>} [env] for the server and the extension host; without `dir`, AOS_HOME is a temporary one
 * @property {boolean} [driver] the smoke-test driver: makes the workbench run `extensionTestsPath`, and hides toasts
 * @property {string} [vsix] installed before the start
 * @property {boolean} [trust] ask whether the workspace is trusted, as a desktop VS Code does; default false
 * @property {string} [dir] user data that stays; default a temporary folder that is removed at the end
 * @property {boolean} [onSocket] listen on a unix socket that this user alone can open; default a free loopback port, which
 *   everyone on this machine can use: for tests
 */

/**
 * @param {CodeServerOptions} [options]
 * @returns {Promise<CodeServer>}
 * @throws SetupError when it is not installed or does not come up, with the end of its log
 */
export async function startCodeServer({ settings = {}, env = {}, driver, vsix, trust = false, dir, onSocket } = {}) {
  for (const file of [node, entry])
    if (!existsSync(file)) throw new SetupError(`${file} is missing: run npm run host:install`);
  // Short, since sockets live in it, whose path may have 107 characters.
  const temporary = mkdtempSync(path.join(tmpdir(), 'aosvs-'));
  const home = dir ?? temporary;
  writeSettings(home, { ...QUIET, ...(trust ? {} : { 'security.workspace.trust.enabled': false }), ...settings });
  // What its parts leave in the folder for temporary files goes with ours; so do the runtimes of a passing server.
  const passing = { TMPDIR: temporary, ...(dir ? {} : { AOS_HOME: path.join(temporary, 'aos') }) };
  const childEnv = cleanEnvironment({ ...passing, ...env });
  // --config always: without it code-server writes a configuration file into the user's home.
  const base = [entry, '--config', path.join(home, 'config.yaml'), '--user-data-dir', path.join(home, 'data')];
  base.push('--extensions-dir', path.join(home, 'ext'), '--session-socket', path.join(temporary, 'session.sock'));
  const authority = `127.0.0.1:${onSocket ? 0 : await freePort()}`;
  const socket = onSocket ? path.join(temporary, 'vscode.sock') : '';
  const args = onSocket ? ['--socket', socket, '--socket-mode', '600'] : ['--bind-addr', authority];
  args.push('--auth', 'none', '--disable-telemetry', '--disable-update-check', '--disable-getting-started-override');
  if (!trust) args.push('--disable-workspace-trust');
  if (driver) args.push('--vscode-option', 'enable-smoke-test-driver');
  const logFile = path.join(home, 'server.log');
  const log = openSync(logFile, 'w');
  /** @param {string} folder removed at the end @param {string[]} more */
  const start = (folder, more) =>
    spawn(node, [keeper, `${GRACE_MS}`, folder, node, ...base, ...more], {
      env: childEnv,
      stdio: ['pipe', log, log],
      detached: true,
    });
  try {
    if (vsix) await installed(start('', ['--install-extension', vsix]), vsix);
    const child = start(temporary, args);
    const ended = exitOf(child);
    const stop = async () => {
      child.stdin?.end();
      await ended;
    };
    await untilUp(`http://${authority}/healthz`, socket, ended).catch(async (error) => {
      const tail = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-15).join('\n');
      await stop();
      throw new SetupError(`${error.message}\n${tail}`, { cause: error });
    });
    return { url: `http://${authority}`, authority, socket, dir: home, ended, stop };
  } finally {
    closeSync(log);
  }
}

/** @param {string} home @param {Record<string, unknown>} settings */
function writeSettings(home, settings) {
  const file = path.join(home, 'data/User/settings.json');
  mkdirSync(path.dirname(file), { recursive: true });
  // A kept user-data folder has the user's own settings by now.
  if (!existsSync(file)) writeFileSync(file, JSON.stringify(settings, null, 2));
}

/** Without what VS Code sets for its own terminals: tests may be started from one. @param {Record<string, string>} more */
function cleanEnvironment(more) {
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...process.env, PATH: path.dirname(node) + path.delimiter + process.env.PATH, ...more };
  for (const name of Object.keys(env)) if (name.startsWith('VSCODE_') || name === 'NODE_OPTIONS') delete env[name];
  return env;
}

/** @param {import('node:child_process').ChildProcess} child @returns {Promise<number | null>} */
const exitOf = (child) =>
  new Promise((resolve) => {
    child.once('exit', (code) => resolve(code));
    child.once('error', () => resolve(null));
  });

/** @param {import('node:child_process').ChildProcess} child @param {string} vsix */
async function installed(child, vsix) {
  const code = await exitOf(child);
  if (code !== 0) throw new SetupError(`${vsix} could not be installed (${code}).`);
}

/** @param {string} url @param {string} socket @param {Promise<unknown>} ended */
async function untilUp(url, socket, ended) {
  let over = false;
  void ended.then(() => (over = true));
  const end = Date.now() + UP_TIMEOUT_MS;
  while (!(await isUp(url, socket))) {
    if (over) throw new SetupError('code-server ended before it was up:');
    if (Date.now() > end) throw new SetupError(`code-server was not up within ${UP_TIMEOUT_MS / 1000} s:`);
    await pause(50);
  }
}

/** @param {string} url @param {string} socket @returns {Promise<boolean>} */
function isUp(url, socket) {
  return new Promise((resolve) => {
    const where = socket ? { socketPath: socket } : {};
    const probe = request(url, { ...where, timeout: 2000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    // Refused until it listens.
    probe.once('error', () => resolve(false));
    probe.once('timeout', () => probe.destroy());
    probe.end();
  });
}
