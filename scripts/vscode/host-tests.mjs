/**
 * `npm run test:electron`: runs the suite of test/host inside VS Code's extension host, through `@vscode/test-electron`,
 * and prints its results.
 *   VSCODE_EXECUTABLE=FILE  a desktop VS Code: the program itself, not the `code` command
 *   VSCODE_DOWNLOAD=1       let test-electron download one
 *   neither                 code-server, by its stand-in (linux-x64)
 * MOCHA_GREP picks tests by their names.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { installPackages, installWindow } from '../bootstrap.mjs';
import { root } from '../lib/paths.mjs';
import { runAsScript } from '../lib/steps.mjs';

/** @typedef {import('../../test/host/support/report.ts').HostReport} HostReport */

const MARK = { passed: ' ✓', failed: ' ✗', skipped: ' -' };
const { VSCODE_EXECUTABLE: executable, VSCODE_DOWNLOAD: download } = process.env;
const standIn = path.join(root, 'scripts/vscode/code-stand-in.mjs');

await runAsScript(import.meta.url, async () => {
  await (executable || download ? installPackages() : installWindow({ browser: true }));
  const { build } = await import('../../esbuild.mjs');
  await build();
  const { report, end } = await runInHost();
  for (const { title, state, ms, error } of report.results)
    console.log(`${MARK[state]} ${title} ${ms} ms${error ? `\n${error.replace(/^/gm, '     ')}` : ''}`);
  if (!report.finished) console.error(`The run in VS Code broke off after ${report.results.length} tests: ${end}`);
  const passed = report.results.filter(({ state }) => state === 'passed').length;
  const failed = report.results.filter(({ state }) => state === 'failed').length;
  return report.finished && failed === 0 && passed > 0 ? 0 : 1;
});

/** @returns {Promise<{report: HostReport, end: string}>} `end`: how the run ended, in the words of test-electron */
async function runInHost() {
  const { runTests } = await import('@vscode/test-electron');
  const temporary = mkdtempSync(path.join(tmpdir(), 'aos-host-'));
  const resultFile = path.join(temporary, 'result.json');
  try {
    // Failed tests reject too: the report tells them from a run that broke off.
    const end = await runTests({
      ...(download ? {} : { vscodeExecutablePath: executable ?? standIn }),
      extensionDevelopmentPath: root,
      extensionTestsPath: path.join(root, 'dist/test/host/index.cjs'),
      launchArgs: [copyOfBoardroom()],
      extensionTestsEnv: { AOS_TEST_RESULT: resultFile, AOS_HOME: path.join(temporary, 'home') },
    }).then((code) => `status ${code}`, String);
    const report = existsSync(resultFile)
      ? JSON.parse(readFileSync(resultFile, 'utf8'))
      : { finished: false, results: [] };
    return { report, end };
  } finally {
    rmSync(temporary, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Two folders below the project, as the example itself, so that its relative paths hold. @returns {string} */
function copyOfBoardroom() {
  const copy = path.join(root, 'test-results/host-boardroom');
  rmSync(copy, { recursive: true, force: true, maxRetries: 5 });
  mkdirSync(path.dirname(copy), { recursive: true });
  const filter = (/** @type {string} */ file) => path.basename(file) !== '.aos';
  cpSync(path.join(root, 'examples/boardroom'), copy, { recursive: true, filter });
  return copy;
}
