/**
 * `npm start [-- --no-open] [-- FOLDER]`: opens VS Code with AOS Studio on a folder, examples/boardroom by default, with its
 * runtime running. The desktop `code` if there is one, else VS Code in the browser.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { bootstrap } from './bootstrap.mjs';
import { hostInstalled, hostSupported, installHost } from './host-install.mjs';
import { findNode24, findOnPath, hostFolder, root } from './lib/paths.mjs';
import { note, runAsScript, SetupError, secondsSince, step } from './lib/steps.mjs';

/** Where the browser's VS Code keeps what the user does in it. */
const userData = path.join(hostFolder, 'user');

await runAsScript(import.meta.url, async () => {
  const start = performance.now();
  const args = process.argv.slice(2);
  const open = !args.includes('--no-open');
  const folder = path.resolve(
    process.env.INIT_CWD ?? root,
    args.find((arg) => !arg.startsWith('-')) ?? path.join(root, 'examples/boardroom'),
  );
  const code = open ? findOnPath('code', 'code-insiders') : undefined;
  await bootstrap();
  if (!findNode24() && !code) throw new SetupError('AOS Studio needs Node 24 or newer here, or a desktop VS Code.');
  const { build } = await import('../esbuild.mjs');
  await build({ only: ['extension', 'runtime', 'cloud', 'webview'], dev: true });
  if (code) return openDesktop(code, folder);
  if (!hostSupported)
    throw new SetupError('Install a desktop VS Code with its `code` command on PATH, and start this again.');
  if (!hostInstalled()) await installHost();
  return openInBrowser(folder, open, start);
});

/** The command returns at once; the window lives on. */
function openDesktop(code, folder) {
  note(`opening ${folder} in ${path.basename(code)}`);
  const child = spawn(code, [`--extensionDevelopmentPath=${root}`, folder], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  return new Promise((resolve) => child.once('exit', (status) => resolve(status ?? 1)));
}

async function openInBrowser(folder, open, start) {
  const { startCodeServer } = await import('./vscode/code-server.mjs');
  registerExtension();
  const server = await step('VS Code', () =>
    startCodeServer({ dir: userData, settings: { 'aos.runtime.autoStart': 'always' } }),
  );
  const url = `${server.url}/?folder=${encodeURIComponent(folder)}`;
  note(`\nVS Code with AOS Studio is ready after ${secondsSince(start)}:\n\n  ${url}\n\nCtrl+C stops it.`);
  if (open) openUrl(url);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void server.stop());
  await server.ended;
  return 0;
}

/** The working tree is the installed extension: a folder of links is what VS Code's server scans. */
function registerExtension() {
  const folder = path.join(userData, 'ext');
  mkdirSync(folder, { recursive: true });
  const location = { $mid: 1, path: root, scheme: 'file' };
  const entry = { identifier: { id: 'aos-studio.aos-studio' }, version: '0.1.0', location, metadata: {} };
  writeFileSync(path.join(folder, 'extensions.json'), JSON.stringify([entry]));
}

/** Without a browser at hand the printed address is enough. */
function openUrl(url) {
  const opener = { darwin: 'open', win32: 'explorer' }[process.platform] ?? findOnPath('xdg-open');
  if (opener)
    spawn(opener, [url], { stdio: 'ignore', detached: true }).on('error', () => note('Open the address in a browser.'));
}
