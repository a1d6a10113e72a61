#!/usr/bin/env node
/**
 * Stands in for the desktop `code` executable in `@vscode/test-electron`: takes the switches that package passes, runs the
 * suite in code-server's extension host, and exits with what that reports. Linux only, and executable.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { root } from '../lib/paths.mjs';
import { told } from '../lib/steps.mjs';
import { startCodeServer } from './code-server.mjs';
import { runTestsInPage, startBrowser } from './workbench.mjs';

const BROKE_OFF = 2;
const TIMEOUT_MS = 240_000;

const args = process.argv.slice(2);
const folder = args.find((arg) => !arg.startsWith('-')) ?? process.cwd();
/** @param {string} name */
function switchValue(name) {
  const value = args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
  if (value === undefined) throw new Error(`the switch --${name}=… is missing`);
  return value;
}
const run = {
  extension: switchValue('extensionDevelopmentPath'),
  tests: switchValue('extensionTestsPath'),
  folder,
  timeoutMs: TIMEOUT_MS,
};

const server = await startCodeServer({ driver: true });
const browser = await startBrowser();
const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
let code = BROKE_OFF;
try {
  code = await runTestsInPage(page, server, run);
} catch (error) {
  const shot = path.join(root, 'test-results/host-failure.png');
  mkdirSync(path.dirname(shot), { recursive: true });
  console.error(`${told(error)}\nThe window as it was: ${shot}`);
  await page.screenshot({ path: shot });
} finally {
  await browser.close();
  await server.stop();
}
process.exit(code);
