/** Starts code-server: VS Code's own server, workbench and Node extension host, served to a browser. Linux x64. */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { hostFolder, nodePackage } from '../lib/paths.mjs';
import { SetupError } from '../lib/steps.mjs';

const node = path.join(nodePackage, 'bin/node');
const entry = path.join(hostFolder, 'node_modules/code-server/out/node/entry.js');
const UP_TIMEOUT_MS = 60_000;
const END_TIMEOUT_MS = 8000;

/** Nothing of VS Code's own gets between the user, or a test, and the extension. */
const QUIET = {
  'workbench.startupEditor': 'none',
  'telemetry.telemetryLevel': 'off',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'chat.disableAIFeatures': true,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'git.openRepositoryInParentFolders': 'never',
};

/**
 * @typedef {object} CodeServer
 * @property {string} url `http://127.0.0.1:PORT`
 * @property {string} authority `127.0.0.1:PORT`
 * @property {string} dir its user data (`data/`), extensions (`ext/`) and log (`server.log`)
 * @property {number} pid
 * @property {Promise<number | null>} ended
 * @property {() => Promise<void>} stop ends it and everything it has started
 */

/**
 * @param {object} [options]
 * @param {Record<string, unknown>} [options.settings] user settings besides the quiet ones
 * @param {Record<string, string>} [options.env] for the server and the extension host
 * @param {boolean} [options.driver] the smoke-test driver: makes the workbench run `extensionTestsPath`, and hides toasts
 * @param {string} [options.vsix] installed before the start
 * @param {boolean} [options.trust] ask whether the workspace is trusted, as a desktop VS Code does; default false
 * @param {string} [options.dir] default a temporary one, removed at the end. Keep it short: a unix socket lives in it,
 *   whose path may have 107 characters
 * @returns {Promise<CodeServer>}
 */
export async function startCodeServer({ settings = {}, env = {}, driver = false, vsix, trust = false, dir } = {}) {
  for (const file of [node, entry])
    if (!existsSync(file)) throw new SetupError(`${file} is missing: run npm run host:install`);
  const temporary = dir === undefined;
  const home = dir ?? mkdtempSync(path.join(tmpdir(), 'aosvs-'));
  writeSettings(home, { ...QUIET, ...(trust ? {} : { 'security.workspace.trust.enabled': false }), ...settings });
  const childEnv = cleanEnvironment(env);
  // --config always: without it code-server writes a configuration file into the user's home.
  const base = [entry, '--config', path.join(home, 'config.yaml'), '--user-data-dir', path.join(home, 'data')];
  base.push('--extensions-dir', path.join(home, 'ext'));
  if (vsix) await install(base, vsix, childEnv);

  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const args = ['--bind-addr', `127.0.0.1:${port}`, '--auth', 'none', '--disable-telemetry', '--disable-update-check'];
  args.push('--disable-getting-started-override');
  if (!trust) args.push('--disable-workspace-trust');
  if (driver) args.push('--vscode-option', 'enable-smoke-test-driver');
  const logFile = path.join(home, 'server.log');
  const log = openSync(logFile, 'a');
  const child = spawn(node, [...base, ...args], { env: childEnv, stdio: ['ignore', log, log], detached: true });
  closeSync(log);
  const ended = new Promise((resolve) => {
    child.once('exit', (code) => resolve(code));
    child.once('error', () => resolve(null));
  });
  const stop = async () => {
    await endGroup(child.pid, ended);
    if (temporary) rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  };
  try {
    await untilUp(url, ended);
  } catch (error) {
    const tail = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-15).join('\n');
    await stop();
    throw new SetupError(`${error.message}\n${tail}`);
  }
  return { url, authority: `127.0.0.1:${port}`, dir: home, pid: child.pid, ended, stop };
}

function writeSettings(home, settings) {
  const file = path.join(home, 'data/User/settings.json');
  mkdirSync(path.dirname(file), { recursive: true });
  // A kept user-data folder has the user's own settings by now.
  if (!existsSync(file)) writeFileSync(file, JSON.stringify(settings, null, 2));
}

/** Without what VS Code sets for its own terminals: tests may be started from one. */
function cleanEnvironment(more) {
  const env = { ...process.env, PATH: path.dirname(node) + path.delimiter + process.env.PATH, ...more };
  for (const name of Object.keys(env)) if (name.startsWith('VSCODE_') || name === 'NODE_OPTIONS') delete env[name];
  return env;
}

function install(base, vsix, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(node, [...base, '--install-extension', vsix], { env, stdio: 'ignore' });
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new SetupError(`${vsix} could not be installed (${code}).`)),
    );
  });
}

async function untilUp(url, ended) {
  let over = false;
  ended.then(() => (over = true));
  const end = Date.now() + UP_TIMEOUT_MS;
  for (;;) {
    // Refused until it listens.
    const up = await fetch(`${url}/healthz`).then(
      (response) => response.ok,
      () => false,
    );
    if (up) return;
    if (over) throw new SetupError('code-server ended before it was up:');
    if (Date.now() > end) throw new SetupError(`code-server was not up within ${UP_TIMEOUT_MS / 1000} s:`);
    await pause(50);
  }
}

/** Server, extension host and terminals are several processes of one group. */
async function endGroup(pid, ended) {
  const signal = (name) => {
    try {
      process.kill(-pid, name);
    } catch (error) {
      if (error.code !== 'ESRCH') throw error; // the group is gone
    }
  };
  if (pid === undefined) return;
  signal('SIGTERM');
  const timer = setTimeout(() => signal('SIGKILL'), END_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
  signal('SIGKILL');
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
