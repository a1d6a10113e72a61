/** `npm run -s aos -- …`: the `aos` command of the working tree, built without a word if it is out of date. */
import path from 'node:path';
import { installPackages } from './bootstrap.mjs';
import { runInForeground } from './lib/lifetime.mjs';
import { needNode24, root } from './lib/paths.mjs';
import { runAsScript, stepsToStderr } from './lib/steps.mjs';

await runAsScript(import.meta.url, async () => {
  stepsToStderr();
  await installPackages();
  const { build } = await import('../esbuild.mjs');
  await build({ only: ['runtime', 'cloud'], mode: 'any', say: () => undefined });
  // npm runs scripts in the project's folder; a folder given to `aos` is meant from where the user stands.
  const cwd = process.env.INIT_CWD ?? process.cwd();
  return runInForeground(needNode24(), [path.join(root, 'dist/runtime/cli.js'), ...process.argv.slice(2)], { cwd });
});
