/** `npm run bench [-- part …]`: builds as it is shipped, then measures. Parts: see test/bench/index.ts. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { bootstrap } from './bootstrap.mjs';
import { findNode24, root } from './lib/paths.mjs';
import { runAsScript, SetupError } from './lib/steps.mjs';

await runAsScript(import.meta.url, async () => {
  await bootstrap();
  const { build } = await import('../esbuild.mjs');
  await build({ only: ['runtime', 'cloud'] });
  const node = findNode24();
  if (!node) throw new SetupError('AOS Studio needs Node 24 or newer here.');
  const child = spawn(node, [path.join(root, 'test/bench/index.ts'), ...process.argv.slice(2)], {
    cwd: root,
    stdio: 'inherit',
  });
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
});
