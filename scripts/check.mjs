/** `npm run check`: everything that can be told from the text of the project. All checks run, then it says which failed. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { installPackages } from './bootstrap.mjs';
import { needNode24, root } from './lib/paths.mjs';
import { runAsScript, secondsSince } from './lib/steps.mjs';

const bin = (/** @type {string} */ name) => path.join(root, 'node_modules', name);
/** Arguments of Node by the name of the check. */
const CHECKS = {
  types: [bin('typescript/bin/tsc'), '-p', '.'],
  'lint and format': [bin('@biomejs/biome/bin/biome'), 'ci', '--error-on-warnings', '--colors=off'],
  'import graph and file sizes': ['scripts/import-graph.ts'],
  'manifest and generated files': [
    bin('vitest/vitest.mjs'),
    'run',
    'test/unit/extension/manifest.test.ts',
    'test/unit/scripts/generated.test.ts',
  ],
};

/** @param {string} name @param {string[]} args @returns {Promise<boolean>} */
function runCheck(name, args) {
  const start = performance.now();
  return new Promise((resolve) => {
    const child = spawn(needNode24(), args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    const take = (/** @type {string} */ text) => (printed += text);
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    child.once('error', (error) => take(error.message));
    child.once('close', (code) => {
      if (code !== 0) console.log(printed.trimEnd());
      console.log(` ${code === 0 ? '✓' : '✗'} ${name} ${secondsSince(start)}`);
      resolve(code === 0);
    });
  });
}

await runAsScript(import.meta.url, async () => {
  await installPackages();
  const passed = await Promise.all(Object.entries(CHECKS).map(([name, args]) => runCheck(name, args)));
  return passed.every(Boolean) ? 0 : 1;
});
