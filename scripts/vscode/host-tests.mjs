/**
 * Runs the suite of test/host inside VS Code's extension host, through `@vscode/test-electron`, and prints its results.
 *   VSCODE_EXECUTABLE=FILE  a desktop VS Code: the program itself, not the `code` command
 *   VSCODE_DOWNLOAD=1       let test-electron download one
 *   neither                 code-server, by its stand-in (linux-x64)
 * MOCHA_GREP picks tests by their names.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runTests } from '@vscode/test-electron';
import { root } from '../lib/paths.mjs';
import { runAsScript } from '../lib/steps.mjs';

const standIn = path.join(root, 'scripts/vscode/code-stand-in.mjs');

/**
 * @returns {Promise<{passed: number, failed: number}>} a run that broke off counts as one failure more
 */
export async function runHostTests() {
  const temporary = mkdtempSync(path.join(tmpdir(), 'aos-host-'));
  const resultFile = path.join(temporary, 'result.json');
  // Beside the project's own folders, so that the example's relative paths hold.
  const workspace = path.join(root, 'test-results/host-boardroom');
  rmSync(workspace, { recursive: true, force: true });
  mkdirSync(path.dirname(workspace), { recursive: true });
  cpSync(path.join(root, 'examples/boardroom'), workspace, {
    recursive: true,
    filter: (file) => path.basename(file) !== '.aos',
  });
  let broken;
  try {
    await runTests({
      vscodeExecutablePath: process.env.VSCODE_EXECUTABLE ?? (process.env.VSCODE_DOWNLOAD ? undefined : standIn),
      extensionDevelopmentPath: root,
      extensionTestsPath: path.join(root, 'dist/test/host/index.cjs'),
      launchArgs: [workspace],
      extensionTestsEnv: { AOS_TEST_RESULT: resultFile, AOS_HOME: path.join(temporary, 'home') },
    });
  } catch (error) {
    broken = error; // failed tests come this way too: the report tells them apart
  }
  const report = existsSync(resultFile)
    ? JSON.parse(readFileSync(resultFile, 'utf8'))
    : { finished: false, results: [] };
  rmSync(temporary, { recursive: true, force: true, maxRetries: 5 });
  const mark = { passed: ' ✓', failed: ' ✗', skipped: ' -' };
  for (const { title, state, ms, error } of report.results) {
    console.log(`${mark[state]} ${title} ${ms} ms${error ? `\n${error.replace(/^/gm, '     ')}` : ''}`);
  }
  const count = (state) => report.results.filter((result) => result.state === state).length;
  const failed = count('failed');
  if (!report.finished)
    console.error(`The run in VS Code broke off after ${report.results.length} tests: ${broken?.message}`);
  return { passed: count('passed'), failed: report.finished ? failed : failed + 1 };
}

await runAsScript(import.meta.url, async () => {
  const { passed, failed } = await runHostTests();
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
});
