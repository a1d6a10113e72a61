/** `npm run package`: builds for production and packs the VSIX. */
import { statSync } from 'node:fs';
import path from 'node:path';
import { installPackages } from './bootstrap.mjs';
import { needNode24, root } from './lib/paths.mjs';
import { runAsScript, runQuietly, SetupError, step } from './lib/steps.mjs';

export const vsixFile = path.join(root, 'aos-studio.vsix');
/** What may ask a user on a train to download. */
const MAX_BYTES = 8 * 1024 * 1024;

/** @returns {Promise<string>} the file @throws SetupError when it grew too large */
export async function pack() {
  const { build } = await import('../esbuild.mjs');
  await build({ only: ['extension', 'runtime', 'cloud', 'webview'] });
  const vsce = path.join(root, 'node_modules/@vscode/vsce/vsce');
  // Everything is bundled: the packages themselves stay out. The README's pictures are in the VSIX: no address to put before.
  const args = [vsce, 'package', '--no-dependencies', '--no-rewrite-relative-links', '--allow-missing-repository'];
  args.push('-o', vsixFile);
  await step('vsce package', () => runQuietly(needNode24(), args, { cwd: root }));
  const { size } = statSync(vsixFile);
  console.log(`${path.basename(vsixFile)}: ${(size / 1024 / 1024).toFixed(2)} MiB`);
  if (size > MAX_BYTES) throw new SetupError(`The VSIX is larger than ${MAX_BYTES / 1024 / 1024} MiB.`);
  return vsixFile;
}

await runAsScript(import.meta.url, async () => {
  await installPackages();
  await pack();
});
