/**
 * What a fresh clone needs before anything runs: packages, and for tests and for `npm start` without a desktop VS Code the
 * VS Code host and a Chromium. Node built-ins alone, Node ≥ 20. What is there already costs nothing.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { hostInstalled, hostSupported, installHost } from './host-install.mjs';
import { npm } from './lib/npm.mjs';
import { findOnPath, root } from './lib/paths.mjs';
import { runQuietly, SetupError, step } from './lib/steps.mjs';
import { findBrowser } from './vscode/browsers.mjs';

/** Written after a whole `npm ci`: one that broke off does not count. */
const stamp = path.join(root, 'node_modules/.aos-lock');
const lockHash = () =>
  createHash('sha256')
    .update(readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex');

/**
 * @param {{window?: boolean}} [options] `window`: a VS Code host and a browser are needed too
 * @throws SetupError that says what to install
 */
export async function bootstrap({ window = false } = {}) {
  await installPackages();
  if (!window) return;
  if (hostSupported && !hostInstalled()) await installHost();
  if (!findBrowser()) await installBrowser();
}

async function installPackages() {
  const wanted = lockHash();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  await step('npm ci', () => npm(['ci', '--no-audit', '--no-fund'], { cwd: root }));
  writeFileSync(stamp, wanted);
}

async function installBrowser() {
  const apt = findOnPath('apt-get');
  if (!apt || process.getuid?.() !== 0) {
    throw new SetupError(
      'No Chromium was found. Install one, on Debian or Ubuntu with `sudo apt-get install chromium`, ' +
        'or set AOS_CHROMIUM to the browser’s file, and start this again.',
    );
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const packages = ['chromium', 'fonts-liberation', 'fonts-dejavu-core'];
  await step('chromium', async () => {
    await runQuietly(apt, ['update'], { env });
    await runQuietly(apt, ['install', '-y', '--no-install-recommends', ...packages], { env });
  });
  if (!findBrowser())
    throw new SetupError('apt installed chromium, and still no browser is on PATH. Set AOS_CHROMIUM to its file.');
}
