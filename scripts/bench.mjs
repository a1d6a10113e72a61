/** `npm run bench [-- part …]`: builds as it is shipped, then measures. Parts: see test/bench/index.ts. */
import path from 'node:path';
import { installPackages } from './bootstrap.mjs';
import { runInForeground } from './lib/lifetime.mjs';
import { needNode24, root } from './lib/paths.mjs';
import { runAsScript } from './lib/steps.mjs';

await runAsScript(import.meta.url, async () => {
  await installPackages();
  const { build } = await import('../esbuild.mjs');
  await build({ only: ['extension', 'runtime', 'cloud', 'webview'] });
  return runInForeground(
    needNode24(),
    ['--expose-gc', path.join(root, 'test/bench/index.ts'), ...process.argv.slice(2)],
    {
      cwd: root,
    },
  );
});
