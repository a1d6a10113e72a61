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
import { installPackages, installWindow } from './bootstrap.mjs';
import { hostSupported } from './host-install.mjs';
import { onTold } from './lib/lifetime.mjs';
import { judge, outcomeOfMarks, outcomeOfVitest } from './lib/outcome.mjs';
import { needNode24, root } from './lib/paths.mjs';
import { note, runAsScript, SetupError, secondsSince, told } from './lib/steps.mjs';

/** @typedef {import('./lib/outcome.mjs').Outcome} Outcome */

/** Two lanes for two cores: what needs a window has one for itself, since it feels every other load. */
const LANES = [
  ['check', 'unit', 'contract', 'integration'],
  ['host', 'e2e'],
];
const SUITES = LANES.flat();
const WINDOW = ['host', 'e2e'];
/** The others read the sources. */
const BUILT = ['contract', 'integration', ...WINDOW];
/** These ask a real model. */
const MODEL = ['contract', 'integration'];
/** No suite takes half as long; one that hangs must not hold the others up for ever. */
const LIMIT_MS = 20 * 60_000;
const END_MS = 10_000;
/** Each suite heads a process group of its own; on Windows there are none, and `detached` would open a console. */
const GROUPS = process.platform !== 'win32';

/** What runs now. @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
let stopped = false;

await runAsScript(import.meta.url, () =>
  main(process.argv.slice(2)).catch((error) => {
    note(told(error));
    console.log('0 passed, 1 failed');
    return 1;
  }),
);

/** @param {string[]} wanted names of suites @returns {Promise<number>} the exit status */
async function main(wanted) {
  const start = performance.now();
  const unknown = wanted.find((name) => !SUITES.includes(name));
  if (unknown) throw new SetupError(`There is no suite ${unknown}: ${SUITES.join(', ')}.`);
  const chosen = SUITES.filter((name) => wanted.length === 0 || wanted.includes(name)).filter(isPossible);
  onTold(() => {
    stopped = true;
    running.forEach(endGroup);
  });

  const outcomes = await runAll(chosen);
  note('');
  for (const [name, { passed, failures }] of outcomes) {
    note(`${name.padEnd(12)} ${passed} passed, ${failures.length} failed`);
    for (const failure of failures) note(`  ✗ ${failure}`);
  }
  note(`in ${secondsSince(start)}`);
  const all = [...outcomes.values()];
  const passed = all.reduce((sum, outcome) => sum + outcome.passed, 0);
  const failed = all.reduce((sum, outcome) => sum + outcome.failures.length, 0);
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

/** Without the host the window suites are left out, and it is said. @param {string} name */
function isPossible(name) {
  if (hostSupported || !WINDOW.includes(name)) return true;
  note(`${name} is left out: VS Code's test host runs on linux-x64. With a desktop VS Code: npm run test:electron`);
  return false;
}

/** @param {string[]} chosen @returns {Promise<Map<string, Outcome>>} in the order of `chosen` */
async function runAll(chosen) {
  const obstacles = await prepare(chosen);
  /** @type {Map<string, Outcome>} */
  const outcomes = new Map(chosen.map((name) => [name, { passed: 0, failures: ['was not run'] }]));
  const runLane = async (/** @type {string[]} */ lane) => {
    for (const name of lane.filter((suite) => chosen.includes(suite))) {
      if (stopped) return;
      const began = performance.now();
      const obstacle = obstacles.get(name);
      const outcome = obstacle === undefined ? await run(name) : { passed: 0, failures: [`was not run: ${obstacle}`] };
      outcomes.set(name, outcome);
      note(`── ${name}: ${outcome.passed} passed, ${outcome.failures.length} failed, ${secondsSince(began)}`);
    }
  };
  await Promise.all(LANES.map(runLane));
  return outcomes;
}

/**
 * Installs and builds what the suites need.
 * @param {string[]} chosen
 * @returns {Promise<Map<string, string>>} why a suite cannot run: the others still can
 */
async function prepare(chosen) {
  /** @type {Map<string, string>} */
  const obstacles = new Map();
  const attempt = async (/** @type {string[]} */ suites, /** @type {() => Promise<unknown>} */ work) => {
    const needed = suites.filter((name) => chosen.includes(name) && !obstacles.has(name));
    if (needed.length === 0) return;
    try {
      await work();
    } catch (error) {
      for (const name of needed) obstacles.set(name, told(error));
    }
  };
  // The window's first: it installs the packages at the same time as the rest.
  await attempt(WINDOW, () => installWindow({ browser: true }));
  await attempt(SUITES, async () => {
    await installPackages();
    needNode24();
  });
  await attempt(BUILT, async () => (await import('../esbuild.mjs')).build());
  await attempt(MODEL, async () => (await import('./llama.mjs')).prepareLlama());
  return obstacles;
}

/** @param {string} name @returns {Promise<Outcome>} */
async function run(name) {
  if (name === 'check' || name === 'host') {
    const script = name === 'check' ? 'scripts/check.mjs' : 'scripts/vscode/host-tests.mjs';
    const { code, printed } = await show(name, [script]);
    return judge(outcomeOfMarks(printed), code);
  }
  const report = path.join(root, `test-results/${name}.json`);
  mkdirSync(path.dirname(report), { recursive: true });
  rmSync(report, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const { code } = await show(name, ['node_modules/vitest/vitest.mjs', 'run', '--project', name, ...reporters]);
  const outcome = existsSync(report)
    ? outcomeOfVitest(JSON.parse(readFileSync(report, 'utf8')))
    : { passed: 0, failures: [] };
  return judge(outcome, code);
}

/**
 * Runs a suite and prints its lines as they come, each with its name.
 * @param {string} name
 * @param {string[]} args of Node
 * @returns {Promise<{code: number | null, printed: string}>}
 */
function show(name, args) {
  return new Promise((resolve) => {
    // Hundreds of processes start; Node keeps what it has compiled once.
    const env = { NODE_COMPILE_CACHE: path.join(root, 'test-results/compile-cache'), ...process.env, NO_COLOR: '1' };
    const child = spawn(needNode24(), args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'], detached: GROUPS });
    running.add(child);
    let printed = '';
    let open = '';
    const take = (/** @type {string} */ text) => {
      printed += text;
      const lines = (open + text).split('\n');
      open = lines.pop() ?? '';
      for (const line of lines) note(`${name.padEnd(11)} │ ${line}`);
    };
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    const timer = setTimeout(() => {
      take(`\n${name} was ended after ${LIMIT_MS / 60_000} minutes\n`);
      endGroup(child);
    }, LIMIT_MS);
    child.once('error', (error) => take(`${error.message}\n`));
    child.once('close', (code) => {
      clearTimeout(timer);
      running.delete(child);
      if (open) take('\n');
      resolve({ code, printed });
    });
  });
}

/** @param {import('node:child_process').ChildProcess} child */
function endGroup(child) {
  const signal = (/** @type {NodeJS.Signals} */ name) => {
    if (!running.has(child) || child.pid === undefined) return;
    if (GROUPS) process.kill(-child.pid, name);
    else child.kill();
  };
  signal('SIGTERM');
  setTimeout(() => signal('SIGKILL'), END_MS).unref();
}
