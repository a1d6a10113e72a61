/** `npm run check`: everything that can be told from the text of the project. All checks run, then it says which failed. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { bootstrap } from './bootstrap.mjs';
import { findNode24, root } from './lib/paths.mjs';
import { runAsScript, secondsSince } from './lib/steps.mjs';

const bin = (name) => path.join(root, 'node_modules', name);
const CHECKS = {
  types: [bin('typescript/bin/tsc'), '-p', '.'],
  'lint and format': [bin('@biomejs/biome/bin/biome'), 'ci', '--error-on-warnings'],
  'import graph': ['scripts/import-graph.ts'],
  manifest: [
    bin('vitest/vitest.mjs'),
    'run',
    'test/unit/extension/manifest.test.ts',
    'test/unit/scripts/generated.test.ts',
  ],
};

/** @returns {Promise<{passed: number, failed: number}>} */
export async function check() {
  const results = await Promise.all(Object.entries(CHECKS).map(([name, command]) => runCheck(name, command)));
  const passed = results.filter(Boolean).length;
  return { passed, failed: results.length - passed };
}

function runCheck(name, args) {
  const start = performance.now();
  return new Promise((resolve) => {
    const child = spawn(findNode24() ?? process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    child.stdout.on('data', (text) => (printed += text));
    child.stderr.on('data', (text) => (printed += text));
    child.once('error', (error) => (printed += error.message));
    child.once('close', (code) => {
      if (code !== 0) console.log(printed.trimEnd());
      console.log(` ${code === 0 ? '✓' : '✗'} ${name} ${secondsSince(start)}`);
      resolve(code === 0);
    });
  });
}

await runAsScript(import.meta.url, async () => {
  await bootstrap();
  const { failed } = await check();
  return failed === 0 ? 0 : 1;
});
