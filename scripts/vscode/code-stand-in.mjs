#!/usr/bin/env node
/**
 * Stands in for the desktop `code` executable in `@vscode/test-electron`: takes the switches that package passes, runs the
 * suite in code-server's extension host, and exits with what that reports. Linux only, and executable.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { root } from '../lib/paths.mjs';
import { startCodeServer } from './code-server.mjs';
import { runTestsInPage, startBrowser } from './workbench.mjs';

const args = process.argv.slice(2);
const switchValue = (name) => args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
const folder = args.find((arg) => !arg.startsWith('-')) ?? process.cwd();
const [extension, tests] = [switchValue('extensionDevelopmentPath'), switchValue('extensionTestsPath')];

let code = 2; // the run broke off
const server = await startCodeServer({ driver: true });
const browser = await startBrowser();
const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
try {
  code = await runTestsInPage(page, server, { extension, tests, folder, timeoutMs: 240_000 });
} catch (error) {
  const shot = path.join(root, 'test-results/host-failure.png');
  mkdirSync(path.dirname(shot), { recursive: true });
  await page.screenshot({ path: shot });
  console.error(`${error.message}; the window as it was: ${shot}`);
} finally {
  await browser.close();
  await server.stop();
}
process.exit(code);
