/** Opens the workbench of a code-server in a headless Chromium, with the extension of the working tree in it. */
import path from 'node:path';
import { chromium } from 'playwright-core';
import { SetupError } from '../lib/steps.mjs';
import { findBrowser } from './browsers.mjs';

/** --no-sandbox: containers and root; the page shows our own server only. */
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'];
FLAGS.push('--disable-component-update', '--disable-sync', '--disable-dev-shm-usage');

/** @returns {Promise<import('playwright-core').Browser>} */
export function startBrowser() {
  const executablePath = findBrowser();
  if (!executablePath) throw new SetupError('No Chromium was found: install one, or set AOS_CHROMIUM.');
  return chromium.launch({ executablePath, headless: true, args: FLAGS });
}

/**
 * @param {{url: string}} server
 * @param {string} [folder] none: an empty window
 * @param {[string, string][]} [payload] what the workbench obeys when the smoke-test driver is on
 */
export function workbenchUrl(server, folder, payload = []) {
  const where = folder === undefined ? 'ew=true' : `folder=${encodeURIComponent(path.resolve(folder))}`;
  const more = payload.length > 0 ? `&payload=${encodeURIComponent(JSON.stringify(payload))}` : '';
  return `${server.url}/?${where}${more}`;
}

/**
 * Loads the extensions under development into a host without the smoke-test driver, whose workbench ignores the `payload`
 * of the URL: edits the page's configuration before the workbench reads it. Call it before `page.goto`.
 * @param {import('playwright-core').Page} page
 * @param {string[]} extensions their folders
 */
export function loadExtensions(page, extensions) {
  return page.addInitScript(
    (folders) => {
      const edit = () => {
        const meta = document.getElementById('vscode-workbench-web-configuration');
        if (!meta || meta.dataset.edited) return;
        meta.dataset.edited = 'yes';
        const configuration = JSON.parse(meta.dataset.settings ?? '{}');
        const uris = folders.map((path) => ({ scheme: 'vscode-remote', authority: location.host, path }));
        configuration.developmentOptions = { ...configuration.developmentOptions, extensions: uris };
        meta.dataset.settings = JSON.stringify(configuration);
      };
      new MutationObserver(edit).observe(document, { childList: true, subtree: true });
    },
    extensions.map((folder) => path.resolve(folder)),
  );
}

/**
 * Runs a test entry in the extension host; the server must have been started with `driver`.
 * @param {import('playwright-core').Page} page
 * @param {{url: string, authority: string}} server
 * @param {{extension: string, tests: string, folder: string, timeoutMs: number}} run
 * @returns {Promise<number>} 0 when `run()` of the entry resolved, 1 when it rejected
 */
export async function runTestsInPage(page, server, { extension, tests, folder, timeoutMs }) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  // The workbench calls these two globals, if they exist, while it runs tests.
  await page.exposeFunction(
    'codeAutomationLog',
    (/** @type {string} */ _type, /** @type {unknown[]} */ args) =>
      process.env.AOS_VERBOSE && console.log('[host]', ...args),
  );
  const reported = new Promise((resolve, reject) => {
    page.exposeFunction('codeAutomationExit', resolve).catch(reject);
    page.once('crash', () => reject(new Error('the page crashed')));
    const silence = () => reject(new Error(`the extension host reported nothing within ${timeoutMs / 1000} s`));
    timer = setTimeout(silence, timeoutMs);
  });
  // A broken-off run is told by the await below; this keeps it from counting as unhandled before that.
  reported.catch(() => undefined);
  try {
    const remote = (/** @type {string} */ file) => `vscode-remote://${server.authority}${path.resolve(file)}`;
    /** @type {[string, string][]} */
    const payload = [
      ['extensionDevelopmentPath', remote(extension)],
      ['extensionTestsPath', remote(tests)],
      ['skipWelcome', 'true'],
    ];
    await page.goto(workbenchUrl(server, folder, payload));
    return await reported;
  } finally {
    clearTimeout(timer);
  }
}
