/** `npm run -s aos -- …`: the `aos` command of the working tree, built if it is out of date. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { bootstrap } from './bootstrap.mjs';
import { findNode24, root } from './lib/paths.mjs';
import { runAsScript, SetupError, stepsToStderr } from './lib/steps.mjs';

await runAsScript(import.meta.url, async () => {
  stepsToStderr();
  await bootstrap();
  const { build } = await import('../esbuild.mjs');
  await build({ only: ['runtime', 'cloud'], dev: true });
  const node = findNode24();
  if (!node) throw new SetupError('AOS Studio needs Node 24 or newer here.');
  // npm runs scripts in the project's folder; a folder given to `aos` is meant from where the user stands.
  const cwd = process.env.INIT_CWD ?? process.cwd();
  const child = spawn(node, [path.join(root, 'dist/runtime/cli.js'), ...process.argv.slice(2)], {
    cwd,
    stdio: 'inherit',
  });
  // Ctrl+C reaches the command too, which stops in order; a signal sent to us alone is handed on.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
});
