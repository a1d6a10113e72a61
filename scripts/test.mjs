/**
 * `npm test [-- SUITE …]`: everything, or the named suites. The last line is `N passed, N failed`.
 *   check        types, lint, format, import graph, manifest (each counts as one test)
 *   unit contract integration   Vitest: pure code · the real SDKs against the local cloud · real processes
 *   host         Mocha inside VS Code's extension host
 *   e2e          a person's way through a real VS Code window
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { bootstrap } from './bootstrap.mjs';
import { hostSupported } from './host-install.mjs';
import { findNode24, root } from './lib/paths.mjs';
import { note, runAsScript, SetupError, secondsSince } from './lib/steps.mjs';

/** @typedef {{passed: number, failed: number}} Count */

const node = () => findNode24() ?? process.execPath;
const WINDOW = ['host', 'e2e'];
/** Two lanes for two cores: what needs a window has one for itself, since it feels every other load. */
const LANES = [
  ['unit', 'contract', 'integration'],
  ['check', 'host', 'e2e'],
];
const SUITES = LANES.flat();

await runAsScript(import.meta.url, async () => {
  const start = performance.now();
  const wanted = process.argv.slice(2);
  const unknown = wanted.find((name) => !SUITES.includes(name));
  if (unknown) throw new SetupError(`There is no suite ${unknown}: ${SUITES.join(', ')}.`);
  const chosen = (wanted.length > 0 ? wanted : SUITES).filter(
    (name) => hostSupported || !WINDOW.includes(name) || told(name),
  );
  await bootstrap({ window: chosen.some((name) => WINDOW.includes(name)) });
  if (!findNode24()) throw new SetupError('AOS Studio needs Node 24 or newer here: on linux-x64 it brings its own.');
  const { build } = await import('../esbuild.mjs');
  await build();

  const counts = {};
  await Promise.all(
    LANES.map(async (lane) => {
      for (const name of lane.filter((suite) => chosen.includes(suite))) {
        const began = performance.now();
        const { count, printed } = await run(name);
        counts[name] = count;
        note(
          `\n── ${name}: ${count.passed} passed, ${count.failed} failed, ${secondsSince(began)}\n${printed.trimEnd()}`,
        );
      }
    }),
  );
  const sum = (key) => Object.values(counts).reduce((total, count) => total + count[key], 0);
  note('');
  for (const name of chosen) note(`${name.padEnd(12)} ${counts[name].passed} passed, ${counts[name].failed} failed`);
  note(`in ${secondsSince(start)}`);
  console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
  return sum('failed') === 0 ? 0 : 1;
});

/** Without the host the window suites are left out, and it is said. */
function told(name) {
  note(`${name} is left out: VS Code's test host runs on linux-x64. With a desktop VS Code: npm run test:electron`);
  return false;
}

/** @param {string} name @returns {Promise<{count: Count, printed: string}>} */
async function run(name) {
  if (name === 'check') return counted(await spawned(['scripts/check.mjs']), countMarks);
  if (name === 'host') return counted(await spawned(['scripts/vscode/host-tests.mjs']), countMarks);
  return vitest(name);
}

/** A run that ended badly without naming a failure has one more: it broke off. */
function counted({ code, printed }, count) {
  const { passed, failed } = count(printed);
  const broken = (code !== 0 && failed === 0) || passed + failed === 0;
  return { count: { passed, failed: failed + (broken ? 1 : 0) }, printed };
}

/** @param {string} printed lines that begin with ✓ or ✗ @returns {Count} */
function countMarks(printed) {
  const count = (mark) => printed.split('\n').filter((line) => line.startsWith(` ${mark} `)).length;
  return { passed: count('✓'), failed: count('✗') };
}

async function vitest(name) {
  const report = path.join(root, `test-results/${name}.json`);
  mkdirSync(path.dirname(report), { recursive: true });
  rmSync(report, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const result = await spawned(['node_modules/vitest/vitest.mjs', 'run', '--project', name, ...reporters]);
  return counted(result, () => {
    if (!existsSync(report)) return { passed: 0, failed: 0 };
    const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
    // A file that could not even be loaded has no tests.
    const notLoaded = testResults.filter(
      (file) => file.status === 'failed' && file.assertionResults.length === 0,
    ).length;
    return { passed: numPassedTests, failed: numFailedTests + notLoaded };
  });
}

function spawned(args) {
  return new Promise((resolve) => {
    const env = { ...process.env, NO_COLOR: '1' };
    const child = spawn(node(), args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (printed += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (printed += text));
    child.once('error', (error) => (printed += error.message));
    child.once('close', (code) => resolve({ code, printed }));
  });
}
